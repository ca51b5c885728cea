// The first steps, and the kernel's half of the address space.
#pragma once

#include "arch/sv39.h"

// The kernel's page table: only the kernel half. A hart without a process runs on it.
extern pte_t kernel_root[TABLE_ENTRIES];
extern uint64_t boot_satp;     // satp for kernel_root
extern uint64_t crossing_satp; // boot.S: satp for the way from physical addresses to the kernel's

// Where the image lies in physical memory. The gap between text and data is free.
struct image {
    paddr_t text_begin, text_end, data_begin, data_end;
};
struct image boot_image(void);

// Makes phys_to_virt() work for a range of RAM or of device registers. Before any process exists
// and before other harts run. False: it reaches beyond DIRECT_MAX.
bool direct_map(paddr_t base, uint64_t size);

// Copies the entries of the kernel half into a new root table, or removes them, which leaves the
// table all zeroes as before.
void kernel_half_copy(pte_t *root);
void kernel_half_clear(pte_t *root);

// boot.S only: makes the page tables for an image at address image, and their satp.
void boot_map(paddr_t image);

// Provided by kernel/main.c.
_Noreturn void boot_main(uint64_t hart_id, paddr_t devicetree);
_Noreturn void boot_secondary(void);
extern const char boot_entry_secondary[];

// The stack of the first hart until it runs processes.
extern char boot_stack_end[];

// The physical address of a symbol of the image.
paddr_t symbol_to_phys(const void *symbol);
