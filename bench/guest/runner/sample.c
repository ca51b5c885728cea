#include "sample.h"

#include <stddef.h>

#include "emit.h"
#include "pages.h"

enum { TICK_CYCLES = 100000000 }; // ten ticks a second, an instruction a nanosecond

struct sample sample;

static uint64 overhead; // of a reading, in cycles
static const struct benchmark *benchmark;
static const char *name;
static uint64 switches_expected; // of an undisturbed sample
static int channel[2];           // from who takes a sample to the runner

static uint64 time_reading(void)
{
    uint64 start = cycles_now();
    uint64 end = cycles_now();
    return end - start;
}

uint64 sample_timer_overhead(void)
{
    overhead = -1;
    for (int i = 0; i < 16; i++) {
        uint64 time = time_reading();
        if (time < overhead)
            overhead = time;
    }
    return overhead;
}

uint64 sample_time(uint64 start, uint64 end)
{
    uint64 time = end - start;
    return time > overhead ? time - overhead : 0;
}

void sample_open(void)
{
    if (pipe(channel) < 0)
        fail("the kernel gives no pipe");
}

void sample_prepare(const struct benchmark *next, const char *next_name, uint64 switches)
{
    switches_expected = switches;
    benchmark = next;
    name = next_name;
    sample.value_count = 0;
}

void sample_receive(void)
{
    if (read(channel[0], &sample, sizeof(sample)) != sizeof(sample))
        fail("%s: a sample did not come whole through its pipe", name);
}

void sample_align(void)
{
    own_data_pages();
    sleep(1);
    counters(COUNTERS_RESET, 0);
}

void sample_store(uint64 cycles, uint64 operations)
{
    sample.cycles = sample_time(0, cycles);
    sample.operations = operations;
}

uint64 sample_frames_free(void)
{
    if (counters(COUNTERS_SYSTEM, &sample.counters) < 0)
        exit(FAILED);
    return sample.counters.frames_free;
}

void sample_value(const char *value_name, uint64 value)
{
    if (sample.value_count == MAX_SAMPLE_VALUES)
        fail("%s: a sample has more than %lu values", name, (uint64)MAX_SAMPLE_VALUES);
    sample.values[sample.value_count++] = (struct value){value_name, value};
}

void sample_peak(uint64 free_before)
{
    sample_value("frames_peak", free_before - sample.counters.frames_free_low);
}

struct field {
    const char *name;
    uint offset;
};

// Events of the region first, then memory at its end.
static const struct field fields[] = {
    {"faults_copy", offsetof(struct counters, faults_copy)},
    {"faults_reuse", offsetof(struct counters, faults_reuse)},
    {"faults_zero", offsetof(struct counters, faults_zero)},
    {"faults_spurious", offsetof(struct counters, faults_spurious)},
    {"faults_killed", offsetof(struct counters, faults_killed)},
    {"pages_copied", offsetof(struct counters, pages_copied)},
    {"pages_shared", offsetof(struct counters, pages_shared)},
    {"pages_zeroed", offsetof(struct counters, pages_zeroed)},
    {"forks", offsetof(struct counters, forks)},
    {"execs", offsetof(struct counters, execs)},
    {"exits", offsetof(struct counters, exits)},
    {"switches", offsetof(struct counters, switches)},
    {"ticks", offsetof(struct counters, ticks)},
    {"flushes_local", offsetof(struct counters, flushes_local)},
    {"flushes_switch", offsetof(struct counters, flushes_switch)},
    {"frames_free", offsetof(struct counters, frames_free)},
    {"frames_free_low", offsetof(struct counters, frames_free_low)},
    {"table_frames", offsetof(struct counters, table_frames)},
    {"metadata_bytes", offsetof(struct counters, metadata_bytes)},
    {"metadata_bytes_peak", offsetof(struct counters, metadata_bytes_peak)},
};

static void emit_counters(void)
{
    const char *base = (const char *)&sample.counters;
    const struct field *end = fields + sizeof(fields) / sizeof(fields[0]);
    emit_open("counters");
    for (const struct field *field = fields; field < end; field++)
        emit_number(field->name, *(const uint64 *)(base + field->offset));
    emit_close();
}

void sample_emit(bool timed)
{
    if (timed) {
        emit_number("cycles", sample.cycles);
        emit_number("ops", sample.operations);
    }
    emit_open("values");
    for (uint64 i = 0; i < sample.value_count; i++)
        emit_number(sample.values[i].name, sample.values[i].value);
    emit_close();
    emit_counters();
}

// A sample begins right after a tick, so one that is shorter than a tick has none in it.
static enum verdict judge(void)
{
    if (benchmark->counts_only)
        return TAKEN;
    if (sample.counters.ticks > 0)
        return benchmark->long_samples && sample.cycles >= TICK_CYCLES ? TAKEN : SAW_TICK;
    return sample.counters.switches > switches_expected ? SAW_SWITCH : TAKEN;
}

enum verdict sample_report(void)
{
    if (sample.counters.faults_killed > 0 && !benchmark->kills)
        fail("%s: the kernel killed a process", name);
    enum verdict verdict = judge();
    if (verdict != TAKEN)
        return verdict;
    if (write(channel[1], &sample, sizeof(sample)) != sizeof(sample))
        fail("%s: a sample does not go through its pipe", name);
    return TAKEN;
}

void check_fork(int pid)
{
    if (pid < 0)
        fail("%s: fork failed", name);
}

void check_cycle(int pid, int reaped)
{
    check_fork(pid);
    if (reaped != pid)
        fail("%s: wait did not return the child", name);
}

void check_exec(const char *path)
{
    if (sample.counters.execs != 1)
        fail("%s: exec of %s failed: it must be in the root image and fit in memory", name, path);
}

int reap_child(int pid)
{
    int status;
    if (wait(&status) != pid)
        fail("%s: wait did not return the child", name);
    if (status < 0)
        fail("%s: the child was killed", name);
    return status;
}
