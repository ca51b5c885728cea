// Spaces begin, start to run, and end, in this order and once each.
#pragma once

#include "arch/csr.h"
#include "lib/print.h"
#include "mm/cow.h"

static inline void cow_space_begin(struct space *space)
{
    if (!space->root || space->cow.begun)
        panic("contract: a space begins without a root table, or twice");
    space->cow = (struct cow_space){.begun = true};
}

static inline void cow_space_starts(struct space *space)
{
    if (irq_enabled() || !space->cow.begun || space->cow.started)
        panic("contract: a space starts before it begins, or twice");
    space->cow.started = true;
}

static inline void cow_space_end(struct space *space)
{
    if (!space->cow.begun)
        panic("contract: a space ends that has not begun");
    space->cow.begun = false;
}
