#include "mm/fault.h"
#include "mm/cow.h"
#include "mm/heap.h"

const char *access_name(enum access access)
{
    return access == ACCESS_LOAD ? "load from" : access == ACCESS_STORE ? "store to" : "jump to";
}

// The first access that the strategy serves after a fork: it may take the frames that were set
// aside for it, and what it leaves of them is anybody's again. Out of line, as it is rare.
static __attribute__((noinline, unused)) enum fault serve_first(struct space *space, vaddr_t page,
                                                                pte_t *entry, enum access access)
{
    enum fault result = cow_serve(space, page, entry, access);
    space_unreserve(space);
    return result;
}

enum fault fault_serve(struct space *space, vaddr_t address, enum access access)
{
    if (address >= align_up(space->size, PAGE_SIZE))
        return FAULT_INVALID;
    pte_t *span = span_entry(space, address);
    if (!span || !*span)
        return heap_touch(space, address, access);
    enum fault result = cow_touch_span(space, address, span, (enum touch)access);
    if (result != FAULT_PAGE)
        return result;
    pte_t *entry = &pte_to_table(*span)[leaf_index(address)];
    if (!*entry)
        return heap_touch(space, address, access);

    // This hart's table walk was older than the entry, or than a table on the way to it.
    if (*entry & (int)access) { // a signed number fills its register as it is
        tlb_flush_all();
        COUNT(space->counters, faults_spurious, 1);
        return FAULT_SERVED;
    }

    if (cow_serves(*entry, access)) {
        address = align_down(address, PAGE_SIZE);
        return space->reserved ? serve_first(space, address, entry, access)
                               : cow_serve(space, address, entry, access);
    }
    return FAULT_INVALID;
}
