// The copy-on-write strategy, as the rest of the kernel sees it.
//
// A strategy is a folder variants/<name> with a header variant.h that defines what is declared
// here, as static inline functions, so that the compiler sees through them. Most of it comes
// from the building blocks in variants/common: a variant.h that is made of those includes one of
// each kind (without counts there is no last reference to decide on), in this order:
//
//   count_*.h   reference counts: where the number of a frame's owners is kept
//   last_*.h    last reference:   what a write by the only owner left does
//   fork_*.h    fork:             copy each page, or share it
//   span_*.h    page tables:      whether fork gives the child leaf tables of its own
//
// An owner of a frame is a leaf table's entry that points to it. Words: a frame is unshared with
// one owner, and shared with more. PTE_COW in an entry means: the process may write to this
// page, but must get it for itself first; such an entry lacks PTE_W.
//
// Order, with several harts: a space is changed only by its own process, so an entry is never
// written by two harts at once. A count is raised before the new owner's process can run. A
// count is dropped (release) after the last use of the frame through the entry, a copy from it
// above all, and who finds itself the last owner (acquire) therefore writes after all others
// have read. A parent's translations are flushed before the child can run (space_fork()).
//
// Page tables
//
//   int cow_fork_span(struct space *parent, struct space *child, pte_t *from, pte_t *to, size_t n)
//       The first n pages of the leaf table that *from leads to shall be the child's, too, by
//       way of *to, which is 0 now. 0, or -1 when memory runs out; then the child has a part,
//       which cow_release_span() can take back.
//   int cow_own_span(struct space *space, pte_t *span)
//       Before entries of the leaf table that *span leads to are changed: the table is made the
//       space's own. 0, or -1 when memory runs out.
//   void cow_release_span(struct space *space, pte_t span, size_t n)
//       Gives up a leaf table with its first n pages; the others are unmapped. No hart holds
//       translations any more.
//
// Pages
//
//   void cow_fork_begin(struct space *parent, size_t pages)
//       A fork of at most so many pages begins: a hint.
//   void cow_fork_end(struct space *parent, bool failed)
//       It is over. If it failed, the child that it began is still there.
//   int cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to, size_t n)
//       n entries of the parent, from which those of the child are made. 0, or -1 when memory
//       runs out; then the first ones are done and the rest of the child's are 0.
//   void cow_release_range(struct space *space, pte_t *entries, size_t n)
//       Drops n entries, 0 for unmapped ones, and sets them to 0; frames without an owner left
//       are given back. No hart holds translations of them any more.
//   enum fault cow_write(struct space *space, vaddr_t page, pte_t *entry)
//       A write to a page whose entry has PTE_COW, in a table that is the space's own. Interrupts
//       are off. FAULT_SERVED: the page can be written to; FAULT_NO_MEMORY: nothing has changed.
//
// Counts (the contract of count_*.h, with variants/common/count.h)
//
//   bool count_init(pfn_t first, size_t span)    at boot, for frames first .. first + span - 1;
//                                                false: not enough memory
//   uint64_t count_owners(pfn_t pfn)             of a frame in use; for the audit
//   void count_visit_frames(void (*)(pfn_t))     each frame that the counts themselves use
//   uint64_t count_metadata_bytes(void), count_metadata_peak(void); void count_reset_peak(void)
//                                                memory that holds counts, empty slots included
#pragma once

#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/phases.h"
#include "mm/space.h"

#include "variant.h"
