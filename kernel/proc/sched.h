// The scheduler: one queue of runnable processes for all harts, first in, first out, so that all of
// them get turns evenly (docs/locks.md).
#pragma once

#include "lib/wait.h"
#include "proc/proc.h"

// Runs processes on this hart from now on. Does not return.
_Noreturn void sched_start(void);

// Makes a process runnable. It is on no hart and in no queue.
void sched_add(struct proc *proc);

// Lets another process run, if there is one. Interrupts may be on or off, and stay so.
void sched_yield(void);

// Leaves the stack of the calling process for good, after it has ended and given back its memory,
// and then calls proc_ended() for it.
_Noreturn void sched_leave(void);

// Wakes a process if it is blocked, for whatever reason.
void sched_wake(struct proc *proc);
