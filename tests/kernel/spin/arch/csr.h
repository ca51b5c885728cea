// Stands in for kernel/arch/csr.h: threads take the part of harts, and have no interrupts. A thread
// that waits lets others run, so that the tests take as long on a busy host.
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t irq_save(void)
{
    return 0;
}

static inline void irq_restore(uint64_t flags)
{
    (void)flags;
}

static inline void spin_pause(void)
{
    sched_yield();
}
