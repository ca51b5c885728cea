// The hart's counters, which the kernel lets user programs read.

#define COUNTER(name, instruction)                                                                 \
    .section .text.name, "ax", @progbits;                                                          \
    .globl name;                                                                                   \
    .type name, @function;                                                                         \
name:                                                                                              \
    instruction a0;                                                                                \
    ret;                                                                                           \
    .size name, . - name

COUNTER(cycles, rdcycle)
COUNTER(instructions, rdinstret)
COUNTER(clock_now, rdtime)
