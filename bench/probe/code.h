// The code that was translated: blocks, and of each instruction what it caused.
#pragma once

#include <stdio.h>

#include "flow.h"

// A block of so many instructions, to be filled in order. It stays for good: QEMU may execute it at
// any time.
struct block *code_block(uint32_t count);

// Instruction `index` of the block: `bits` as it is in memory, at these addresses.
void code_add(struct block *block, uint32_t index, uint64_t address, uint64_t physical,
              uint32_t bits, bool profiling);

// What instructions have caused since the profiles were cleared.
void code_clear_profiles(void);
void code_write_profiles(FILE *out, bool with_core);
