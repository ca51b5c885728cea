// From the firmware to C. The boot protocol: S-mode, satp 0, a0 the hart's id, a1 the physical
// address of the devicetree; a hart started later has its id in a0, too (SBI, HSM extension).

#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"
#include "arch/stack.h"

    .section .text.boot, "ax"
    .globl boot_entry, boot_entry_secondary

    // Firmware jumps to the lowest address of the image, so this must come first in it. The first
    // hart to come boots the kernel. A later one that comes here was started by boot_main(), but
    // met a firmware that let it go before it had noted the new address; it is welcome all the same.
boot_entry:
    csrw sie, zero
    lla t0, boot_claimed
    li t1, 1
    amoswap.w.aq t1, t1, (t0)
    bnez t1, boot_entry_secondary
    lla sp, boot_stack_end
    mv s0, a0
    mv s1, a1
    lla t0, bss_begin
    lla t1, bss_end
1:
    sd zero, 0(t0)
    addi t0, t0, 8
    bltu t0, t1, 1b

    lla a0, boot_entry      // where the image is
    call boot_map
    ld s2, first_link
    j go_virtual

boot_entry_secondary:
    csrw sie, zero
    mv s0, a0
    ld s2, secondary_link

    // The code runs at physical addresses here, and goes on at s2, a kernel address. Between the two
    // lies a page table that has both: the one that boot_map() made for the way over. The first fence
    // orders the stores into the tables before the walks, the second one drops what is left of the
    // first table (privileged specification, sections 4.1.11 and 4.2.1).
go_virtual:
    ld t0, crossing_satp
    ld t1, boot_satp
    ld t2, arrival_link
    sfence.vma
    csrw satp, t0
    jr t2
arrival:
    csrw satp, t1
    sfence.vma
    la t0, trap_entry
    csrw stvec, t0
    csrw sscratch, zero
    jr s2

first:
    la sp, boot_stack_end
    mv a0, s0
    mv a1, s1
    la tp, harts
    call boot_main

secondary:
    la tp, harts            // this hart's struct, by its id
1:
    lwu t0, HART_ID(tp)
    beq t0, s0, 2f
    addi tp, tp, HART_SIZE
    j 1b
2:
    ld sp, HART_STACK_TOP(tp)
    call boot_secondary

    // The linker knows kernel addresses alone; code finds the physical one of what it names
    // relative to itself.
    .balign 8
first_link:
    .dword first
secondary_link:
    .dword secondary
arrival_link:
    .dword arrival

    .data
    .balign 4
boot_claimed:
    .word 0                 // not in .bss, which the first hart clears

    .section .bss
    .balign 2 * KERNEL_STACK_SIZE // and in the upper half, as all stacks are (arch/stack.h)
    .space 2 * KERNEL_STACK_SIZE
    .globl boot_stack_end
boot_stack_end:
