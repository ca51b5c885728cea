// Addresses, as programs of the interface expect them. The machine's memory may be larger or
// smaller than what they say: the kernel asks the devicetree.
#pragma once

#define KERNBASE 0x80000000L
#define PHYSTOP (KERNBASE + 128 * 1024 * 1024)

#define TRAMPOLINE (MAXVA - PGSIZE)
#define TRAPFRAME (TRAMPOLINE - PGSIZE)
