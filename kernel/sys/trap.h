// The end of every trap from user mode.
#pragma once

#include "arch/csr.h"
#include "lib/print.h"
#include "proc/proc.h"

// On the way back to user mode, with interrupts off: a killed process ends here.
static inline void trap_finish(struct proc *proc)
{
    if (atomic_load_explicit(&proc->killed, memory_order_relaxed))
        proc_exit_killed();
    debug_assert(space_is_current(proc->space));
    debug_assert((csr_read(sstatus) & (SSTATUS_SPP | SSTATUS_SPIE)) == SSTATUS_SPIE);
}
