#include "proc/clock.h"
#include "arch/timer.h"
#include "proc/sched.h"

static struct spinlock clock_lock;
static struct list sleepers = LIST_EMPTY(sleepers); // guarded by clock_lock

bool clock_sleep(uint64_t ticks)
{
    uint64_t flags = spin_lock(&clock_lock);
    uint64_t begin = timer_ticks();
    bool alive = true;
    while (alive && timer_ticks() - begin < ticks)
        alive = sched_wait(&sleepers, &clock_lock);
    spin_unlock(&clock_lock, flags);
    return alive;
}

void clock_tick(void)
{
    uint64_t flags = spin_lock(&clock_lock);
    sched_wake_all(&sleepers);
    spin_unlock(&clock_lock, flags);
}
