// The last owner: the interface between last_*.h, which decide, and fault_*.h, which ask.
#pragma once

#include "arch/types.h"

// Whether a page with PTE_COW that leads to this frame may be written to in place.
static inline bool cow_reuses_last(pfn_t pfn);

#include "mm/cow.h" // which includes the block that decides
