// Under the exact clock QEMU runs one hart after the other, each up to the next deadline of the
// machine's clock, which all instructions of all harts advance. So this is a timer of that clock
// whose callback does nothing but ask for the next one. A hart that sleeps, or that interrupts
// another one, ends its turn there, and what is left of the turn is the next hart's.

#include "clock.h"
#include "qemu.h"
#include "turns.h"

enum { LONG_TURN = 100000 };

// QEMU's own QEMUTimer, as it is in 4.0 to 9. Timers of a clock are in a list, the next one to
// expire first.
struct timer {
    int64_t expires; // -1: it is not in the list
    void *list;
    void (*call)(void *);
    void *data;
    struct timer *next;
    int attributes, scale;
    uint64_t room[8];
};

static struct timer timer;
static int64_t next;

// QEMU's own timer, of which a machine with several harts has one: it takes the turn from a hart
// every 100 ms of the machine's time. QEMU stops it when it happens to find all harts asleep, and
// starts it anew, which depends on the host. So it is held off.
enum { KICK = 100000000 };
#define FAR (INT64_MAX / 4)
static struct timer *kick;
static int64_t regions; // between marks, that have begun

// From one deadline to the next. In a region whose turns are scheduled, it is its end.
static int64_t turn(void)
{
    if (!in_region())
        return LONG_TURN;
    if (is_scheduled())
        return arguments.seconds ? arguments.seconds * 1000000000 : INT64_MAX / 4;
    return arguments.quantum;
}

// A hart whose turn comes when a deadline is reached, but not served yet, has nothing left of it,
// and QEMU goes on to the next one: of two harts, one would starve. Before a hart that was kicked,
// QEMU serves deadlines. So all are kicked once the deadline is served.
static void kick_all(struct cpu *cpu, work_data data)
{
    (void)data;
    qemu_cpu_kick(cpu);
}

// When all harts sleep there is nobody to give turns to: time jumps to the next deadline, which
// must be that of what they wait for.
static int64_t sleep_of_all(void)
{
    if (!all_cpu_threads_idle())
        return 0;
    int64_t left = qemu_clock_deadline_ns_all(CLOCK_VIRTUAL, ALL_TIMERS);
    return left > 0 ? left : 0;
}

// Before any hart has executed something: it is to expire after its first period.
static void find_kick(void)
{
    timer_mod_ns(&timer, 0); // the first of the list
    kick = timer.next;
    while (kick && (kick->expires != KICK || kick->data))
        kick = kick->next;
}

void clock_hold(void)
{
    if (kick && kick->expires != -1 && kick->expires != FAR)
        timer_mod_ns(kick, FAR);
}

static void on_deadline(void *data)
{
    (void)data;
    if (in_region() && is_scheduled())
        end_machine("seconds", arguments.seconds);
    int64_t now = qemu_clock_get_ns(CLOCK_VIRTUAL);
    next = (next > now - turn() ? next : now) + turn() + sleep_of_all();
    async_run_on_cpu(qemu_get_cpu(0), kick_all, (work_data){0});
    timer_mod_ns(&timer, next);
    clock_hold();
}

void clock_begin(void)
{
    if (next)
        return;
    next = turn() + (in_region() ? arguments.phase : 0);
    timer_init_full(&timer, main_loop_tlg, CLOCK_VIRTUAL, NANOSECONDS, 0, on_deadline, 0);
    find_kick();
    timer_mod_ns(&timer, next);
    clock_hold();
}

static void start_anew(struct cpu *cpu, work_data data)
{
    int64_t longer = in_region() ? regions++ * arguments.phase % arguments.quantum : 0;
    next = qemu_clock_get_ns(CLOCK_VIRTUAL) + turn() + longer;
    timer_mod_ns(&timer, next);
    kick_all(cpu, data);
}

void clock_start_anew(void)
{
    async_run_on_cpu(qemu_get_cpu(0), start_anew, (work_data){0});
}
