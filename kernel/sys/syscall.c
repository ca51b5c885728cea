// System calls: the table.

#include "kernel/syscall.h"
#include "sys/calls.h"
#include "sys/trap.h"

static syscall_function *const functions[] = {
    [SYS_fork] = sys_fork,         [SYS_exit] = sys_exit,
    [SYS_wait] = sys_wait,         [SYS_pipe] = sys_pipe,
    [SYS_read] = sys_read,         [SYS_kill] = sys_kill,
    [SYS_exec] = sys_exec,         [SYS_fstat] = sys_fstat,
    [SYS_chdir] = sys_chdir,       [SYS_dup] = sys_dup,
    [SYS_getpid] = sys_getpid,     [SYS_sbrk] = sys_sbrk,
    [SYS_sleep] = sys_sleep,       [SYS_uptime] = sys_uptime,
    [SYS_open] = sys_open,         [SYS_write] = sys_write,
    [SYS_mknod] = sys_mknod,       [SYS_unlink] = sys_unlink,
    [SYS_link] = sys_link,         [SYS_mkdir] = sys_mkdir,
    [SYS_close] = sys_close,       [SYS_counters] = sys_counters,
    [SYS_audit] = sys_audit,       [SYS_processes] = sys_processes,
    [SYS_poweroff] = sys_poweroff, [SYS_disk_usage] = sys_disk_usage,
    [SYS_shield] = sys_shield,
};

void trap_system_call(struct trapframe *frame)
{
    irq_enable();
    uint64_t number = frame->a7;
    syscall_function *function =
        number < sizeof functions / sizeof functions[0] ? functions[number] : 0;
    frame->a0 = function ? function(frame) : -1;
    irq_disable();
    trap_finish(proc_current());
}
