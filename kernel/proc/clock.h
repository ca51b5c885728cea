// Sleeping for a time.
#pragma once

#include "arch/types.h"

// Blocks the calling process for this number of ticks. False when it was killed meanwhile.
bool clock_sleep(uint64_t ticks);

// At a tick of one hart: wakes the processes whose time has come.
void clock_tick(void);
