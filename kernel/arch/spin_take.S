// void spin_take_contended(struct spinlock *lock, unsigned long before), called from inside of a C
// function that knows nothing of a call: t5 is lock, t6 is before, t0 is where to return. Every
// other register comes back as it was. So the usual case, which never comes here, needs no stack
// frame and no registers that survive a call.

    .text
    .globl spin_take_out_of_line
spin_take_out_of_line:
    addi sp, sp, -128
    sd t0, 0(sp)
    sd ra, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    .irp n, 0,1,2,3,4,5,6,7
    sd a\n, 32 + \n * 8(sp)
    .endr
    sd t3, 96(sp)
    sd t4, 104(sp)
    mv a0, t5
    mv a1, t6
    call spin_take_contended
    ld t0, 0(sp)
    ld ra, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    .irp n, 0,1,2,3,4,5,6,7
    ld a\n, 32 + \n * 8(sp)
    .endr
    ld t3, 96(sp)
    ld t4, 104(sp)
    addi sp, sp, 128
    jr t0
