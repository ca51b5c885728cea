// 1,024 loads and stores copy a page: that is the floor, and all else here is loop overhead.
// Eight registers in flight let a real pipeline hide the latency of the loads.

    .text
    .globl page_copy, page_zero

#define GROUP 1024 // bytes a round

    .macro copy_words offset
    ld t0, \offset + 0(a1)
    ld t1, \offset + 8(a1)
    ld t2, \offset + 16(a1)
    ld a3, \offset + 24(a1)
    ld a4, \offset + 32(a1)
    ld a5, \offset + 40(a1)
    ld a6, \offset + 48(a1)
    ld a7, \offset + 56(a1)
    sd t0, \offset + 0(a0)
    sd t1, \offset + 8(a0)
    sd t2, \offset + 16(a0)
    sd a3, \offset + 24(a0)
    sd a4, \offset + 32(a0)
    sd a5, \offset + 40(a0)
    sd a6, \offset + 48(a0)
    sd a7, \offset + 56(a0)
    .endm

page_copy:
    li t6, 4096
    add t6, a0, t6
1:
    .irp o, 0,64,128,192,256,320,384,448,512,576,640,704,768,832,896,960
    copy_words \o
    .endr
    addi a0, a0, GROUP
    addi a1, a1, GROUP
    bne a0, t6, 1b
    ret

page_zero:
    li t6, 4096
    add t6, a0, t6
1:
    .set offset, 0
    .rept GROUP / 8
    sd zero, offset(a0)
    .set offset, offset + 8
    .endr
    addi a0, a0, GROUP
    bne a0, t6, 1b
    ret
