# Ends with status 17, without a stack.
    .globl _start
_start:
    li a0, 17
    li a7, 2
    ecall
