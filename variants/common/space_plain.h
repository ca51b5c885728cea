// Spaces: the strategy keeps nothing for them.
#pragma once

#include "mm/cow.h"

static inline void cow_space_begin(struct space *space)
{
    (void)space;
}

static inline void cow_space_end(struct space *space)
{
    (void)space;
}

static inline void cow_space_starts(struct space *space)
{
    (void)space;
}
