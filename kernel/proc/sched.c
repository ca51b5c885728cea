#include "proc/sched.h"
#include "arch/ipi.h"
#include "lib/print.h"

struct run_queue {
    struct spinlock lock; // no other lock is taken while it is held
    struct list processes;
    atomic_uint idle; // the hart sleeps, or is about to
} __attribute__((aligned(64)));

static struct run_queue queues[MAX_HARTS];

void sched_init(void)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++) {
        list_init(&queues[i].processes);
        harts[i].queue = &queues[i];
    }
}

// Some hart that sleeps shall look at the queues again.
static void wake_a_hart(void)
{
    for (uint32_t i = 0; i < hart_count; i++) {
        if (&harts[i] != this_hart() && atomic_exchange(&queues[i].idle, false)) {
            ipi_send(&harts[i], IPI_WAKE);
            return;
        }
    }
}

static void enqueue(struct proc *proc)
{
    uint64_t flags = irq_save();
    struct run_queue *queue = this_hart()->queue;
    spin_take(&queue->lock);
    bool was_empty = list_empty(&queue->processes);
    list_append(&queue->processes, &proc->queue_link);
    spin_release(&queue->lock);
    // A hart that queues something for an empty queue of its own, and looks for work next, needs
    // no help.
    if (hart_count > 1 && !(was_empty && !proc_current())) {
        atomic_thread_fence(memory_order_seq_cst); // pairs with the one in idle()
        wake_a_hart();
    }
    irq_restore(flags);
}

void sched_add(struct proc *proc)
{
    atomic_store_explicit(&proc->state, PROC_RUNNABLE, memory_order_relaxed);
    enqueue(proc);
}

static struct proc *dequeue(struct run_queue *queue)
{
    spin_take(&queue->lock);
    struct list *link = list_take(&queue->processes);
    spin_release(&queue->lock);
    return link ? list_entry(link, struct proc, queue_link) : 0;
}

// The next process for this hart: its own queue's first, or else the first of another's.
static struct proc *find_process(void)
{
    struct hart *hart = this_hart();
    struct proc *proc = dequeue(hart->queue);
    for (uint32_t i = 1; i < hart_count && !proc; i++) {
        struct run_queue *other = &queues[(hart->index + i) % hart_count];
        if (other->processes.next != &other->processes) // only a hint: the lock is not held
            proc = dequeue(other);
    }
    return proc;
}

// Sleeps until an interrupt. That this hart is idle is said before the queues are looked at for
// the last time, so no process that is added later goes unnoticed.
static struct proc *idle(void)
{
    atomic_store(&this_hart()->queue->idle, true);
    atomic_thread_fence(memory_order_seq_cst);
    struct proc *proc = find_process();
    if (!proc) {
        __asm__ volatile("wfi"); // an interrupt ends it, though it is not taken here
        irq_enable();
        irq_disable();
    }
    // Who found the flag set meant to wake a hart for some process, perhaps not for the one that
    // was found here: another hart shall look.
    if (!atomic_exchange(&this_hart()->queue->idle, false) && proc)
        wake_a_hart();
    return proc;
}

// On the hart's own stack.
static _Noreturn void run_next(void)
{
    struct proc *proc = find_process();
    while (!proc)
        proc = idle();
    struct hart *hart = this_hart();
    hart->proc = proc;
    hart->frame = proc->frame;
    atomic_store_explicit(&proc->on_hart, true, memory_order_relaxed);
    atomic_store_explicit(&proc->state, PROC_RUNNING, memory_order_relaxed);
    if (proc->space) // not so when it is about to end
        space_activate(proc->space);
    COUNT(&proc->counters, switches, 1);
    context_enter(&proc->context);
}

static void start(void *unused)
{
    (void)unused;
    run_next();
}

void sched_start(void)
{
    irq_disable();
    stack_enter(this_hart()->stack_top, start, 0);
}

// On the hart's own stack, with the process's context saved: gives up the process. From then on
// another hart may run it, and it may end there; so this hart goes to the kernel's own page table
// first.
static void give_up(struct proc *proc)
{
    space_deactivate();
    this_hart()->proc = 0;
    atomic_store_explicit(&proc->on_hart, false, memory_order_release);
}

static void after_block(void *proc)
{
    give_up(proc);
    run_next();
}

static void after_yield(void *proc)
{
    give_up(proc);
    sched_add(proc);
    run_next();
}

static void after_leave(void *proc)
{
    give_up(proc);
    proc_ended(proc);
    run_next();
}

static void leave(void (*then)(void *))
{
    struct proc *proc = proc_current();
    debug_assert(*proc->stack == KERNEL_STACK_CANARY);
    context_leave(&proc->context, this_hart()->stack_top, then, proc);
}

void sched_yield(void)
{
    uint64_t flags = irq_save();
    leave(after_yield);
    irq_restore(flags);
}

void sched_leave(void)
{
    irq_disable();
    leave(after_leave);
    panic("an ended process was run");
}

// Where a waker was faster it waits until this stack is left, and then queues the process.
static void block(struct spinlock *lock)
{
    spin_release(lock);
    leave(after_block);
    spin_take(lock);
}

bool wait_on(struct list *queue, struct spinlock *lock)
{
    struct proc *proc = proc_current();
    list_append(queue, &proc->wait_link);
    atomic_store(&proc->state, PROC_BLOCKED); // before killed is read: see proc_kill()
    enum proc_state blocked = PROC_BLOCKED;
    bool stay = atomic_load(&proc->killed) &&
                atomic_compare_exchange_strong(&proc->state, &blocked, PROC_RUNNING);
    if (!stay)
        block(lock);
    list_remove(&proc->wait_link);
    return !atomic_load(&proc->killed);
}

void wait_on_always(struct list *queue, struct spinlock *lock)
{
    struct proc *proc = proc_current();
    list_append(queue, &proc->wait_link);
    atomic_store(&proc->state, PROC_BLOCKED);
    block(lock);
    list_remove(&proc->wait_link);
}

void sched_wake(struct proc *proc)
{
    enum proc_state blocked = PROC_BLOCKED;
    if (!atomic_compare_exchange_strong(&proc->state, &blocked, PROC_RUNNABLE))
        return;
    while (atomic_load_explicit(&proc->on_hart, memory_order_acquire))
        ; // its hart is on the way off its stack, with interrupts off, and takes no lock before
    enqueue(proc);
}

void wait_wake_all(struct list *queue)
{
    for (struct list *link; (link = list_take(queue));)
        sched_wake(list_entry(link, struct proc, wait_link));
}

void wait_wake_first(struct list *queue)
{
    struct list *link = list_take(queue);
    if (link)
        sched_wake(list_entry(link, struct proc, wait_link));
}
