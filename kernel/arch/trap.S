// Trap entry and exit.
//
// sscratch holds the hart's struct while user code runs, and 0 while the kernel runs; so the
// first swap with tp tells which of the two was interrupted.

#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/stack.h"
#include "arch/trapframe.h"
#include "kernel/syscall.h"

#define AT(register_number) ((register_number - 1) * 8)

    .text
    .globl trap_entry, trap_return, trap_enter
    .balign 4
trap_entry:
    csrrw tp, sscratch, tp
    beqz tp, from_kernel

    sd sp, HART_SCRATCH(tp)
    ld sp, HART_FRAME(tp)
    .irp n, 1,3,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    sd x\n, AT(\n)(sp)
    .endr
    ld t0, HART_SCRATCH(tp)
    csrrw t1, sscratch, zero
    csrr t2, sepc
    csrr a1, scause
    sd t0, AT(2)(sp)
    sd t1, AT(4)(sp)
    li t0, CAUSE_ECALL_U
    mv a0, sp
    beq a1, t0, from_ecall

    // What C keeps, s0 to s11, is not saved: it comes back by itself, even if the process is
    // switched away from meanwhile.
    csrr a2, stval
    sd t2, TRAPFRAME_EPC(sp)
    call trap_from_user
    j return_to_user

    // A system call goes on behind its ecall. Fork saves them for the child, which starts by way of
    // trap_return.
from_ecall:
    li t0, SYS_fork
    addi t2, t2, 4
    bne a7, t0, 1f
    .irp n, 8,9,18,19,20,21,22,23,24,25,26,27
    sd x\n, AT(\n)(sp)
    .endr
1:
    sd t2, TRAPFRAME_EPC(sp)
    call trap_system_call

    // sp points to the frame again. Interrupts are off. In sstatus, SPP says user mode and SPIE says
    // interrupts on: this trap has left them so, and so has the sret of each trap from the kernel
    // meanwhile (section 3.1.6.1); context_enter sets them after a switch.
return_to_user:
    ld t0, TRAPFRAME_EPC(sp)
    csrw sscratch, tp
    csrw sepc, t0
    .irp n, 1,3,4,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    ld x\n, AT(\n)(sp)
    .endr
    ld sp, AT(2)(sp)
    sret

    // void trap_enter(struct trapframe *frame)
trap_enter:
    mv sp, a0

    // For a process that has not run yet, or runs another program now: all registers.
trap_return:
    call trap_before_return
    .irp n, 8,9,18,19,20,21,22,23,24,25,26,27
    ld x\n, AT(\n)(sp)
    .endr
    j return_to_user

    // A trap from the kernel: what C keeps need not be saved, and tp stays, since after a
    // preemption this may go on on another hart. SUM is off while the trap is handled, whatever
    // the interrupted code was doing.
from_kernel:
    addi sp, sp, -KERNEL_FRAME_SIZE
    slli tp, sp, 63 - KERNEL_STACK_SHIFT // tp is free: what it held is in sscratch
    bgez tp, stack_overflow
    csrrw tp, sscratch, zero
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
    sd t0, KERNEL_FRAME_EPC(sp)
    sd t1, KERNEL_FRAME_EPC + 8(sp)
    li t2, SSTATUS_SUM
    csrc sstatus, t2
    mv a0, sp
    csrr a1, scause
    csrr a2, stval
    call trap_from_kernel
    ld t0, KERNEL_FRAME_EPC(sp)
    ld t1, KERNEL_FRAME_EPC + 8(sp)
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
    addi sp, sp, KERNEL_FRAME_SIZE
    sret

    // The stack has no room for the frame. What the hart's own stack holds is not needed any more:
    // nothing goes on.
stack_overflow:
    csrrw tp, sscratch, zero
    ld sp, HART_STACK_TOP(tp)
    csrr a0, sepc
    call trap_stack_overflow
