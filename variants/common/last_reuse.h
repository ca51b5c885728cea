// Last owner: a write by the only owner left makes the page writable in place.
//
// The test is made under the counts' lock, so that it comes after the drop, and with it after
// the last read, of every former owner. Nobody can become an owner in between: only a fork of
// this process could add one.
#pragma once

#include "common/last.h"
#include "counts.h"
#include "mm/cow.h"

static inline bool cow_reuses_last(pfn_t pfn)
{
    struct count_batch counts;
    count_open(&counts, 0);
    bool is_last = count_is_last(&counts, pfn);
    count_close(&counts);
    return is_last;
}
