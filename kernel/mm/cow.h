// The copy-on-write strategy, as the rest of the kernel sees it: the contract.
//
// A strategy is a folder variants/<name>. Its header counts.h chooses a store of reference counts,
// and its variant.h the building blocks of variants/common (or blocks of its own) that define what
// is declared here, as static inline functions, so that the compiler sees through them. The order
// in which they are included does not matter. A function that no block defines is an error that
// names it, and so is one of another type. docs/contract.md says which strategy needs which hook.
//
// An owner of a frame is a leaf table's entry that points to it. A frame is unshared with one
// owner, and shared with more. A frame of a page table can have several owners, too: entries of
// middle tables. Counts may be asked of any frame.
//
// Entries. The kernel knows four things about an entry: 0 is no page (or no table); one that is not
// 0 has an owner's right to the frame that it names, whether the hardware finds it valid or not; it
// lacks the permission bit of each access that the strategy must see first; and bits 8 and 9 are
// the strategy's. PTE_COW is one of them, by which most strategies mark a page that its process may
// write to, but must become the only owner of first. Such an entry lacks PTE_W.
//
// Order, with several harts: a space is changed only by its own process, so an entry is never
// written by two harts at once. A table that is shared is not changed at all. A count is raised
// before the new owner's process can run. A count is dropped (release) after the last use of the
// frame through the entry, above all a copy from it. So a process that finds itself the last owner
// (acquire) writes after all others have read. A parent's translations are flushed before the
// child can run (space_fork()).
//
// Frames for the child, and for a write, come from space_frame() and space_frame_zeroed(), which
// take what was set aside for the space first. So a fork that has begun does not fail. The strategy
// decides how many frames a fork takes. The kernel makes the root table and the middle tables, so a
// fork without any memory fails.
//
// Counters: pages_shared counts the pages that get one more owner at fork, and none in a leaf table
// that fork links as it is. table_frames of a space counts all tables that its root leads to,
// shared ones too.
#pragma once

#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/space.h"

// Reference counts.

#include "counts.h" // the store that the variant uses: variants/common/count.h

// Of the store the kernel uses these:
//
// count_init             at boot, for frames first .. first + span - 1; false: not enough memory
// count_owners           of a frame in use; for the audit
// count_visit_frames     calls visit() for each frame that the counts use
// count_metadata_bytes   memory that holds counts, empty slots included; now, and at most since
// count_metadata_peak    the last count_reset_peak()
#define COUNTS_HAVE(function, type)                                                                \
    _Static_assert(__builtin_types_compatible_p(__typeof__(function), type),                       \
                   "counts.h: the type of " #function " is: " #type)
COUNTS_HAVE(count_init, bool(pfn_t first, size_t span));
COUNTS_HAVE(count_owners, uint64_t(pfn_t));
COUNTS_HAVE(count_visit_frames, void(void (*visit)(pfn_t)));
COUNTS_HAVE(count_metadata_bytes, uint64_t(void));
COUNTS_HAVE(count_metadata_peak, uint64_t(void));
COUNTS_HAVE(count_reset_peak, void(void));

// Spaces (space_*.h).
//
// What a strategy keeps for each space is struct cow_space, in a header state.h of its folder
// (mm/space.h); the struct is empty without one.

// A new space, by fork or exec: it has a root table, and nothing is mapped. Sets space->cow.
static inline void cow_space_begin(struct space *space);

// All pages of the space go next, by cow_release_span(). No hart has it loaded.
static inline void cow_space_end(struct space *space);

// In the context of a process that runs for the first time after fork or exec, before it goes to
// user mode. Interrupts are off; they may be on meanwhile, and must be off again.
static inline void cow_space_starts(struct space *space);

// Page tables (span_*.h).

// What happens to a page: an access, or a change of its entry by the kernel.
enum touch {
    TOUCH_LOAD = ACCESS_LOAD,
    TOUCH_STORE = ACCESS_STORE,
    TOUCH_FETCH = ACCESS_FETCH,
    TOUCH_CHANGE = 0,
};

// How many tables a fork makes for the child, the root among them.
static inline size_t cow_fork_tables(const struct space *parent);

// Gives the child the first n pages of the leaf table that *from leads to, the first of them at
// address. Sets *to, which is 0 before.
static inline void cow_fork_span(struct space *parent, struct space *child, vaddr_t address,
                                 pte_t *from, pte_t *to, size_t n);

// Called with *span, which is not 0, before its leaf table is used for a fault (with interrupts
// off), or before the kernel changes entries of it. FAULT_PAGE: go on with the page; then *span
// leads to a table, which is the space's own if the touch is a store or a change. FAULT_SERVED: the
// access can be tried again (never for a change). FAULT_NO_MEMORY: nothing has changed. A table
// that takes the place of a shared one, or of a large page, is in a frame of space_frame_zeroed().
static inline enum fault cow_touch_span(struct space *space, vaddr_t address, pte_t *span,
                                        enum touch touch);

// How many frames a change takes for that: 0 for a table that is not shared.
static inline size_t cow_change_frames(pte_t span);

// Gives up a leaf table, or a large page, with its first n pages. The others are unmapped. No hart
// holds translations of it.
static inline void cow_release_span(struct space *space, pte_t span, size_t n);

// For the audit: calls visit() with an entry for each table of pages that is kept because of this
// one, without an entry of a middle table that leads to it.
static inline void cow_visit_behind(pte_t span, void (*visit)(pte_t));

// COW_LARGE_PAGES, a constant: whether entries of middle tables may map 2 MiB themselves, as Sv39
// has it. They lead to 512 frames in a row, each of which counts as owned by the entry. If false,
// cow_map_large() is never called.

// Maps the 2 MiB at address, where *span is 0, in one piece: zeroed memory of the heap that begins
// to be. False: not possible now, and nothing has changed. Else it has taken 512 of the frames that
// the caller has set aside, and given back the one for a table.
static inline bool cow_map_large(struct space *space, vaddr_t address, pte_t *span, uint64_t flags);

// Pages (page_*.h): the birth of a page.

// The flags of its entry, given those that its protection asks for. It is zeroed or will be filled
// by the kernel, and has this owner only.
static inline uint64_t cow_page_flags(uint64_t flags);

// Fork (fork_*.h).

// A fork in progress.
struct cow_fork {
    size_t frames; // to be set aside; before cow_fork_begin(), only the kernel's
    size_t pages;  // that may get one more owner; for the strategy
};

// A fork begins. Adds the frames for the child's pages to fork->frames, tables not included, then
// sets all of fork->frames aside in one step, and gets memory for the counts. False when there is
// too little memory: then nothing has changed, and no frame was taken meanwhile. Exact: a fork that
// fits is not refused.
static inline bool cow_fork_begin(struct space *parent, struct cow_fork *fork);

// The fork is over.
static inline void cow_fork_end(struct space *parent, const struct cow_fork *fork);

// Makes n entries of the child from those of the parent, for cow_fork_span(); 0 in both stays 0.
static inline void cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                  size_t n);

// Drops n entries (0 for unmapped ones), sets them to 0, and gives back frames that have no owner
// left. No hart holds translations of them.
static inline void cow_release_range(struct space *space, pte_t *entries, size_t n);

// Faults (fault_*.h).

// COW_WRITE_FRAMES, a constant: the most frames that a write to a page of a fork must have, the
// table's included. After a fork this number stays set aside for parent and child until the first
// such write.

// Whether the strategy serves this access, for which the entry lacks the permission. All others are
// invalid.
static inline bool cow_serves(pte_t entry, enum access access);

// Serves one, in a table that is the space's own if it is a store. Interrupts are off.
// FAULT_SERVED: the access is possible now; FAULT_NO_MEMORY: nothing has changed.
static inline enum fault cow_serve(struct space *space, vaddr_t page, pte_t *entry,
                                   enum access access);

#include "variant.h"
