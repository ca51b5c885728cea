// One stub for each system call. A stub touches no memory, so that a program can call fork and
// look at the clock again without a write to its own, then shared, stack.

#include "kernel/syscall.h"

// A macro of the preprocessor, which is the one that knows the numbers.
#define SYSCALL(name)                                                                              \
    .section .text.name, "ax", @progbits;                                                          \
    .globl name;                                                                                   \
    .type name, @function;                                                                         \
name:                                                                                              \
    li a7, SYS_##name;                                                                             \
    ecall;                                                                                         \
    ret;                                                                                           \
    .size name, . - name

SYSCALL(fork)
SYSCALL(exit)
SYSCALL(wait)
SYSCALL(pipe)
SYSCALL(read)
SYSCALL(kill)
SYSCALL(exec)
SYSCALL(fstat)
SYSCALL(chdir)
SYSCALL(dup)
SYSCALL(getpid)
SYSCALL(sbrk)
SYSCALL(sleep)
SYSCALL(uptime)
SYSCALL(open)
SYSCALL(write)
SYSCALL(mknod)
SYSCALL(unlink)
SYSCALL(link)
SYSCALL(mkdir)
SYSCALL(close)
SYSCALL(counters)
SYSCALL(audit)
SYSCALL(processes)
SYSCALL(poweroff)
SYSCALL(disk_usage)
SYSCALL(phases)
