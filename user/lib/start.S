// Entry of a user program. exec has put argc into a0 and argv into a1, and the stack pointer at
// the top of the one stack page, aligned to 16 bytes.

    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    call main
    call exit                   // main's result is already in a0
    .size _start, . - _start
