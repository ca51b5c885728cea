// Last owner: a write by the only owner left makes the page writable in place.
#pragma once

#include "common/last.h"
#include "counts.h"
#include "mm/cow.h"

static inline bool cow_reuses_last(pfn_t pfn)
{
    return count_is_alone(pfn);
}
