// Spaces: nothing has been copied yet.
#pragma once

#include "mm/cow.h"

static inline void cow_space_begin(struct space *space)
{
    space->cow = (struct cow_space){0};
}

static inline void cow_space_end(struct space *space)
{
    (void)space;
}

static inline void cow_space_starts(struct space *space)
{
    (void)space;
}
