// Types that carry units. Everywhere in the kernel: a frame is physical, a page is virtual.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; // physical address, in bytes
typedef uint64_t vaddr_t; // virtual address, in bytes
typedef uint64_t pfn_t;   // frame number: physical address / PAGE_SIZE

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define MAX_HARTS 8

static inline uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & -power_of_two;
}

static inline uint64_t align_down(uint64_t value, uint64_t power_of_two)
{
    return value & -power_of_two;
}
