// Stands in for kernel/arch/layout.h: a physical address is an offset into the test's memory.
#pragma once

#include "arch/types.h"

void *phys_to_virt(paddr_t address);
