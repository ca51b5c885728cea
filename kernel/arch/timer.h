// The timer: a tick ten times a second on each hart, for preemption, sleep and uptime.
#pragma once

#include "arch/types.h"

#define TICKS_PER_SECOND 10

// frequency: steps of time_now() in a second, from the devicetree; sstc: stimecmp exists on
// every hart. Before any other call.
void timer_init(uint64_t frequency, bool sstc);

// Starts the ticks on this hart, or requests the next one, at a timer interrupt.
void timer_next(void);

// Ticks since boot.
uint64_t timer_ticks(void);
