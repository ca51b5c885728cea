#include "proc/sched.h"
#include "arch/ipi.h"
#include "lib/print.h"

// What is runnable and on no hart.
static struct spinlock runnable_lock; // no other lock is taken while it is held
static struct list runnable = LIST_EMPTY(runnable);

static atomic_uint idle_harts; // one bit each, by index: it sleeps, or is about to

// Some hart that sleeps must look at the queue again.
static void wake_a_hart(void)
{
    unsigned others = atomic_load_explicit(&idle_harts, memory_order_relaxed);
    others &= ~(1u << this_hart()->index);
    while (others) {
        unsigned index = __builtin_ctz(others), bit = 1u << index;
        if (atomic_fetch_and(&idle_harts, ~bit) & bit) {
            ipi_send(&harts[index], IPI_WAKE);
            return;
        }
        others &= ~bit; // somebody else has woken it
    }
}

static void enqueue(struct proc *proc)
{
    uint64_t flags = spin_lock(&runnable_lock);
    bool was_empty = list_empty(&runnable);
    list_append(&runnable, &proc->queue_link);
    spin_release(&runnable_lock);
    // A hart that queues something while nothing else is there, and looks for work next, needs no
    // help.
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

static struct proc *dequeue(void)
{
    spin_take(&runnable_lock);
    struct list *link = list_take(&runnable);
    spin_release(&runnable_lock);
    return link ? list_entry(link, struct proc, queue_link) : 0;
}

// Sleeps until an interrupt. That this hart is idle is said before the queue is looked at for the
// last time, so no process that is added later goes unnoticed.
static struct proc *idle(void)
{
    unsigned bit = 1u << this_hart()->index;
    atomic_fetch_or(&idle_harts, bit);
    atomic_thread_fence(memory_order_seq_cst);
    struct proc *proc = dequeue();
    if (!proc) {
        __asm__ volatile("wfi"); // an interrupt ends it, though it is not taken here
        irq_enable();
        irq_disable();
    }
    // Who found the bit set meant to wake a hart for some process, perhaps not for the one that
    // was found here: another hart must look.
    if (!(atomic_fetch_and(&idle_harts, ~bit) & bit) && proc)
        wake_a_hart();
    return proc;
}

// On the hart's own stack.
static _Noreturn void run_next(void)
{
    struct proc *proc = dequeue();
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
    context_leave(&proc->context, this_hart()->stack_top, then, proc);
}

// The glance without the lock may miss what is just being added: that gets its turn a tick later.
void sched_yield(void)
{
    uint64_t flags = irq_save();
    if (__atomic_load_n(&runnable.next, __ATOMIC_RELAXED) != &runnable)
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

struct waiter *wait_self(void)
{
    return &proc_current()->waiter;
}

bool wait_sleep(struct spinlock *lock)
{
    struct proc *proc = proc_current();
    atomic_store(&proc->state, PROC_BLOCKED); // before killed is read: see proc_kill()
    enum proc_state blocked = PROC_BLOCKED;
    bool stay = atomic_load(&proc->killed) &&
                atomic_compare_exchange_strong(&proc->state, &blocked, PROC_RUNNING);
    if (!stay)
        block(lock);
    return !atomic_load(&proc->killed);
}

void wait_sleep_always(struct spinlock *lock)
{
    atomic_store(&proc_current()->state, PROC_BLOCKED);
    block(lock);
}

void sched_wake(struct proc *proc)
{
    enum proc_state blocked = PROC_BLOCKED;
    if (!atomic_compare_exchange_strong(&proc->state, &blocked, PROC_RUNNABLE))
        return;
    while (atomic_load_explicit(&proc->on_hart, memory_order_acquire))
        spin_pause(); // its hart is on the way off its stack, and takes no lock before
    enqueue(proc);
}

void wait_wake(struct waiter *waiter)
{
    sched_wake(list_entry(waiter, struct proc, waiter));
}
