// What an entry says of its frame's owners, beside PTE_W and PTE_COW: the interface between
// mark_*.h, which define PTE_ALONE, and the blocks that write entries.
//
// PTE_ALONE: the process knows that it is the only owner of the frame, without asking the counts.
// 0 where entries do not say so.
#pragma once

#include "arch/sv39.h"

// The bits in which a writable page differs from a page with PTE_COW.
#define PTE_OWN_OR_COW (PTE_W | PTE_ALONE | PTE_COW)
