// What each trap means; system calls are in syscall.c.

#include "sys/trap.h"
#include "arch/ipi.h"
#include "arch/timer.h"
#include "arch/user_copy.h"
#include "dev/plic.h"
#include "dev/virtio_block.h"
#include "mm/audit.h"
#include "mm/cow.h"
#include "mm/fault.h"
#include "proc/clock.h"
#include "proc/sched.h"

static bool is_page_fault(uint64_t cause)
{
    return cause == CAUSE_LOAD_PAGE_FAULT || cause == CAUSE_STORE_PAGE_FAULT ||
           cause == CAUSE_FETCH_PAGE_FAULT;
}

static enum access access_of(uint64_t cause)
{
    if (cause == CAUSE_STORE_PAGE_FAULT)
        return ACCESS_STORE;
    return cause == CAUSE_LOAD_PAGE_FAULT ? ACCESS_LOAD : ACCESS_FETCH;
}

// Serves an interrupt. True: the time slice is over.
static bool serve_interrupt(uint64_t cause)
{
    if (cause == IRQ_TIMER) {
        timer_next();
        __atomic_fetch_add(&this_hart()->counters->ticks, 1, __ATOMIC_RELAXED);
        plic_resume();
        if (this_hart()->index == 0) {
            clock_tick();
            virtio_block_tick();
        }
        return true;
    }
    if (cause == IRQ_SOFTWARE) {
        if (ipi_take() & IPI_STOP)
            audit_stop();
        return false;
    }
    if (cause == IRQ_EXTERNAL) {
        plic_serve();
        return false;
    }
    panic("unexpected interrupt, scause %lx", cause);
}

// The page below the stack is never mapped.
static bool is_below_stack(const struct space *space, vaddr_t address)
{
    vaddr_t stack = space->heap - PAGE_SIZE;
    return address < stack && address >= stack - PAGE_SIZE;
}

static const char *reason_to_kill(const struct proc *proc, vaddr_t address, enum fault fault)
{
    if (fault == FAULT_NO_MEMORY)
        return "out of memory to serve a";
    return is_below_stack(proc->space, address) ? "its stack of one page is full, a"
                                                : "invalid access, a";
}

static __attribute__((cold, noinline)) _Noreturn void
kill_for_fault(struct proc *proc, uint64_t cause, vaddr_t address, enum fault fault)
{
    print("cowshed: pid %d (%s) killed: %s %s %lx at %lx\n", proc->pid, proc->name.text,
          reason_to_kill(proc, address, fault), access_name(access_of(cause)), address,
          proc->frame->epc);
    COUNT(&proc->counters, faults_killed, 1);
    proc_exit_killed();
}

static void serve_user_fault(struct proc *proc, uint64_t cause, uint64_t address)
{
    enum fault fault = fault_serve(proc->space, address, access_of(cause));
    if (fault != FAULT_SERVED)
        kill_for_fault(proc, cause, address, fault);
}

// Other than page faults and system calls: RISC-V privileged architecture, table of scause.
static const char *exception_name(uint64_t cause)
{
    static const char *const names[] = {
        "misaligned jump", "instruction access fault", "illegal instruction", "breakpoint",
        "misaligned load", "load access fault",        "misaligned store",    "store access fault",
    };
    return cause < sizeof names / sizeof *names ? names[cause] : "exception";
}

static __attribute__((cold, noinline)) _Noreturn void
kill_for_exception(struct proc *proc, uint64_t cause, uint64_t value)
{
    print("cowshed: pid %d (%s) killed: %s (scause %lu, stval %lx) at %lx\n", proc->pid,
          proc->name.text, exception_name(cause), cause, value, proc->frame->epc);
    COUNT(&proc->counters, faults_killed, 1);
    proc_exit_killed();
}

void trap_before_return(void)
{
    struct proc *proc = proc_current();
    cow_space_starts(proc->space);
    trap_finish(proc);
}

void trap_from_user(struct trapframe *frame, uint64_t cause, uint64_t value)
{
    (void)frame;
    struct proc *proc = proc_current();
    if (is_page_fault(cause))
        serve_user_fault(proc, cause, value);
    else if (!(cause & CAUSE_INTERRUPT))
        kill_for_exception(proc, cause, value);
    else if (serve_interrupt(cause))
        sched_yield();
    trap_finish(proc);
}

static _Noreturn void panic_for_trap(const struct kernel_trapframe *frame, uint64_t cause,
                                     uint64_t value)
{
    panic("kernel trap, scause %lx, stval %lx, sepc %lx, ra %lx", cause, value, frame->epc,
          frame->ra);
}

void trap_stack_overflow(uint64_t epc)
{
    const struct proc *proc = proc_current();
    if (!proc)
        panic("overflow of the stack of hart %u, sepc %lx", this_hart()->id, epc);
    panic("kernel stack overflow of pid %d (%s), sepc %lx", proc->pid, proc->name.text, epc);
}

// Only the copying routines may touch user memory; a fault in them is the user's.
static void serve_kernel_fault(struct kernel_trapframe *frame, uint64_t cause, uint64_t address)
{
    struct proc *proc = proc_current();
    bool copying = frame->epc >= (uint64_t)user_copy_begin && frame->epc < (uint64_t)user_copy_end;
    if (!copying || address >= USER_END || !proc || !proc->space)
        panic_for_trap(frame, cause, address);
    if (fault_serve(proc->space, address, access_of(cause)) != FAULT_SERVED)
        frame->epc = (uint64_t)user_copy_failed;
}

void trap_from_kernel(struct kernel_trapframe *frame, uint64_t cause, uint64_t value)
{
    if (is_page_fault(cause))
        serve_kernel_fault(frame, cause, value);
    else if (!(cause & CAUSE_INTERRUPT))
        panic_for_trap(frame, cause, value);
    else if (serve_interrupt(cause) && proc_current())
        sched_yield();
}
