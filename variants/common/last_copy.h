// Last owner: a write to a page with PTE_COW always copies, whether other owners are left or not.
#pragma once

#include "common/last.h"
#include "mm/cow.h"

static inline bool cow_reuses_last(pfn_t pfn)
{
    (void)pfn;
    return false;
}
