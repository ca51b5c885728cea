// Stands in for kernel/arch/boot.h.
#pragma once

#include "arch/types.h"

bool direct_map(paddr_t base, uint64_t size); // provided by the test
