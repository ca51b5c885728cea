#include "mm/phases.h"
#include "arch/csr.h"
#include "lib/string.h"

struct phase_marks phase_marks;
static uint64_t mark_cost; // cycles

static void clear(void)
{
    memset(&phase_marks, 0, sizeof phase_marks);
}

// Two marks with nothing in between: the second one's phase is what a mark costs.
static uint64_t measure_mark(void)
{
    clear();
    uint64_t flags = irq_save();
    phase_marks.last = csr_read(cycle);
    phase_end(PHASE_ENTRY);
    phase_end(PHASE_OTHER);
    irq_restore(flags);
    const struct phase_sums *second = &phase_marks.sums[PHASE_OTHER];
    return second->ended - second->began;
}

void phases_start(void)
{
    mark_cost = measure_mark();
    clear();
    phase_marks.last = csr_read(cycle);
}

void phases_stop(struct phases *out)
{
    phase_marks.last = 0;
    out->version = PHASES_VERSION;
    out->size = sizeof *out;
    out->mark_cost = mark_cost;
    memcpy(out->sums, phase_marks.sums, sizeof out->sums);
}
