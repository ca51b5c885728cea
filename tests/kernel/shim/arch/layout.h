// Stands in for kernel/arch/layout.h: a frame's number is that of the host's page it lies in.
#pragma once

#include "arch/types.h"

static inline void *pfn_to_virt(pfn_t pfn)
{
    return (void *)(pfn << PAGE_SHIFT);
}

static inline pfn_t virt_to_pfn(const void *address)
{
    return (uint64_t)address >> PAGE_SHIFT;
}
