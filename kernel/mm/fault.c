#include "mm/fault.h"
#include "mm/cow.h"

const char *access_name(enum access access)
{
    return access == ACCESS_LOAD ? "load from" : access == ACCESS_STORE ? "store to" : "jump to";
}

enum fault fault_serve(struct space *space, vaddr_t address, enum access access)
{
    if (address >= space->size)
        return FAULT_INVALID;
    pte_t *entry = space_entry(space, address);
    if (!entry || !(*entry & PTE_U))
        return FAULT_INVALID;

    // Another hart's table walk, or this one's, was older than the entry.
    if (*entry & access) {
        tlb_flush_page(address);
        COUNT(space->counters, faults_spurious, 1);
        return FAULT_SERVED;
    }

    if (access == ACCESS_STORE && *entry & PTE_COW)
        return cow_write(space, align_down(address, PAGE_SIZE), entry);
    return FAULT_INVALID;
}
