#include "region.h"

#include <inttypes.h>
#include <string.h>

#include "code.h"
#include "mark.h"

enum { NEVER = -1 };

static void copy_counts(struct counts *out, const struct flow *flow)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        out[i] = flow->harts[i].counts;
}

void regions_open(struct regions *regions, const struct flow *flow)
{
    fprintf(regions->out, "probe 1\nprogram");
    for (int i = 0; i < EVENT_COUNT; i++)
        fprintf(regions->out, " %s", program_event_names[i]);
    for (uint32_t core = 0; core < flow->cores.count; core++) {
        fprintf(regions->out, "\ncore %s", flow->cores.list[core].geometry.name);
        for (int i = 0; i < CORE_EVENT_COUNT; i++)
            fprintf(regions->out, " %s", core_event_names[i]);
    }
    fprintf(regions->out, "\n");
}

// The next sample.
static bool is_profiled(const struct regions *regions)
{
    return regions->profiled == PROFILE_ALL || regions->profiled == (long)regions->samples;
}

static void begin(struct regions *regions, struct flow *flow, uint32_t hart)
{
    copy_counts(regions->begin, flow);
    regions->running = true;
    flow->cores.waiting = false;
    regions->begun_at = flow->harts[hart].executed;
    flow->profiling = is_profiled(regions);
    if (flow->profiling)
        code_clear_profiles();
}

// All counters are 64 bits wide.
static void subtract(struct counts *out, const struct counts *begin)
{
    uint64_t *to = (uint64_t *)out;
    const uint64_t *from = (const uint64_t *)begin;
    for (size_t i = 0; i < sizeof *out / sizeof *to; i++)
        to[i] -= from[i];
}

static void add(struct counts *out, const struct counts *more)
{
    uint64_t *to = (uint64_t *)out;
    const uint64_t *from = (const uint64_t *)more;
    for (size_t i = 0; i < sizeof *out / sizeof *to; i++)
        to[i] += from[i];
}

static void end(struct regions *regions, struct flow *flow, uint32_t hart)
{
    struct counts now[MAX_HARTS];
    copy_counts(now, flow);
    if (!regions->running)
        return;
    bool read = regions->reader && flow->harts[hart].executed == regions->read_at + 1;
    if (read && flow->profiling)
        *regions->reader->profile = regions->read_profile;
    flow->profiling = false;
    memset(&regions->sample, 0, sizeof regions->sample);
    for (uint32_t i = 0; i < MAX_HARTS; i++) {
        struct counts *last = read ? &regions->reading[i] : &now[i];
        subtract(last, &regions->begin[i]);
        add(&regions->sample, last);
    }
    regions->running = regions->shared = false;
    regions->complete = true;
}

static void join(struct regions *regions, struct flow *flow, uint32_t hart)
{
    if (regions->joined++ > 0)
        return;
    begin(regions, flow, hart);
    regions->begun_at = NEVER; // no reading belongs to the mark
    flow_begin_together(flow, hart);
}

static void leave(struct regions *regions, struct flow *flow, uint32_t hart)
{
    if (regions->joined == 0 || --regions->joined > 0)
        return;
    regions->reader = 0;
    end(regions, flow, hart);
    regions->shared = true;
    regions->makespan = flow_end_together(flow, hart);
}

static void write_mode(struct regions *regions, const struct flow *flow, enum mode mode)
{
    const char *separator = "";
    fprintf(regions->out, " %s=", mode_names[mode]);
    for (int i = 0; i < EVENT_COUNT; i++, separator = ",")
        fprintf(regions->out, "%s%" PRIu64, separator, regions->sample.program[mode][i]);
    for (uint32_t core = 0; core < flow->cores.count; core++) {
        for (int i = 0; i < CORE_EVENT_COUNT; i++)
            fprintf(regions->out, ",%" PRIu64, regions->sample.core[core][mode][i]);
    }
}

static void end_record(struct flow *flow)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        cores_record_counts(&flow->cores, i, &flow->harts[i].counts);
    cores_end_record(&flow->cores);
}

static void write_together(struct regions *regions, const struct flow *flow)
{
    fprintf(regions->out, "makespan %" PRIu64 "\n", regions->makespan);
    tally_write(&flow->waits, regions->out, "wait");
    tally_write(&flow->moves, regions->out, "moved");
}

static void keep(struct regions *regions, struct flow *flow)
{
    if (regions->complete)
        end_record(flow);
    fprintf(regions->out, "sample");
    for (int mode = 0; regions->complete && mode < MODES; mode++) {
        if (regions->sample.program[mode][EVENT_instructions])
            write_mode(regions, flow, mode);
    }
    fprintf(regions->out, "\n");
    if (regions->complete && regions->shared)
        write_together(regions, flow);
    if (regions->complete && is_profiled(regions))
        code_write_profiles(regions->out, flow->cores.count > 0);
    regions->samples++;
    regions->complete = false;
}

void regions_mark(struct regions *regions, struct flow *flow, uint32_t hart,
                  const struct instruction *instruction)
{
    uint32_t mark = instruction->decoded.mark;
    flow_reach(flow, hart, instruction, mark == MARK_BEGIN || mark == MARK_JOIN);
    switch (mark) {
    case MARK_BEGIN:
        begin(regions, flow, hart);
        break;
    case MARK_END:
        end(regions, flow, hart);
        break;
    case MARK_JOIN:
        join(regions, flow, hart);
        break;
    case MARK_LEAVE:
        leave(regions, flow, hart);
        break;
    default:
        keep(regions, flow);
    }
}

void regions_reading(struct regions *regions, struct flow *flow, uint32_t hart,
                     const struct instruction *instruction)
{
    if (!regions->running)
        return;
    flow_reach(flow, hart, instruction, false);
    const struct hart *state = &flow->harts[hart];
    if (state->executed == regions->begun_at) {
        flow_reach(flow, hart, instruction, true);
        begin(regions, flow, hart);
        regions->begun_at = NEVER; // only the first reading is the mark's
        return;
    }
    copy_counts(regions->reading, flow);
    regions->read_at = state->executed;
    regions->reader = instruction;
    if (flow->profiling)
        regions->read_profile = *instruction->profile;
}

void regions_close(struct regions *regions)
{
    fprintf(regions->out, "end %" PRIu64 "\n", regions->samples);
    fclose(regions->out);
}
