// From the firmware to C. The boot protocol: S-mode, satp 0, a0 the hart's id, a1 the physical
// address of the devicetree; a hart started later gets its argument in a1 (SBI, HSM extension).

#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/layout.h"

    .section .text.boot, "ax"
    .globl boot_entry, boot_entry_secondary

    // Firmware jumps to the lowest address of the image, so this must come first in it.
boot_entry:
    csrw sie, zero
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
    mv s1, a1               // this hart's struct, kernel address
    ld a0, boot_satp
    call to_virtual
    mv tp, s1
    ld sp, 24(tp)           // hart.stack_top
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

    .balign 8
boot_stack_link:
    .dword boot_stack_end

    .section .bss
    .balign 4096
    .globl boot_stack
boot_stack:
    .space 8192
boot_stack_end:
