// Turns: a plugin of QEMU that makes the harts of a machine with the exact clock take short turns.
// Nothing in the machine knows of it, and it costs the machine no instruction.
//
//     qemu-system-riscv64 -smp 4 -icount shift=0,sleep=off …
//         -plugin file=build/turns.so,quantum=200
//
//     quantum=N  instructions in a turn, 1 to 1000000000; needed
//     phase=N    by which the first turn is longer, 0 to 1000000000; default 0. With start=mark it
//                is that of each region between marks: the first turn of the first one is longer by
//                0, that of the next one by N, then 2 N, …, modulo the quantum
//     start=mark turns are long until a hart executes MARK_JOIN (bench/probe/mark.h), and again
//                from when as many MARK_LEAVE were executed: a boot in short turns takes a minute
//
// With one of these, the turns between the marks are not even, but follow a schedule (schedule.h):
//
//     seed=N         they are drawn from this number, and the quantum is the longest
//     changes=FILE   they change where the file says so
//
//     requests=FD,replies=FD   at the first mark the machine serves copies of itself, each with a
//                              schedule of its own (serve.h)
//
// and then also
//
//     log=FILE         gets the changes that were drawn, for changes=FILE
//     trace=FILE       gets each instruction between the marks (trace.h)
//     instructions=N   the machine is ended, with status 75, after this number between the marks,
//     seconds=N        or after this time of its own

#include "turns.h"
#include "clock.h"
#include "mark.h"
#include "qemu.h"
#include "qemu_plugin.h"
#include "schedule.h"
#include "serve.h"
#include "trace.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int qemu_plugin_version = PLUGIN_VERSION;

struct arguments arguments = {.seed = -1};
static int64_t joined; // MARK_JOIN executed, less MARK_LEAVE

bool in_region(void)
{
    return !arguments.waits_for_mark || joined > 0;
}

void close_files(void)
{
    schedule_close();
    trace_close();
}

void end_machine(const char *what, int64_t number)
{
    close_files();
    fprintf(stderr, "turns: no end after %lld %s\n", (long long)number, what);
    fflush(stderr);
    _exit(STATUS_ENDED);
}

// Instructions.

enum { MARK_BITS = 0x2013, PAUSE_BITS = 0x0100000f }; // slti x0, x0, 0; fence of nothing

static uint32_t bits_of(const struct qemu_plugin_insn *instruction)
{
    uint32_t bits = 0;
    if (qemu_plugin_insn_size(instruction) == sizeof bits)
        memcpy(&bits, qemu_plugin_insn_data(instruction), sizeof bits);
    return bits;
}

static bool is_mark(uint32_t bits, uint32_t mark)
{
    return bits == (mark << 20 | MARK_BITS);
}

static bool is_amo_of_64_bits(uint32_t bits)
{
    return (bits & 0x707f) == 0x302f;
}

static bool served;

static void on_mark(unsigned hart, void *by)
{
    (void)hart;
    bool before = in_region();
    joined += (intptr_t)by;
    if (before == in_region())
        return;
    if (is_scheduled())
        singlestep = in_region();
    if (arguments.requests && !served) {
        served = true;
        serve();
    }
    clock_start_anew();
}

static void find_marks(struct qemu_plugin_tb *block)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t bits = bits_of(instruction);
        intptr_t by = is_mark(bits, MARK_JOIN) ? 1 : is_mark(bits, MARK_LEAVE) ? -1 : 0;
        if (by)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, QEMU_PLUGIN_CB_NO_REGS,
                                                   (void *)by);
    }
}

// One for each kind of instruction, since there is room for the address alone.
#define ON_STEP(name, kind)                                                                        \
    static void name(unsigned hart, void *pc)                                                      \
    {                                                                                              \
        schedule_step(hart, kind);                                                                 \
        trace_step(hart, (uintptr_t)pc);                                                           \
    }
ON_STEP(on_ordinary, ORDINARY)
ON_STEP(on_pause, WAITS)
ON_STEP(on_order, ORDERS)

// What has to be in order with other harts is beside AMO, LR and SC, and FENCE.
static qemu_plugin_vcpu_udata_cb_t on_step(uint32_t bits)
{
    if (bits == PAUSE_BITS)
        return on_pause;
    return (bits & 0x7f) == 0x2f || (bits & 0x707f) == 0x000f ? on_order : on_ordinary;
}

static void on_access(unsigned hart, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)hart, (void)info, (void)data;
    trace_address(address);
}

// The block has one instruction.
static void follow_schedule(struct qemu_plugin_tb *block)
{
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, 0);
    uint32_t bits = bits_of(instruction);
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_step(bits), QEMU_PLUGIN_CB_NO_REGS,
                                           (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction));
    if (arguments.trace && is_amo_of_64_bits(bits))
        qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_R, 0);
}

// At the first translation the harts are there, and none has executed anything. In scheduled turns
// a block is found by its length, too: those of the region are used in it alone.
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    clock_begin();
    if (is_scheduled() && in_region())
        follow_schedule(block);
    if (arguments.waits_for_mark)
        find_marks(block);
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    close_files();
}

// Arguments.

enum { MOST = 1000000000 };
#define MOST_SEED 0xffffffffll

static const char *take_number(const char *value, int64_t least, int64_t most, int64_t *out)
{
    static char wrong[80];
    char *end;
    errno = 0;
    *out = strtoll(value, &end, 10);
    bool number = isdigit((unsigned char)*value) && !*end && !errno;
    if (number && *out >= least && *out <= most)
        return 0;
    snprintf(wrong, sizeof wrong, "a number from %lld to %lld is needed", (long long)least,
             (long long)most);
    return wrong;
}

static const char *take_file(const char *value, const char **out)
{
    *out = strdup(value);
    return *value ? 0 : "a file is needed";
}

// Returns what is wrong with it, or 0.
static const char *take_argument(const char *name, const char *value)
{
    if (!strcmp(name, "quantum"))
        return take_number(value, 1, MOST, &arguments.quantum);
    if (!strcmp(name, "phase"))
        return take_number(value, 0, MOST, &arguments.phase);
    if (!strcmp(name, "seed"))
        return take_number(value, 0, MOST_SEED, &arguments.seed);
    if (!strcmp(name, "instructions"))
        return take_number(value, 1, MOST, &arguments.instructions);
    if (!strcmp(name, "seconds"))
        return take_number(value, 1, MOST, &arguments.seconds);
    if (!strcmp(name, "requests"))
        return take_number(value, 1, MOST, &arguments.requests);
    if (!strcmp(name, "replies"))
        return take_number(value, 1, MOST, &arguments.replies);
    if (!strcmp(name, "changes"))
        return take_file(value, &arguments.changes);
    if (!strcmp(name, "log"))
        return take_file(value, &arguments.log);
    if (!strcmp(name, "trace"))
        return take_file(value, &arguments.trace);
    if (!strcmp(name, "start")) {
        arguments.waits_for_mark = !strcmp(value, "mark");
        return arguments.waits_for_mark ? 0 : "mark is needed";
    }
    return "no such argument; there are: quantum, phase, start, seed, changes, log, trace, "
           "instructions, seconds, requests, replies";
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

bool take_schedule(int count, char **words)
{
    return take_arguments(count, words) && (arguments.seed >= 0 || arguments.changes) &&
           schedule_open() && trace_open();
}

static bool qemu_has_all(void)
{
    return main_loop_tlg && &use_icount && timer_init_full && timer_mod_ns && qemu_clock_get_ns &&
           qemu_clock_deadline_ns_all && all_cpu_threads_idle && qemu_get_cpu && qemu_cpu_kick &&
           async_run_on_cpu;
}

// For schedules.
static bool qemu_has_more(void)
{
    return &singlestep && cpu_exit && qemu_mutex_lock_iothread_impl && qemu_mutex_unlock_iothread &&
           icount_start_warp_timer && qemu_clock_run_all_timers;
}

// Why these arguments do not fit together, or 0.
static const char *contradiction(void)
{
    if (!arguments.quantum)
        return "quantum=N is needed";
    if ((arguments.seed >= 0) + !!arguments.changes + !!arguments.requests > 1)
        return "seed=N, changes=FILE and requests=FD exclude each other";
    if (!arguments.requests != !arguments.replies)
        return "requests=FD and replies=FD need each other";
    if (arguments.requests && !arguments.waits_for_mark)
        return "requests=FD needs start=mark";
    bool needs = arguments.log || arguments.trace || arguments.instructions || arguments.seconds;
    if (needs && !is_scheduled())
        return "log, trace, instructions and seconds need seed=N or changes=FILE";
    return 0;
}

// Why there can be no turns, or 0.
static const char *refusal(const qemu_info_t *info)
{
    const char *wrong = contradiction();
    if (wrong)
        return wrong;
    if (!info->system_emulation || info->system.smp_vcpus < 2)
        return "a machine of one hart has no turns";
    if (is_scheduled() && info->system.smp_vcpus > MOST_HARTS)
        return "a schedule is for 8 harts at most";
    if (!qemu_has_all() || (is_scheduled() && !qemu_has_more()))
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
    arguments.harts = info->system.smp_vcpus;
    if (is_scheduled()) {
        if (!arguments.requests && (!schedule_open() || !trace_open()))
            return -1;
        singlestep = in_region();
        qemu_plugin_register_atexit_cb(id, on_end, 0);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
