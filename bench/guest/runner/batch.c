#include "batch.h"

#include <stddef.h>

#include "sample.h"

static struct sample batch;
static uint64 regions; // that are in it

// The events that the kernel counts are the last fields of the struct.
static void add_events(struct counters *to, const struct counters *from)
{
    enum { FIRST = offsetof(struct counters, faults_copy) / sizeof(uint64) };
    enum { FIELDS = sizeof(struct counters) / sizeof(uint64) };
    for (int i = FIRST; i < FIELDS; i++)
        ((uint64 *)to)[i] += ((const uint64 *)from)[i];
}

static void add(const struct sample *region)
{
    struct counters events = batch.counters;
    uint64 cycles = batch.cycles + region->cycles;
    uint64 operations = batch.operations + region->operations;
    batch = *region;
    batch.cycles = cycles;
    batch.operations = operations;
    add_events(&batch.counters, &events);
    if (regions > 0 && events.frames_free_low < batch.counters.frames_free_low)
        batch.counters.frames_free_low = events.frames_free_low;
    if (events.metadata_bytes_peak > batch.counters.metadata_bytes_peak)
        batch.counters.metadata_bytes_peak = events.metadata_bytes_peak;
    regions++;
}

bool batch_add(void)
{
    add(&sample);
    uint64 cost = sample_reading_cost(regions);
    if (batch.cycles < cost + BATCH_NANOSECONDS)
        return false;
    sample = batch;
    sample.cycles -= cost;
    sample_value("regions", regions);
    memset(&batch, 0, sizeof(batch));
    regions = 0;
    return true;
}
