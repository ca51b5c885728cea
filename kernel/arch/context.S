#include "arch/context.h"
#include "arch/csr.h"

    .text
    .globl context_leave, context_enter, stack_enter
context_leave:
    sd ra, CONTEXT_RA(a0)
    sd sp, CONTEXT_SP(a0)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    sd s\n, CONTEXT_S0 + \n * 8(a0)
    .endr
    mv sp, a1
    mv a0, a3
    jr a2

    // The last trap of this hart may have come from the kernel, whose context is left for now. So
    // sstatus is made ready for return_to_user here (trap.S), and not on each return.
context_enter:
    li t0, SSTATUS_SPP
    li t1, SSTATUS_SPIE
    csrc sstatus, t0
    csrs sstatus, t1
    ld ra, CONTEXT_RA(a0)
    ld sp, CONTEXT_SP(a0)
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
    ld s\n, CONTEXT_S0 + \n * 8(a0)
    .endr
    ret

stack_enter:
    mv sp, a0
    mv a0, a2
    jr a1
