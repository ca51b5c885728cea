// The virtual address space (Sv39: 2^39 bytes, sign-extended to 64 bits).
//
//   0 .. 2^38                     user: one process (USER_END)
//   DIRECT_BASE + p               all of physical memory and the devices, in 1 GiB pages, RW
//   KERNEL_BASE ..                the kernel's image, in 2 MiB pages, text R-X, data RW-
//   STACKS_BASE ..                its stacks, in 4 KiB pages, RW-, with gaps (arch/stack.h)
//
// Every page table has the kernel half, so a trap changes no satp.
#pragma once

#define USER_END 0x4000000000
#define DIRECT_BASE 0xffffffc000000000
#define DIRECT_MAX 0x3fc0000000 // 255 GiB: the last one of the half is the image's
#define KERNEL_BASE 0xffffffffc0000000
#define STACKS_BASE 0xffffffffd0000000 // in the image's GiB: no root table needs another entry
#define STACKS_SIZE 0x30000000

#ifndef __ASSEMBLER__
#include "arch/types.h"

// The address at which the kernel reaches a physical address, which must be RAM or a device that
// direct_map() has covered.
static inline void *phys_to_virt(paddr_t address)
{
    return (void *)(DIRECT_BASE + address);
}

// Only for results of phys_to_virt(), not for symbols of the kernel.
static inline paddr_t virt_to_phys(const void *address)
{
    return (vaddr_t)address - DIRECT_BASE;
}

static inline void *pfn_to_virt(pfn_t pfn)
{
    return phys_to_virt(pfn << PAGE_SHIFT);
}

static inline pfn_t virt_to_pfn(const void *address)
{
    return virt_to_phys(address) >> PAGE_SHIFT;
}
#endif
