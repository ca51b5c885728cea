#include "proc/proc.h"
#include "arch/power.h"
#include "arch/stack.h"
#include "dev/console.h"
#include "kernel/param.h"
#include "kernel/shield.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/audit.h"
#include "mm/frame.h"
#include "mm/user_access.h"
#include "proc/sched.h"

static struct proc *procs;
static size_t proc_limit;
static struct proc *init_proc;

// Guards the family fields of all processes, the unused ones, and next_pid.
static struct spinlock family_lock;
static struct list unused = LIST_EMPTY(unused);
static int next_pid = 1;

static atomic_uint interrupts; // how often ^C was typed; changed with family_lock held

bool proc_init(size_t limit, size_t first_stack)
{
    procs = frame_boot_alloc(limit * sizeof *procs);
    if (!procs)
        return false;
    proc_limit = limit;
    for (size_t i = 0; i < limit; i++) {
        struct proc *proc = &procs[i];
        proc->frame = (struct trapframe *)kernel_stack_top(first_stack + i) - 1;
        list_init(&proc->queue_link);
        list_init(&proc->waiter.link);
        list_init(&proc->children);
        list_init(&proc->zombies);
        list_init(&proc->child_ended);
        list_append(&unused, &proc->family_link);
    }
    return true;
}

// The process of that number, in use or a zombie; 0 where there is none. family_lock is held.
static struct proc *find_pid(int pid)
{
    for (struct proc *proc = procs; proc < procs + proc_limit; proc++) {
        if (proc->pid == pid)
            return proc;
    }
    return 0;
}

// Birth.

// family_lock is held. Only from the second round on can a number be in use; the scan is the price
// of 2^31 forks.
static int take_pid(void)
{
    static bool wrapped;
    int pid;
    do {
        pid = next_pid;
        wrapped = wrapped || next_pid == INT32_MAX;
        next_pid = next_pid == INT32_MAX ? 2 : next_pid + 1;
    } while (wrapped && find_pid(pid));
    return pid;
}

// An orphan that has ended, for which init has not waited yet: its slot is as good as unused, since
// only init could still ask for its status. 0 where there is none. family_lock is held.
static __attribute__((cold, noinline)) struct proc *take_ended_orphan(void)
{
    list_for_each(link, &init_proc->zombies)
    {
        struct proc *proc = list_entry(link, struct proc, family_link);
        if (!proc->orphan)
            continue;
        list_remove(link);
        atomic_store_explicit(&proc->state, PROC_UNUSED, memory_order_relaxed);
        return proc;
    }
    return 0;
}

// A slot without a process, in none of the lists; 0 when there are too many processes that live, or
// for which a parent may still wait. family_lock is held.
static struct proc *slot_take(void)
{
    struct list *link = list_take(&unused);
    return link ? list_entry(link, struct proc, family_link) : take_ended_orphan();
}

// A child of parent without a space; 0 when there are too many, or the parent is killed: so nobody
// that it forks outlives a kill of all at once. It cannot run yet.
static struct proc *proc_take(struct proc *parent)
{
    uint64_t flags = spin_lock(&family_lock);
    bool alive = !parent || !atomic_load_explicit(&parent->killed, memory_order_relaxed);
    struct proc *proc = alive ? slot_take() : 0;
    if (proc) {
        proc->pid = take_pid();
        proc->parent = parent;
        proc->orphan = false;
        atomic_store_explicit(&proc->killed, false, memory_order_relaxed);
        if (parent) {
            list_append(&parent->children, &proc->family_link);
            proc->shield = parent->shield & SHIELD_FAMILY;
        }
    }
    spin_unlock(&family_lock, flags);
    if (!proc)
        return 0;
    counters_clear(&proc->counters);
    proc->context.ra = (uint64_t)trap_return;
    proc->context.sp = (uint64_t)proc->frame;
    return proc;
}

// family_lock is held.
static void proc_forget(struct proc *proc)
{
    list_remove(&proc->family_link);
    proc->parent = 0;
    proc->pid = 0;
    atomic_store_explicit(&proc->state, PROC_UNUSED, memory_order_relaxed);
    list_append(&unused, &proc->family_link);
}

static void proc_give(struct proc *proc)
{
    uint64_t flags = spin_lock(&family_lock);
    proc_forget(proc);
    spin_unlock(&family_lock, flags);
}

int proc_fork(void)
{
    struct proc *parent = proc_current();
    struct proc *child = proc_take(parent);
    if (!child)
        return -1;
    child->space = space_fork(parent->space, &child->counters);
    if (!child->space) {
        proc_give(child);
        return -1;
    }
    space_settle(child->space);
    child->descriptors = descriptors_share(parent->descriptors);
    trapframe_copy(child->frame, parent->frame);
    child->frame->a0 = 0;
    child->name = parent->name;
    COUNT(&parent->counters, forks, 1);
    int pid = child->pid; // the child may be gone as soon as it can run
    sched_add(child);
    return pid;
}

void proc_start_first(void (*run)(void))
{
    init_proc = proc_take(0);
    init_proc->context.ra = (uint64_t)run;
    sched_add(init_proc);
}

// Death.

void proc_ended(struct proc *proc)
{
    uint64_t flags = spin_lock(&family_lock);
    list_remove(&proc->family_link);
    list_append(&proc->parent->zombies, &proc->family_link);
    wait_wake_all(&proc->parent->child_ended);
    spin_unlock(&family_lock, flags);
}

// Init becomes the parent of all in the list, and has them in the list to. family_lock is held.
static void give_to_init(struct list *from, struct list *to)
{
    for (struct list *link; (link = list_take(from));) {
        struct proc *proc = list_entry(link, struct proc, family_link);
        proc->parent = init_proc;
        proc->orphan = true;
        list_append(to, link);
    }
}

static void leave_family(struct proc *proc)
{
    uint64_t flags = spin_lock(&family_lock);
    bool init_waits = !list_empty(&proc->zombies);
    give_to_init(&proc->children, &init_proc->children);
    give_to_init(&proc->zombies, &init_proc->zombies);
    if (init_waits)
        wait_wake_all(&init_proc->child_ended);
    spin_unlock(&family_lock, flags);
}

#ifdef DEBUG
// A debug build audits whenever a process ends, unless another is just changing its space.
static void debug_audit(void)
{
    int64_t wrong = audit(0);
    if (wrong != AUDIT_AGAIN && wrong)
        panic("the audit found %ld wrong frames when a process ended", wrong);
}
#else
static void debug_audit(void) {}
#endif

void proc_exit(int status)
{
    struct proc *proc = proc_current();
    debug_assert(irq_enabled());
    if (proc == init_proc)
        power_off(status);
    descriptors_put(proc->descriptors); // may sleep, as a process like any other
    leave_family(proc);
    proc->status = status;
    COUNT(&proc->counters, exits, 1);

    // From here on the process runs on the kernel's own page table. space is 0 first, so that a
    // hart that goes on with the process after a preemption loads none; interrupts are off until
    // satp has changed, too, so that none comes between. Only then may the tables go. The slot is
    // the last: it is free only after the hart has left this stack (sched_leave, proc_ended;
    // docs/locks.md).
    struct space *space = proc->space;
    irq_disable();
    proc->space = 0;
    space_deactivate();
    irq_enable();
    space_destroy(space);

    debug_audit();

    irq_disable();
    atomic_store(&proc->state, PROC_ENDED);
    sched_leave();
}

// Its callers come from traps, with interrupts off. What follows may take long, and sleep.
void proc_exit_killed(void)
{
    irq_enable();
    if (proc_current() == init_proc)
        print("cowshed: init was killed\n");
    proc_exit(-1);
}

int proc_wait(vaddr_t status)
{
    struct proc *proc = proc_current();
    int pid = -1;
    uint64_t flags = spin_lock(&family_lock);
    bool alive = true;
    while (alive && list_empty(&proc->zombies) && !list_empty(&proc->children))
        alive = wait_on(&proc->child_ended, &family_lock);
    struct list *link = alive ? list_take(&proc->zombies) : 0;
    spin_unlock(&family_lock, flags);
    if (!link)
        return -1;

    // In none of the lists now, so it is ours alone.
    struct proc *child = list_entry(link, struct proc, family_link);
    bool stored = !status || !copy_to_user(status, &child->status, sizeof child->status);
    flags = spin_lock(&family_lock);
    if (stored) {
        pid = child->pid;
        proc_forget(child);
    } else {
        list_append(&proc->zombies, link);
    }
    spin_unlock(&family_lock, flags);
    return pid;
}

// Whoever blocks says so first and looks at killed then; so one of the two sees the other.
// family_lock is held.
static void kill_process(struct proc *proc)
{
    atomic_store(&proc->killed, true);
    sched_wake(proc);
}

int proc_kill(int pid)
{
    if (pid <= 0)
        return -1;
    uint64_t flags = spin_lock(&family_lock);
    struct proc *proc = find_pid(pid);
    if (proc)
        kill_process(proc);
    spin_unlock(&family_lock, flags);
    return proc ? 0 : -1;
}

// ^C. Who is killed can fork no more from here on, so one pass over all of them is enough.

void console_interrupt(void)
{
    uint64_t flags = spin_lock(&family_lock);
    interrupts++;
    for (struct proc *proc = procs; proc < procs + proc_limit; proc++) {
        if (proc->pid && proc != init_proc && !proc->shield)
            kill_process(proc);
    }
    spin_unlock(&family_lock, flags);
}

uint64_t console_heard(void)
{
    const struct proc *proc = proc_current();
    return proc->shield & SHIELD_SELF ? proc->interrupts_heard : CONSOLE_DEAF;
}

bool console_interrupted(uint64_t heard)
{
    return heard != CONSOLE_DEAF && heard != interrupts;
}

void console_hear(void)
{
    proc_current()->interrupts_heard = interrupts;
}

int proc_shield(int shield)
{
    if (shield & ~(SHIELD_SELF | SHIELD_FAMILY))
        return -1;
    struct proc *proc = proc_current();
    uint64_t flags = spin_lock(&family_lock);
    proc->shield = shield;
    proc->interrupts_heard = interrupts;
    spin_unlock(&family_lock, flags);
    return proc->interrupts_heard & INT32_MAX;
}

// Tells of slot number i, if there is a process in it.
static void list_process(size_t i)
{
    static const char *const names[] = {[PROC_UNUSED] = "unused",
                                        [PROC_RUNNING] = "running",
                                        [PROC_RUNNABLE] = "runnable",
                                        [PROC_BLOCKED] = "blocked",
                                        [PROC_ENDED] = "ended"};
    char name[PROC_NAME_SIZE];
    uint64_t flags = spin_lock(&family_lock);
    int pid = procs[i].pid;
    enum proc_state state = atomic_load(&procs[i].state);
    string_copy(name, procs[i].name.text, sizeof name);
    spin_unlock(&family_lock, flags);
    if (pid)
        print("cowshed: pid %d %s %s\n", pid, names[state], name);
}

// One at a time, so that no lock is held while the console is waited for.
void console_list_processes(void)
{
    for (size_t i = 0; i < proc_limit; i++)
        list_process(i);
}

// What is told of a process. family_lock is held, so it stays in use; what it changes itself
// meanwhile may be the old or the new.
static void describe(const struct proc *proc, struct process_info *info)
{
    static const char letters[] = {
        [PROC_RUNNING] = 'R', [PROC_RUNNABLE] = 'r', [PROC_BLOCKED] = 'S', [PROC_ENDED] = 'Z'};
    const struct space *space = __atomic_load_n(&proc->space, __ATOMIC_RELAXED);
    memset(info, 0, sizeof *info); // the gaps, too: a user gets to see them
    info->pid = proc->pid;
    info->parent = proc->parent ? proc->parent->pid : 0;
    info->state = letters[atomic_load_explicit(&proc->state, memory_order_relaxed)];
    info->size = space ? space->size : 0;
    info->counters = proc->counters;
    string_copy(info->name, proc->name.text, sizeof info->name);
}

bool proc_describe_next(struct process_info *info)
{
    uint64_t flags = spin_lock(&family_lock);
    const struct proc *next = 0;
    for (const struct proc *proc = procs; proc < procs + proc_limit; proc++) {
        bool in_use = atomic_load_explicit(&proc->state, memory_order_relaxed) != PROC_UNUSED;
        if (in_use && proc->pid > info->pid && (!next || proc->pid < next->pid))
            next = proc;
    }
    if (next)
        describe(next, info);
    spin_unlock(&family_lock, flags);
    if (next)
        counters_read(&info->counters, COUNTERS_PROCESS, &info->counters);
    return next;
}
