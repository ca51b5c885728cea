// The scheduler: one queue of runnable processes for all harts, first in, first out, so that all of
// them get turns evenly (docs/locks.md).
#pragma once

#include "lib/wait.h"
#include "proc/proc.h"

// This hart runs processes from now on. Does not return.
_Noreturn void sched_start(void);

// Makes a process runnable that is on no hart and in no queue.
void sched_add(struct proc *proc);

// Lets another process run if there is one. Interrupts on or off, and so again afterwards.
void sched_yield(void);

// The calling process has ended and given back its memory: leaves its stack for good, and then
// calls proc_ended() for it.
_Noreturn void sched_leave(void);

// Wakes a process if it is blocked, whatever for.
void sched_wake(struct proc *proc);
