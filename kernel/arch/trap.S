// Trap entry and exit.
//
// sscratch holds the hart's struct while user code runs, and 0 while the kernel runs; so the
// first swap with tp tells which of the two was interrupted.

#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/trapframe.h"

#define AT(register_number) ((register_number - 1) * 8)

    .text
    .globl trap_entry, trap_return
    .balign 4
trap_entry:
    csrrw tp, sscratch, tp
    beqz tp, from_kernel

    sd sp, HART_SCRATCH(tp)
    ld sp, HART_FRAME(tp)
    sd x1, AT(1)(sp)
    sd x3, AT(3)(sp)
    .irp n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    sd x\n, AT(\n)(sp)
    .endr
    ld t0, HART_SCRATCH(tp)
    csrrw t1, sscratch, zero
    csrr t2, sepc
    sd t0, AT(2)(sp)
    sd t1, AT(4)(sp)
    sd t2, TRAPFRAME_EPC(sp)
    csrr a1, scause
    csrr a2, stval
    mv a0, sp
    call trap_from_user

    // sp points to the frame again. Interrupts are off.
trap_return:
    ld t0, TRAPFRAME_EPC(sp)
    li t1, SSTATUS_SPP
    csrw sepc, t0
    csrc sstatus, t1
    li t1, SSTATUS_SPIE
    csrs sstatus, t1
    csrw sscratch, tp
    ld x1, AT(1)(sp)
    ld x3, AT(3)(sp)
    ld x4, AT(4)(sp)
    .irp n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, AT(\n)(sp)
    .endr
    ld sp, AT(2)(sp)
    sret

    // A trap from the kernel: what C keeps need not be saved, and tp stays, since after a
    // preemption this may go on on another hart. SUM is off while the trap is handled, whatever
    // the interrupted code was doing.
#define KERNEL_FRAME 144
from_kernel:
    csrrw tp, sscratch, tp
    addi sp, sp, -KERNEL_FRAME
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    .irp n, 0,1,2,3,4,5,6,7
    sd a\n, 32 + \n * 8(sp)
    .endr
    sd t3, 96(sp)
    sd t4, 104(sp)
    sd t5, 112(sp)
    sd t6, 120(sp)
    csrr t0, sepc
    csrr t1, sstatus
    sd t0, 128(sp)
    sd t1, 136(sp)
    li t2, SSTATUS_SUM
    csrc sstatus, t2
    mv a0, sp
    csrr a1, scause
    csrr a2, stval
    call trap_from_kernel
    ld t0, 128(sp)
    ld t1, 136(sp)
    csrw sepc, t0
    csrw sstatus, t1
    ld ra, 0(sp)
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    .irp n, 0,1,2,3,4,5,6,7
    ld a\n, 32 + \n * 8(sp)
    .endr
    ld t3, 96(sp)
    ld t4, 104(sp)
    ld t5, 112(sp)
    ld t6, 120(sp)
    addi sp, sp, KERNEL_FRAME
    sret
