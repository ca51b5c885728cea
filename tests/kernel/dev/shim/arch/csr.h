// Stands in for kernel/arch/csr.h: registers of the one hart that there is.
#pragma once

#include "arch/types.h"

#define SIE_TIMER (1 << 5)
#define SIE_EXTERNAL (1 << 9)

extern uint64_t csr_sie, csr_sip;

#define csr_read(name) (csr_##name)
#define csr_set(name, bits) ((void)(csr_##name |= (bits)))
#define csr_clear(name, bits) ((void)(csr_##name &= ~(uint64_t)(bits)))
