// Processes: their table, their families, and how they end.
#pragma once

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/trapframe.h"
#include "fs/descriptors.h"
#include "kernel/process.h"
#include "lib/wait.h"
#include "mm/space.h"
#include <stdatomic.h>

enum proc_state {
    PROC_UNUSED,
    PROC_RUNNING,  // on a hart
    PROC_RUNNABLE, // in a run queue, or about to be
    PROC_BLOCKED,  // until someone wakes it
    PROC_ENDED,    // exit was called; a zombie once it is in its parent's list of those
};

#define PROC_NAME_SIZE 16

// An array of words, so that a fork copies it with two loads and two stores.
struct proc_name {
    _Alignas(8) char text[PROC_NAME_SIZE];
};

struct proc {
    struct context context;          // where it continues, while it is on no hart
    struct trapframe *frame;         // the user's registers, at the top of the kernel stack
    struct space *space;             // never shared; 0 before the first program and after its end
    struct counters counters;        // of its events; table_frames is a state
    struct descriptors *descriptors; // maybe shared; changed by the process alone
    struct proc_name name;

    struct list queue_link;        // in a run queue
    uint64_t wake_at;              // tick at which its sleep ends; guarded by clock.c's lock
    struct waiter waiter;          // in a wait list or a queue
    _Atomic enum proc_state state; // BLOCKED to RUNNABLE by compare and exchange: one waker wins
    unsigned interrupts_heard;     // how many ^C there had been when it last asked
    atomic_bool on_hart;           // its kernel stack is in use
    atomic_bool killed;            // it must end before it next goes to user mode

    // Guarded by family_lock.
    bool orphan; // its parent has ended; init stands for it
    int pid;
    int status;          // of exit
    int shield;          // from ^C: SHIELD_SELF, SHIELD_FAMILY
    struct proc *parent; // 0: init, or not in use
    struct list children;
    struct list zombies;     // children that ended
    struct list family_link; // in one of the parent's two lists, or among the unused
    struct list child_ended; // wait list: the process itself, in wait
};

// The calling process; 0 on a hart's own stack. One instruction, so that there is no moment in
// which the caller could be moved to another hart between finding the hart and asking it.
static inline struct proc *proc_current(void)
{
    struct proc *proc;
    __asm__ volatile("ld %0, %1(tp)" : "=r"(proc) : "i"(HART_PROC));
    return proc;
}

// Boot: room for limit processes, whose kernel stacks are those from first_stack on (arch/stack.h).
// False: not enough memory.
bool proc_init(size_t limit, size_t first_stack);

// Makes the first process and makes it runnable. It has no memory and no descriptors yet, and
// starts with run() on its kernel stack, with interrupts off; run() gives it both (proc/exec.h).
void proc_start_first(void (*run)(void));

// The system calls of the same names. pid or -1.
int proc_fork(void);
int proc_kill(int pid);
int proc_shield(int flags);

// Waits for a child to end, stores its status at the user address status (unless that is 0), and
// forgets it. Returns its pid, or -1 if there are no children, the caller is killed, or status
// cannot be written to. In the last case the child stays for another try.
int proc_wait(vaddr_t status);

// Ends the calling process. The end of init ends the machine. Interrupts are on, since closing
// files may take long.
_Noreturn void proc_exit(int status);

// Called by the scheduler when an ended process is on no hart any more: makes it a zombie, which
// its parent may reap at once.
void proc_ended(struct proc *proc);

// Ends the calling process because it was killed. status: -1. Interrupts may be off.
_Noreturn void proc_exit_killed(void);

// Describes the process with the lowest pid above info->pid. False: there is none.
bool proc_describe_next(struct process_info *info);
