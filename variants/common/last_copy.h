// Last reference: a write to a page with PTE_COW always copies, whoever else is left.
#pragma once

static inline bool cow_reuses_last(pfn_t pfn)
{
    (void)pfn;
    return false;
}
