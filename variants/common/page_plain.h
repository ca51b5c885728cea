// The birth of a page: nothing is noted in its entry.
#pragma once

#include "mm/cow.h"

static inline uint64_t cow_page_flags(uint64_t flags)
{
    return flags;
}
