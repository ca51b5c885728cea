// System calls about the machine as a whole.

#include "arch/power.h"
#include "fs/mount.h"
#include "mm/audit.h"
#include "mm/user_access.h"
#include "proc/proc.h"
#include "proc/sched.h"
#include "sys/calls.h"

int64_t sys_counters(struct trapframe *frame)
{
    int32_t op = frame->a0;
    vaddr_t out = frame->a1;
    if (op != COUNTERS_SYSTEM && op != COUNTERS_PROCESS && op != COUNTERS_RESET)
        return -1;
    struct counters counters = {0};
    // A reset that cannot say what it reset would lose counts: so try first.
    if (op == COUNTERS_RESET && out && copy_to_user(out, &counters, sizeof counters))
        return -1;
    counters_read(&counters, op, &proc_current()->counters);
    return out || op != COUNTERS_RESET ? copy_to_user(out, &counters, sizeof counters) : 0;
}

int64_t sys_audit(struct trapframe *frame)
{
    (void)frame;
    struct proc *proc = proc_current();
    int64_t wrong;
    while ((wrong = audit(proc->space)) == AUDIT_AGAIN && !atomic_load(&proc->killed))
        sched_yield();
    return wrong;
}

int64_t sys_processes(struct trapframe *frame)
{
    vaddr_t out = frame->a0;
    int32_t room = frame->a1, count = 0;
    if (room < 0)
        return -1;
    struct process_info info = {.pid = 0};
    for (; proc_describe_next(&info); count++) {
        if (count < room && copy_to_user(out + count * sizeof info, &info, sizeof info))
            return -1;
    }
    return count;
}

int64_t sys_poweroff(struct trapframe *frame)
{
    power_off((int32_t)frame->a0);
}

int64_t sys_disk_usage(struct trapframe *frame)
{
    struct disk_usage usage;
    fs_usage(&usage);
    return copy_to_user(frame->a0, &usage, sizeof usage);
}
