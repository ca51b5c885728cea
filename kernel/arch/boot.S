// From the firmware to C. The boot protocol: S-mode, satp 0, a0 the hart's id, a1 the physical
// address of the devicetree; a hart started later has its id in a0, too (SBI, HSM extension).

#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"

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
    mv a1, s1
    call boot_map
    call to_virtual
    ld sp, boot_stack_link
    mv a0, s0
    mv a1, s1
    la tp, harts
    call boot_main

boot_entry_secondary:
    csrw sie, zero
    mv s0, a0
    ld a0, boot_satp
    call to_virtual
    la tp, harts            // this hart's struct, by its id
1:
    lwu t0, HART_ID(tp)
    beq t0, s0, 2f
    addi tp, tp, HART_SIZE
    j 1b
2:
    ld sp, HART_STACK_TOP(tp)
    call boot_secondary

    // a0: satp. Returns to the caller's kernel address: the fetch after satp is written faults,
    // since nothing is mapped where the code runs now, and the trap goes on at the kernel
    // address in stvec. So no identity mapping is needed.
to_virtual:
    lla t0, boot_entry
    li t1, KERNEL_BASE
    sub t1, t1, t0          // kernel address - physical address
    lla t0, 2f
    add t0, t0, t1
    add ra, ra, t1
    csrw stvec, t0
    sfence.vma
    csrw satp, a0
    nop
    .balign 4
2:
    la t0, trap_entry
    csrw stvec, t0
    csrw sscratch, zero
    ret

    .data
    .balign 4
boot_claimed:
    .word 0                 // not in .bss, which the first hart clears

    .section .text.boot, "ax"
    .balign 8
boot_stack_link:
    .dword boot_stack_end

    .section .bss
    .balign 4096
    .globl boot_stack
boot_stack:
    .space 8192
boot_stack_end:
