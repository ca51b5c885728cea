// Reference counts: the interface that other blocks use, and the common parts of the stores.
//
// A store keeps, for each frame, the number of owners beyond the first. So a frame that was
// never shared needs no entry and no work when it is allocated or given back.
//
// Work is done in batches, under the store's one lock, with interrupts off:
//
//   struct count_batch counts;
//   count_open(&counts, n)                n more owners may be added
//   count_open_to_drop(&counts)           owners may be dropped, whose uses of the frames come
//   before count_add(&counts, pfn)               one more owner count_drop(&counts, pfn) one owner
//   fewer; returns how many are left: at 0 the
//                                         caller gives the frame back
//   count_is_last(&counts, pfn)           whether the frame is unshared
//   count_close(&counts)
//
// An owner may ask outside of a batch whether it is the last one. No other process can then become
// one, since only a fork of its own process could make one. If it is, all uses of the frame by
// former owners come before what it does next:
//
//   count_is_alone(pfn)
//
// All memory that a fork takes is set aside before its first page (frame_reserve()), in one step:
//
//   count_expect(n, frames)               a fork will add up to n owners, and takes this number of
//                                         frames besides: sets these aside for the caller, and
//                                         gets all memory for the counts; false, and nothing has
//                                         changed, when there is too little memory
//   count_expected(n)                     the fork is over
//
// So a batch never lacks memory, whether it adds owners or drops them.
#pragma once

#include "lib/spinlock.h"
#include "mm/frame.h"
