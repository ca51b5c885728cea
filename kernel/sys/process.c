// System calls about processes and their memory.

#include "arch/timer.h"
#include "kernel/vm.h"
#include "proc/clock.h"
#include "proc/exec.h"
#include "proc/proc.h"
#include "sys/calls.h"

int64_t sys_fork(struct trapframe *frame)
{
    (void)frame;
    return proc_fork();
}

int64_t sys_exit(struct trapframe *frame)
{
    proc_exit(frame->a0);
}

int64_t sys_wait(struct trapframe *frame)
{
    return proc_wait(frame->a0);
}

int64_t sys_kill(struct trapframe *frame)
{
    return proc_kill(frame->a0);
}

int64_t sys_exec(struct trapframe *frame)
{
    return proc_exec(frame->a0, frame->a1);
}

int64_t sys_getpid(struct trapframe *frame)
{
    (void)frame;
    return proc_current()->pid;
}

int64_t sys_sbrk(struct trapframe *frame)
{
    int64_t bytes = (int32_t)frame->a0;
    bool lazy = (int32_t)frame->a1 == SBRK_LAZY; // the older interface has no second argument
    struct space *space = proc_current()->space;
    uint64_t old = space->size;
    if (bytes < 0 && (uint64_t)-bytes > old)
        return old; // by more than there is: nothing, in every version of the interface
    return space_resize(space, old + bytes, lazy) ? -1 : (int64_t)old;
}

int64_t sys_sleep(struct trapframe *frame)
{
    int32_t ticks = frame->a0;
    return ticks <= 0 || clock_sleep(ticks) ? 0 : -1;
}

int64_t sys_uptime(struct trapframe *frame)
{
    (void)frame;
    return timer_ticks();
}

int64_t sys_shield(struct trapframe *frame)
{
    return proc_shield((int32_t)frame->a0);
}
