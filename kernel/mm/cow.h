// The copy-on-write strategy, as the rest of the kernel sees it.
//
// A strategy is a folder variants/<name> with a header variant.h that defines what is declared
// here, as static inline functions, so that the compiler sees through them. Most of it comes
// from the building blocks in variants/common. A variant.h made of those includes one of each kind,
// in this order (without counts there is no last owner to decide on):
//
//   count_*.h   reference counts: where the number of a frame's owners is kept
//   last_*.h    last owner:       what a write by the only owner left does
//   fork_*.h    fork:             copy each page, or share it
//   span_*.h    page tables:      whether fork gives the child new leaf tables
//
// An owner of a frame is a leaf table's entry that points to it. A frame is unshared with one
// owner, and shared with more. PTE_COW in an entry means: the process may write to this page, but
// must become its only owner first. Such an entry lacks PTE_W.
//
// Order, with several harts: a space is changed only by its own process, so an entry is never
// written by two harts at once. A count is raised before the new owner's process can run. A
// count is dropped (release) after the last use of the frame through the entry, above all a copy
// from it. So a process that finds itself the last owner (acquire) writes after all others have
// read. A parent's translations are flushed before the child can run (space_fork()).
//
// Page tables
//
//   size_t cow_fork_tables(const struct space *parent)
//       How many tables a fork makes for the child, the root among them.
//   void cow_fork_span(struct space *parent, struct space *child, pte_t *from, pte_t *to, size_t n)
//       Gives the child the first n pages of the leaf table that *from leads to. Sets *to, which
//       is 0 before.
//   int cow_own_span(struct space *space, pte_t *span)
//       Called before entries of the leaf table that *span leads to are changed. A shared table is
//       replaced by a copy in a frame of space_frame_zeroed(). 0, or -1 when memory runs out.
//   size_t cow_own_span_frames(pte_t span)
//       How many frames that would take: 0 for a table that is not shared.
//   void cow_release_span(struct space *space, pte_t span, size_t n)
//       Gives up a leaf table with its first n pages. The others are unmapped. No hart holds
//       translations of it.
//
// Pages
//
//   bool cow_fork_begin(struct space *parent, struct cow_fork *fork)
//       A fork begins. Adds the frames for the child's pages to fork->frames, tables not included,
//       then sets all of fork->frames aside in one step, and gets memory for the counts. False when
//       there is too little memory: then nothing has changed, and no frame was taken meanwhile.
//       Exact: a fork that fits is not refused.
//   void cow_fork_end(struct space *parent, const struct cow_fork *fork)
//       The fork is over.
//   void cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
//                       size_t n)
//       Makes n entries of the child from those of the parent.
//   COW_WRITE_FRAMES
//       A constant: the most frames that a write to a page with PTE_COW takes, the table's
//       included. After a fork this number stays set aside for parent and child until the first
//       such write.
//   void cow_release_range(struct space *space, pte_t *entries, size_t n)
//       Drops n entries (0 for unmapped ones), sets them to 0, and gives back frames that have no
//       owner left. No hart holds translations of them.
//   enum fault cow_write(struct space *space, vaddr_t page, pte_t *entry)
//       A write to a page whose entry has PTE_COW, in a table that is not shared. Interrupts are
//       off. FAULT_SERVED: the page can be written to; FAULT_NO_MEMORY: nothing has changed.
//
// Frames for the child, and for a write, come from space_frame() and space_frame_zeroed(), which
// take what was set aside for the space first. So a fork that has begun does not fail.
//
// The strategy decides how many frames a fork takes. The kernel makes the root table and the
// middle tables, so a fork without any memory fails.
//
// Counters: pages_shared counts the pages that get one more owner at fork, and none in a leaf table
// that fork links as it is. table_frames of a space counts all tables that its root leads to,
// shared ones too.
//
// Counts (the contract of count_*.h, with variants/common/count.h)
//
//   bool count_init(pfn_t first, size_t span)    at boot, for frames first .. first + span - 1;
//                                                false: not enough memory
//   uint64_t count_owners(pfn_t pfn)             of a frame in use; for the audit
//   void count_visit_frames(void (*)(pfn_t))     each frame that the counts use
//   uint64_t count_metadata_bytes(void), count_metadata_peak(void); void count_reset_peak(void)
//                                                memory that holds counts, empty slots included
#pragma once

#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/space.h"

// A fork in progress.
struct cow_fork {
    size_t frames; // to be set aside; before cow_fork_begin(), only the kernel's
    size_t pages;  // that may get one more owner; for the strategy
};

#include "variant.h"
