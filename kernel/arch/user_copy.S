#include "arch/csr.h"

    .text
    .globl user_copy, user_copy_string, user_copy_begin, user_copy_end, user_copy_failed

#define ROUND 64 // bytes

    // t3 holds SUM's bit.
user_copy:
    li t3, SSTATUS_SUM
    csrs sstatus, t3
    add t0, a0, a2          // end of the destination
    or t1, a0, a1
    or t1, t1, a2
    andi t1, t1, 7
user_copy_begin:
    bnez t1, 3f
    addi t1, t0, -ROUND     // a whole round fits up to here; signed, as it may lie below 0
    blt t1, a0, 2f
6:
    ld a2, 0(a1)
    ld a3, 8(a1)
    ld a4, 16(a1)
    ld a5, 24(a1)
    ld a6, 32(a1)
    ld a7, 40(a1)
    ld t2, 48(a1)
    ld t4, 56(a1)
    sd a2, 0(a0)
    sd a3, 8(a0)
    sd a4, 16(a0)
    sd a5, 24(a0)
    sd a6, 32(a0)
    sd a7, 40(a0)
    sd t2, 48(a0)
    sd t4, 56(a0)
    addi a0, a0, ROUND
    addi a1, a1, ROUND
    ble a0, t1, 6b
    j 2f
1:
    ld t2, 0(a1)
    sd t2, 0(a0)
    addi a0, a0, 8
    addi a1, a1, 8
2:
    bltu a0, t0, 1b
    j 5f
4:
    lb t2, 0(a1)
    sb t2, 0(a0)
    addi a0, a0, 1
    addi a1, a1, 1
3:
    bltu a0, t0, 4b
5:
    csrc sstatus, t3
    li a0, 0
    ret

user_copy_string:
    li t3, SSTATUS_SUM
    csrs sstatus, t3
    mv t0, a0
    add t1, a0, a2
    beqz a2, 2f
1:
    lb t2, 0(a1)
    sb t2, 0(a0)
    addi a1, a1, 1
    addi a0, a0, 1
    beqz t2, 3f
    bltu a0, t1, 1b
2:
    csrc sstatus, t3
    li a0, -2
    ret
3:
    csrc sstatus, t3
    sub a0, a0, t0
    addi a0, a0, -1         // without the end
    ret
user_copy_end:

user_copy_failed:
    li t3, SSTATUS_SUM
    csrc sstatus, t3
    li a0, -1
    ret
