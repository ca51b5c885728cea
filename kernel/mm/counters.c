#include "mm/counters.h"
#include "lib/spinlock.h"
#include "mm/cow.h"
#include "mm/frame.h"

static _Alignas(64) struct counters by_hart[MAX_HARTS];
static struct counters base; // the sum at the last reset; guarded by base_lock
static struct spinlock base_lock;

void counters_init(void)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        harts[i].counters = &by_hart[i];
}

static void sum_harts(struct counters *out)
{
    uint64_t *sums = (uint64_t *)out;
    for (size_t field = 0; field < COUNTERS_FIELDS; field++) {
        sums[field] = 0;
        for (uint32_t i = 0; i < hart_count; i++)
            sums[field] += __atomic_load_n((uint64_t *)&by_hart[i] + field, __ATOMIC_RELAXED);
    }
}

// The system's events since the last reset; with reset, the next ones count from these on.
static void read_system(struct counters *out, bool reset)
{
    uint64_t flags = spin_lock(&base_lock);
    struct counters sum;
    sum_harts(&sum);
    for (size_t field = 0; field < COUNTERS_FIELDS; field++)
        ((uint64_t *)out)[field] = ((uint64_t *)&sum)[field] - ((uint64_t *)&base)[field];
    if (reset)
        base = sum;
    spin_unlock(&base_lock, flags);
    out->table_frames = sum.table_frames; // a state, not an event
}

void counters_read(struct counters *out, enum counters_op op, const struct counters *process)
{
    if (op == COUNTERS_PROCESS)
        *out = *process;
    else
        read_system(out, op == COUNTERS_RESET);
    struct frame_count frames = frame_counts();
    out->version = COUNTERS_VERSION;
    out->size = sizeof *out;
    out->frames_total = frames.total;
    out->frames_free = frames.free;
    out->frames_free_low = frames.free_low;
    out->metadata_bytes = count_metadata_bytes();
    out->metadata_bytes_peak = count_metadata_peak();
    if (op == COUNTERS_RESET) {
        frame_reset_low();
        count_reset_peak();
    }
}
