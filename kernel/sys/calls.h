// The system calls, for the table in syscall.c. Each finds its arguments in the frame's a0 to a5,
// which may hold anything: an int is the lower half of its register, whatever the upper half holds.
// The result goes to a0. user/include/user/*.h say what each does.
#pragma once

#include "arch/trapframe.h"

typedef int64_t syscall_function(struct trapframe *frame);

// process.c
syscall_function sys_fork, sys_exit, sys_wait, sys_kill, sys_exec, sys_getpid, sys_sbrk, sys_sleep,
    sys_uptime, sys_shield;

// file.c
syscall_function sys_pipe, sys_read, sys_write, sys_open, sys_close, sys_dup, sys_fstat, sys_chdir,
    sys_mkdir, sys_mknod, sys_link, sys_unlink;

// system.c
syscall_function sys_counters, sys_audit, sys_processes, sys_poweroff, sys_disk_usage;
