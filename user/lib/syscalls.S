// One stub for each system call. A stub touches no memory, so that a program can call fork and
// look at the clock again without a write to its own, then shared, stack.

#include "kernel/syscall.h"
#include "kernel/vm.h"

// Macros of the preprocessor, which is the one that knows the numbers. STUB(name, number, ...): the
// function of that name, with an instruction that comes first.
#define STUB(name, number, ...)                                                                    \
    .section .text.name, "ax", @progbits;                                                          \
    .globl name;                                                                                   \
    .type name, @function;                                                                         \
name:                                                                                              \
    __VA_ARGS__;                                                                                   \
    li a7, number;                                                                                 \
    ecall;                                                                                         \
    ret;                                                                                           \
    .size name, . - name
#define SYSCALL(name) STUB(name, SYS_##name)

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
STUB(sys_sbrk, SYS_sbrk)
STUB(sbrk, SYS_sbrk, li a1, SBRK_EAGER)
STUB(sbrklazy, SYS_sbrk, li a1, SBRK_LAZY)
SYSCALL(sleep)
SYSCALL(pause)
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
SYSCALL(shield)
