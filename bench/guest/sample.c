#include "sample.h"

#include <stddef.h>

#include "emit.h"
#include "pages.h"

struct sample sample;

static uint64 overhead;
static const struct benchmark *benchmark;
static const char *name;
static long index;

uint64 sample_timer_overhead(void)
{
    overhead = -1;
    for (int i = 0; i < 16; i++) {
        uint64 start = cycles_now();
        uint64 end = cycles_now();
        if (end - start < overhead)
            overhead = end - start;
    }
    return overhead;
}

void sample_prepare(const struct benchmark *next, const char *next_name, long next_index)
{
    benchmark = next;
    name = next_name;
    index = next_index;
}

void sample_align(void)
{
    own_data_pages();
    sleep(1);
    counters(COUNTERS_RESET, 0);
}

void sample_store(uint64 cycles, uint64 operations)
{
    sample.cycles = cycles > overhead ? cycles - overhead : 0;
    sample.operations = operations;
}

bool sample_record(void)
{
    if (index < 0)
        return false;
    emit_begin("sample");
    emit_text("name", name);
    emit_number("index", index);
    return true;
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

void sample_emit_counters(void)
{
    const char *base = (const char *)&sample.counters;
    const struct field *end = fields + sizeof(fields) / sizeof(fields[0]);
    emit_open("counters");
    for (const struct field *field = fields; field < end; field++)
        emit_number(field->name, *(const uint64 *)(base + field->offset));
    emit_close();
}

enum verdict sample_report(void)
{
    if (sample.counters.faults_killed > 0)
        fail("%s: the kernel killed a process", name);
    if (sample.counters.ticks > 0)
        return SAW_TICK;
    if (sample.counters.switches > benchmark->switches)
        return SAW_SWITCH;
    if (!sample_record())
        return TAKEN;
    emit_number("cycles", sample.cycles);
    emit_number("ops", sample.operations);
    emit_number("ticks", sample.counters.ticks);
    emit_number("switches", sample.counters.switches);
    sample_emit_counters();
    emit_end();
    return TAKEN;
}

void check_fork(int pid)
{
    if (pid < 0)
        fail("%s: fork failed", name);
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
