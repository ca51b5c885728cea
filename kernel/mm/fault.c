#include "mm/fault.h"
#include "mm/cow.h"
#include "mm/heap.h"
#include "mm/phases.h"

const char *access_name(enum access access)
{
    return access == ACCESS_LOAD ? "load from" : access == ACCESS_STORE ? "store to" : "jump to";
}

enum fault fault_serve(struct space *space, vaddr_t address, enum access access)
{
    if (address >= align_up(space->size, PAGE_SIZE))
        return FAULT_INVALID;
    pte_t *span = span_entry(space, address);
    if (!span || !*span)
        return heap_touch(space, address, access);
    if (cow_own_span(space, span))
        return FAULT_NO_MEMORY;
    pte_t *entry = &pte_to_table(*span)[leaf_index(address)];
    if (!(*entry & PTE_U))
        return heap_touch(space, address, access);

    // This hart's table walk was older than the entry, or than a table on the way to it.
    if (*entry & access) {
        tlb_flush_all();
        COUNT(space->counters, faults_spurious, 1);
        return FAULT_SERVED;
    }

    if (access == ACCESS_STORE && *entry & PTE_COW) {
        phase_end(PHASE_LOOKUP);
        return cow_write(space, align_down(address, PAGE_SIZE), entry);
    }
    return FAULT_INVALID;
}
