// Turns: a plugin of QEMU that makes the harts of a machine with the exact clock take short, even
// turns. Nothing in the machine knows of it, and it costs the machine no instruction.
//
//     qemu-system-riscv64 -smp 4 -icount shift=0,sleep=off …
//         -plugin file=build/turns.so,quantum=200
//
//     quantum=N  instructions in a turn, 1 to 1000000000; needed
//     phase=N    by which the first turn is longer, 0 to 1000000000; default 0. With start=mark it
//                is that of each region in which turns are short: the first is longer by 0, the
//                next one by N, then 2 N, …, modulo the quantum
//     start=mark turns are long until a hart executes MARK_JOIN (bench/probe/mark.h), and again
//                from when as many MARK_LEAVE were executed: a boot in short turns takes a minute
//
// Under the exact clock QEMU runs one hart after the other, each up to the next deadline of the
// machine's clock, which all instructions of all harts advance. So this is a timer of that clock
// whose callback does nothing but ask for the next one. A hart that sleeps, or that interrupts
// another one, ends its turn there, and what is left of the turn is the next hart's.
//
// QEMU's plugin interface has no timers. These functions are QEMU's own, which it exports for its
// modules where it has them, as Debian's has; their signatures are those of QEMU 4.0 to 9.

#include "mark.h"
#include "qemu_plugin.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int qemu_plugin_version = PLUGIN_VERSION;

enum { CLOCK_VIRTUAL = 1, NANOSECONDS = 1, ALL_TIMERS = -1, MOST = 1000000000 };
enum { LONG_TURN = 100000, SLTI_ZERO = 0x2013 }; // slti x0, x0, 0

struct cpu;
typedef union {
    unsigned long number;
} work_data; // passed by value

#define OF_QEMU __attribute__((weak)) // null in a QEMU that does not export it
extern OF_QEMU char main_loop_tlg[];
extern OF_QEMU int use_icount;
extern OF_QEMU void timer_init_full(void *timer, void *group, int clock, int scale, int attributes,
                                    void (*call)(void *), void *data);
extern OF_QEMU void timer_mod_ns(void *timer, int64_t deadline);
extern OF_QEMU int64_t qemu_clock_get_ns(int clock);
extern OF_QEMU int64_t qemu_clock_deadline_ns_all(int clock, int attributes);
extern OF_QEMU bool all_cpu_threads_idle(void);
extern OF_QEMU struct cpu *qemu_get_cpu(int index);
extern OF_QEMU void qemu_cpu_kick(struct cpu *cpu);
extern OF_QEMU void async_run_on_cpu(struct cpu *cpu, void (*work)(struct cpu *, work_data),
                                     work_data data);

static uint64_t timer[64]; // QEMU's own struct takes a part of it
static int64_t quantum, phase, next;
static bool waits_for_mark; // start=mark
static int64_t joined;      // MARK_JOIN executed, less MARK_LEAVE
static int64_t regions;     // that have begun

static int64_t turn(void)
{
    return waits_for_mark && joined <= 0 ? LONG_TURN : quantum;
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

static void on_deadline(void *data)
{
    (void)data;
    int64_t now = qemu_clock_get_ns(CLOCK_VIRTUAL);
    next = (next > now - turn() ? next : now) + turn() + sleep_of_all();
    async_run_on_cpu(qemu_get_cpu(0), kick_all, (work_data){0});
    timer_mod_ns(timer, next);
}

// The clock cannot be read in the middle of a block. So the turn of the hart that executes a mark
// ends with the block, and this is done before another one begins.
static void start_anew(struct cpu *cpu, work_data data)
{
    int64_t longer = joined > 0 ? regions++ * phase % quantum : 0;
    next = qemu_clock_get_ns(CLOCK_VIRTUAL) + turn() + longer;
    timer_mod_ns(timer, next);
    kick_all(cpu, data);
}

static void on_mark(unsigned hart, void *mark)
{
    (void)hart;
    bool was_short = joined > 0;
    joined += (intptr_t)mark == MARK_JOIN ? 1 : -1;
    if (was_short != (joined > 0))
        async_run_on_cpu(qemu_get_cpu(0), start_anew, (work_data){0});
}

static void find_marks(struct qemu_plugin_tb *block)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t bits = 0;
        if (qemu_plugin_insn_size(instruction) == sizeof bits)
            memcpy(&bits, qemu_plugin_insn_data(instruction), sizeof bits);
        for (uint32_t mark = MARK_JOIN; mark <= MARK_LEAVE; mark++) {
            if (bits == (mark << 20 | SLTI_ZERO))
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS,
                                                       (void *)(uintptr_t)mark);
        }
    }
}

// At the first translation the harts are there, and none has executed anything.
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    if (!next) {
        next = turn() + (waits_for_mark ? 0 : phase);
        timer_init_full(timer, main_loop_tlg, CLOCK_VIRTUAL, NANOSECONDS, 0, on_deadline, 0);
        timer_mod_ns(timer, next);
    }
    if (waits_for_mark)
        find_marks(block);
}

// Returns what is wrong with it, or 0.
static const char *take_number(const char *value, int64_t least, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(value, &end, 10);
    bool number = isdigit((unsigned char)*value) && !*end && !errno;
    if (number && *out >= least && *out <= MOST)
        return 0;
    return least ? "a number from 1 to 1000000000 is needed"
                 : "a number from 0 to 1000000000 is needed";
}

static const char *take_argument(const char *name, const char *value)
{
    if (!strcmp(name, "quantum"))
        return take_number(value, 1, &quantum);
    if (!strcmp(name, "phase"))
        return take_number(value, 0, &phase);
    if (!strcmp(name, "start")) {
        waits_for_mark = !strcmp(value, "mark");
        return waits_for_mark ? 0 : "mark is needed";
    }
    return "no such argument; there are: quantum, phase, start";
}

static bool take_arguments(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals)
            *equals = 0;
        const char *wrong = take_argument(argv[i], equals ? equals + 1 : "");
        if (wrong) {
            fprintf(stderr, "turns: %s=%s: %s\n", argv[i], equals ? equals + 1 : "", wrong);
            return false;
        }
    }
    return true;
}

static bool qemu_has_all(void)
{
    return main_loop_tlg && &use_icount && timer_init_full && timer_mod_ns && qemu_clock_get_ns &&
           qemu_clock_deadline_ns_all && all_cpu_threads_idle && qemu_get_cpu && qemu_cpu_kick &&
           async_run_on_cpu;
}

// Why there can be no turns, or 0.
static const char *refusal(const qemu_info_t *info)
{
    if (!quantum)
        return "quantum=N is needed";
    if (!info->system_emulation || info->system.smp_vcpus < 2)
        return "a machine of one hart has no turns";
    if (!qemu_has_all())
        return "this QEMU does not export its timers; Debian's qemu-system-misc does";
    if (!use_icount)
        return "the machine needs the exact clock: -icount shift=0,sleep=off";
    return 0;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!take_arguments(argc, argv))
        return -1;
    const char *wrong = refusal(info);
    if (wrong) {
        fprintf(stderr, "turns: %s\n", wrong);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
