#include "proc/clock.h"
#include "arch/timer.h"
#include "proc/sched.h"

static struct spinlock clock_lock;
static struct list sleepers = LIST_EMPTY(sleepers); // guarded by clock_lock

bool clock_sleep(uint64_t ticks)
{
    struct proc *proc = proc_current();
    uint64_t flags = spin_lock(&clock_lock);
    proc->wake_at = timer_ticks() + ticks;
    bool alive = true;
    while (alive && timer_ticks() < proc->wake_at)
        alive = wait_on(&sleepers, &clock_lock);
    spin_unlock(&clock_lock, flags);
    return alive;
}

void clock_tick(void)
{
    uint64_t flags = spin_lock(&clock_lock);
    uint64_t now = timer_ticks();
    for (struct list *link = sleepers.next, *next; link != &sleepers; link = next) {
        next = link->next;
        struct proc *proc = list_entry(link, struct proc, waiter.link);
        if (proc->wake_at > now)
            continue;
        list_remove(link);
        sched_wake(proc);
    }
    spin_unlock(&clock_lock, flags);
}
