// Reference counts: the interface that fork_*.h use, and what the stores have in common.
//
// A store keeps, for each frame, the number of owners beyond the first. So a frame that was
// never shared needs no entry and no work when it is allocated or given back.
//
// Work is done in batches, under the store's one lock, with interrupts off:
//
//   struct count_batch counts;
//   if (!count_open(&counts, n)) ...      n more owners may be added; false: no memory for that
//   count_add(&counts, pfn)               one more owner; false: no memory, nothing has changed
//   count_drop(&counts, pfn)              one owner less; returns how many are left: at 0 the
//                                         caller gives the frame back
//   count_is_last(&counts, pfn)           whether the frame is unshared
//   count_close(&counts)
//
//   count_expect(n)                       a fork will share n pages: a hint; 0: it has failed
//
// count_open(&counts, 0) does not fail, and neither do drops: giving up memory never needs any.
#pragma once

#include "lib/spinlock.h"
#include "mm/frame.h"
