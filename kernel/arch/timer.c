#include "arch/timer.h"
#include "arch/csr.h"
#include "arch/sbi.h"

static uint64_t period; // steps of time_now() a tick
static uint64_t booted; // the start of tick 0
static bool has_sstc;

void timer_init(uint64_t frequency, bool sstc)
{
    period = frequency / TICKS_PER_SECOND;
    booted = time_now();
    has_sstc = sstc;
}

uint64_t timer_ticks(void)
{
    return (time_now() - booted) / period;
}

void timer_next(void)
{
    uint64_t deadline = booted + (timer_ticks() + 1) * period;
    if (has_sstc)
        csr_write(CSR_STIMECMP, deadline);
    else
        sbi_set_timer(deadline);
}
