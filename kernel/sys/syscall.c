#include "sys/syscall.h"
#include "arch/timer.h"
#include "dev/character.h"
#include "kernel/param.h"
#include "kernel/syscall.h"
#include "lib/print.h"
#include "mm/audit.h"
#include "mm/user_access.h"
#include "proc/clock.h"
#include "proc/exec.h"
#include "proc/sched.h"

typedef int64_t syscall_function(struct trapframe *frame);

static int64_t sys_fork(struct trapframe *frame)
{
    (void)frame;
    return proc_fork();
}

static int64_t sys_exit(struct trapframe *frame)
{
    proc_exit(frame->a0);
}

static int64_t sys_wait(struct trapframe *frame)
{
    return proc_wait(frame->a0);
}

static int64_t sys_kill(struct trapframe *frame)
{
    return proc_kill(frame->a0);
}

static int64_t sys_exec(struct trapframe *frame)
{
    return proc_exec(frame->a0, frame->a1);
}

static int64_t sys_getpid(struct trapframe *frame)
{
    (void)frame;
    return proc_current()->pid;
}

static int64_t sys_sbrk(struct trapframe *frame)
{
    int64_t bytes = (int32_t)frame->a0;
    struct space *space = proc_current()->space;
    uint64_t old = space->size;
    if (bytes < 0 && (uint64_t)-bytes > old)
        return -1;
    return space_resize(space, old + bytes) ? -1 : (int64_t)old;
}

static int64_t sys_sleep(struct trapframe *frame)
{
    int32_t ticks = frame->a0;
    return ticks <= 0 || clock_sleep(ticks) ? 0 : -1;
}

static int64_t sys_uptime(struct trapframe *frame)
{
    (void)frame;
    return timer_ticks();
}

// The console alone, as 0 to read, and as 1 and 2 to write.

static int64_t sys_read(struct trapframe *frame)
{
    int32_t descriptor = frame->a0, size = frame->a2;
    if (descriptor != 0 || size < 0)
        return -1;
    return character_device(MAJOR_CONSOLE)->read(user_place(frame->a1), size);
}

static int64_t sys_write(struct trapframe *frame)
{
    int32_t descriptor = frame->a0, size = frame->a2;
    if ((descriptor != 1 && descriptor != 2) || size < 0)
        return -1;
    return character_device(MAJOR_CONSOLE)->write(user_place(frame->a1), size);
}

static int64_t sys_counters(struct trapframe *frame)
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

static int64_t sys_audit(struct trapframe *frame)
{
    (void)frame;
    struct proc *proc = proc_current();
    int64_t wrong;
    while ((wrong = audit(proc->space)) == AUDIT_AGAIN && !atomic_load(&proc->killed))
        sched_yield();
    return wrong;
}

static syscall_function *const functions[] = {
    [SYS_fork] = sys_fork,   [SYS_exit] = sys_exit,   [SYS_wait] = sys_wait,
    [SYS_kill] = sys_kill,   [SYS_exec] = sys_exec,   [SYS_getpid] = sys_getpid,
    [SYS_sbrk] = sys_sbrk,   [SYS_sleep] = sys_sleep, [SYS_uptime] = sys_uptime,
    [SYS_read] = sys_read,   [SYS_write] = sys_write, [SYS_counters] = sys_counters,
    [SYS_audit] = sys_audit,
};

void syscall(struct trapframe *frame)
{
    uint64_t number = frame->a7;
    syscall_function *function =
        number < sizeof functions / sizeof functions[0] ? functions[number] : 0;
    frame->a0 = function ? function(frame) : -1;
}
