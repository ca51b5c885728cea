#define _GNU_SOURCE
#include "processes.h"
#include "lib/wait.h"
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK_SIZE = 256 * 1024, YIELD_ONE_IN = 24 };

struct process {
    ucontext_t context;
    void *stack;
    void *fake_stack; // the address sanitizer's
    struct waiter waiter;
    bool killed;
    enum { UNUSED, RUNNABLE, WAITING, ENDED } state;
    void (*body)(void *);
    void *argument;
};

static struct process processes[MAX_PROCESSES];
static unsigned process_count;
static struct process *current;
static ucontext_t scheduler;
static void *scheduler_fake_stack;
static const void *scheduler_stack;
static size_t scheduler_stack_size;
static struct random *chance;
static bool stopped;

// Changes of stack, told to the address sanitizer.

static void to_scheduler(bool for_good)
{
    struct process *process = current;
    __sanitizer_start_switch_fiber(for_good ? 0 : &process->fake_stack, scheduler_stack,
                                   scheduler_stack_size);
    swapcontext(&process->context, &scheduler);
    __sanitizer_finish_switch_fiber(process->fake_stack, &scheduler_stack, &scheduler_stack_size);
}

static void start(void)
{
    __sanitizer_finish_switch_fiber(0, &scheduler_stack, &scheduler_stack_size);
    current->body(current->argument);
    current->state = ENDED;
    to_scheduler(true);
}

static void resume(struct process *process)
{
    current = process;
    __sanitizer_start_switch_fiber(&scheduler_fake_stack, process->stack, STACK_SIZE);
    swapcontext(&scheduler, &process->context);
    __sanitizer_finish_switch_fiber(scheduler_fake_stack, 0, 0);
    current = 0;
}

void add_process(void (*body)(void *), void *argument)
{
    if (process_count == MAX_PROCESSES)
        abort();
    struct process *process = &processes[process_count++];
    if (!process->stack)
        process->stack =
            mmap(0, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    __asan_unpoison_memory_region(process->stack, STACK_SIZE); // of one that was given up
    getcontext(&process->context);
    process->context.uc_stack.ss_sp = process->stack;
    process->context.uc_stack.ss_size = STACK_SIZE;
    makecontext(&process->context, start, 0);
    process->fake_stack = 0;
    process->state = RUNNABLE;
    process->body = body;
    process->argument = argument;
    process->killed = false;
    list_init(&process->waiter.link);
}

// One that can run, from a random one on; 0 where there is none.
static struct process *choose(bool *all_ended)
{
    unsigned from = random_below(chance, process_count);
    *all_ended = true;
    for (unsigned i = 0; i < process_count; i++) {
        struct process *process = &processes[(from + i) % process_count];
        *all_ended = *all_ended && process->state == ENDED;
        if (process->state == RUNNABLE)
            return process;
    }
    return 0;
}

void run_processes(struct random *random, bool (*when_idle)(void))
{
    chance = random;
    stopped = false;
    bool all_ended = false;
    while (!stopped && process_count) {
        struct process *process = choose(&all_ended);
        if (all_ended)
            break;
        if (process)
            resume(process);
        if ((!process || random_one_in(random, 2)) && !when_idle() && !process) {
            fprintf(stderr, "all processes wait, and nothing will end that\n");
            abort();
        }
    }
    process_count = 0;
}

void processes_stop_all(void)
{
    stopped = true;
}

bool processes_were_stopped(void)
{
    return stopped;
}

void run_process(struct random *random, bool (*when_idle)(void), void (*body)(void *),
                 void *argument)
{
    add_process(body, argument);
    run_processes(random, when_idle);
}

// What the kernel's scheduler offers.

void spin_released(void)
{
    if (current && random_one_in(chance, YIELD_ONE_IN))
        to_scheduler(false);
}

static struct process *waiting(void)
{
    if (!current) {
        fprintf(stderr, "waiting outside of a process\n");
        abort();
    }
    return current;
}

struct waiter *wait_self(void)
{
    return &waiting()->waiter;
}

void wait_sleep_always(struct spinlock *lock)
{
    waiting()->state = WAITING;
    spin_change(lock, true);
    to_scheduler(false);
    spin_change(lock, false);
}

bool wait_sleep(struct spinlock *lock)
{
    struct process *self = waiting();
    if (!self->killed)
        wait_sleep_always(lock);
    return !self->killed;
}

void wait_wake(struct waiter *waiter)
{
    list_entry(waiter, struct process, waiter)->state = RUNNABLE;
}

void kill_process(unsigned number)
{
    struct process *process = &processes[number];
    process->killed = true;
    if (process->state == WAITING)
        process->state = RUNNABLE;
}

// What a process has allocated when it is given up is lost.
const char *__asan_default_options(void)
{
    return "detect_leaks=0:quarantine_size_mb=4";
}
