// Address spaces: a process's page table and what is in it.
//
// A process has one thread, so only the process changes its space, on the hart that runs it, and no
// lock is needed. Other harts may hold old translations of the space, but they use none before the
// process runs there again. So a change flushes this hart alone and advances the generation. A hart
// that switches to the space flushes first, unless this space was the last that it ran, at this
// generation. This covers every case in which another hart could hold a stale translation, without
// any interrupt between harts.
#pragma once

#include "arch/sv39.h"
#include "lib/list.h"
#include "mm/counters.h"
#include "mm/frame.h"
#include <stdatomic.h>

// What the strategy keeps for each space: nothing, unless its folder has a header for it.
#if __has_include("state.h")
#include "state.h"
#else
struct cow_space {
};
#endif

struct space {
    pte_t *root;               // root table
    uint64_t size;             // the break: user addresses 0 .. size - 1, with holes
    uint64_t heap;             // where the heap begins: the break stays at or above it
    uint64_t generation;       // advances when a translation goes or changes, and with the hart
    uint64_t reserved;         // frames set aside for it (frame_reserve()), taken first
    struct counters *counters; // of the process
    bool lazy;                 // the heap may have pages below the break that are not mapped yet
    atomic_bool busy;          // being built, changed or torn down: the audit waits
    struct list link;          // in the list of all spaces
    struct cow_space cow;      // the strategy's own
#ifdef DEBUG
    uint64_t
        debug_changes; // moves on with each change of translations, whatever the generation does
#endif
};

// Boot: memory for this number of spaces. False: not enough memory.
bool space_init(size_t limit);

// An empty space, busy until space_settle(); 0 when memory or spaces run out. counters: where
// its events are counted, as long as it lives.
struct space *space_create(struct counters *counters);
void space_settle(struct space *space);

// Gives back all that the space holds and the space itself. It must not be loaded on any hart.
void space_destroy(struct space *space);

// A copy of parent, made by the strategy; busy until space_settle(). counters: as for
// space_create(). All frames that this takes are set aside first. 0 if there are too few, or no
// space is left: then nothing has changed, and no frame was taken from anybody meanwhile. Frames
// for the first write of either side to a shared page (COW_WRITE_FRAMES) stay set aside, so neither
// is killed for lack of memory at that write.
struct space *space_fork(struct space *parent, struct counters *counters);

// Maps zeroed frames at the pages from begin to end (multiples of PAGE_SIZE) with these
// protections (PTE_R, PTE_W, PTE_X), and moves size to end. Pages between the old size and begin
// stay unmapped. 0, or -1 when memory runs out: then nothing has changed, and no frame was taken
// from anybody meanwhile.
int space_map(struct space *space, vaddr_t begin, vaddr_t end, uint64_t protection);

// Maps a zeroed frame at one page that is not mapped, below the size. 0, or -1 when memory runs
// out: then nothing has changed.
int space_map_page(struct space *space, vaddr_t page, uint64_t protection);

// Moves the break. Unmaps pages as needed, and maps them unless they wait for their first touch:
// lazy, or a kernel in which all heaps are (mm/heap.h).
// 0, or -1 when memory runs out or size is below the heap or above USER_END: then nothing has
// changed.
int space_resize(struct space *space, uint64_t size, bool lazy);

// The entry of a middle table that leads to the leaf table for a user address; 0 where there is
// no middle table for it.
static inline pte_t *span_entry(const struct space *space, vaddr_t address)
{
    pte_t root_entry = space->root[root_index(address)];
    return root_entry ? &pte_to_table(root_entry)[middle_index(address)] : 0;
}

// The page table's entry for a user address; 0 where there is no table for it.
static inline pte_t *space_entry(const struct space *space, vaddr_t address)
{
    pte_t *span = span_entry(space, address);
    return span && *span ? &pte_to_table(*span)[leaf_index(address)] : 0;
}

// The number of mapped pages. Walks over all of them.
size_t space_count_pages(const struct space *space);

// A frame for the space, of unknown content or of zeroes: one of those set aside for it, while
// there are any. FRAME_NONE when there is none left.
static inline pfn_t space_frame(struct space *space)
{
    if (!space->reserved)
        return frame_alloc();
    space->reserved--;
    return frame_alloc_reserved();
}

static inline pfn_t space_frame_zeroed(struct space *space)
{
    if (!space->reserved)
        return frame_alloc_zeroed();
    space->reserved--;
    return frame_alloc_zeroed_reserved();
}

// Gives up what is set aside for the space.
static inline void space_unreserve(struct space *space)
{
    if (!space->reserved)
        return;
    frame_unreserve(space->reserved);
    space->reserved = 0;
}

// Where a mapped page of a space is in kernel addresses, for the kernel to fill it while it builds
// the space.
void *space_page(const struct space *space, vaddr_t page);

// Switches this hart to the space, or to the kernel's own page table. Interrupts are off.
void space_activate(struct space *space);
void space_deactivate(void);

// Whether all translations that this hart may hold of the space are valid, as they must be before
// it goes to user mode. Interrupts are off.
bool space_is_current(const struct space *space);

// Called after translations of the space were removed or changed, and before anyone relies on it:
// drops those that this hart may hold. The generation takes care of other harts.
// space_flush_page() drops one page of the space that runs here. Interrupts are off.
void space_flush(struct space *space);
void space_flush_page(struct space *space, vaddr_t page);

// Calls visit() for each space. False, without any call, if one other than self is busy. Only while
// no other hart runs (mm/audit.c).
bool space_visit(const struct space *self, void (*visit)(const struct space *));
