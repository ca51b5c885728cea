// What all strategies that share do at a write to a page with other owners: copy it.
#pragma once

#include "arch/page.h"
#include "arch/csr.h"
#include "counts.h"
#include "mm/fault.h"
#include "mm/space.h"

// Out of line, so that the path that reuses saves no registers for it.
static __attribute__((noinline)) enum fault cow_copy(struct space *space, vaddr_t page,
                                                     pte_t *entry)
{
    pfn_t old = pte_pfn(*entry);
    pfn_t new = space_frame(space);
    if (new == FRAME_NONE)
        return FAULT_NO_MEMORY;
    page_copy(pfn_to_virt(new), pfn_to_virt(old));
    *entry = pte_make(new, (*entry & PTE_FLAGS) ^ PTE_OWN_OR_COW);
    space_flush_page(space, page);
    if (*entry & PTE_X)
        fence_i();

    // Only now, with the copy made and no translation left, the old frame may go.
    struct count_batch counts;
    count_open_to_drop(&counts);
    uint64_t owners = count_drop(&counts, old);
    count_close(&counts);
    if (owners == 0)
        frame_free(old);
    COUNT(space->counters, faults_copy, 1);
    COUNT(space->counters, pages_copied, 1);
    return FAULT_SERVED;
}
