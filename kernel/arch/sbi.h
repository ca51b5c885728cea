// Calls to the firmware (RISC-V SBI specification 1.0).
#pragma once

#include "arch/types.h"

void sbi_console_putchar(char c);                     // legacy extension 1
void sbi_set_timer(uint64_t time);                    // TIME: next timer interrupt of this hart
void sbi_send_ipi(uint64_t hart_mask, uint64_t base); // sPI: bit i means hart base + i
bool sbi_hart_start(uint64_t id, paddr_t entry, uint64_t argument); // HSM; false: it refused
void sbi_shutdown(void); // SRST; returns only if it is missing
