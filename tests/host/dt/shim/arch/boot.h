// Stands in for kernel/arch/boot.h.
#pragma once

#include "arch/types.h"

// False: beyond the test's memory.
bool direct_map(paddr_t base, uint64_t size);
