// Reference counts: a hash table that holds only frames with more than one owner, under one lock.
//
// Open addressing with linear probing. A slot is 64 bits: the frame number above, the owners
// beyond the first below, 0 when it is empty. The slots lie in segments of one frame each, found
// through directories of one frame each; so the table needs no contiguous memory, and uses none
// at all while no frame is shared. It has a power of two of slots and doubles when more than 5/8
// would be in use.
//
// The home slot of frame f is the top bits of f * 2^64 / phi (Knuth, The Art of Computer
// Programming, volume 3, section 6.4). No choice of frames makes it slow or large: for n frames
// of memory, no two of these products are closer than 0.38 * 2^64 / n (the three-gap theorem),
// so c neighbouring slots of m are home to at most 2.62 c n / m + 1 frames, and in a table of 2.8
// n slots or more there is no run of more than 15 used slots. The table doubles whenever a probe
// would be longer than COUNT_PROBE_LIMIT; so probes are short always, and even a malicious
// choice of frames makes the table no larger than 5.6 n slots, 45 bytes for each frame of memory.
//
// When there is no frame left to grow with, count_open() or count_add() fails, and with it the
// fork. Dropping an owner never needs memory.
#pragma once

#include "common/count.h"

#define COUNT_GOLDEN 0x9e3779b97f4a7c15ul // 2^64 / phi, odd
#define COUNT_PROBE_LIMIT 32
#define COUNT_SEGMENT_BITS 9   // slots of a segment: a frame of them
#define COUNT_DIRECTORY_BITS 9 // segments of a directory: a frame of pointers
#define COUNT_DIRECTORIES 64

struct count_table {
    unsigned bits;    // the table has 2^bits slots; 0: no table
    uint64_t entries; // used slots
    uint64_t **directories[COUNT_DIRECTORIES];
};

extern struct count_table count_table; // guarded by count_lock
extern struct spinlock count_lock;

// A batch keeps in registers what its hot loop needs; count_close() writes entries back.
struct count_batch {
    uint64_t flags;
    uint64_t entries;
    unsigned shift; // home slot: hash >> shift
    bool drops;     // the table may shrink at the end
};

// Slot number i. The table has one.
static inline uint64_t *count_slot(uint64_t i)
{
    uint64_t **directory = count_table.directories[i >> (COUNT_SEGMENT_BITS + COUNT_DIRECTORY_BITS)];
    uint64_t *segment = directory[i >> COUNT_SEGMENT_BITS & ((1 << COUNT_DIRECTORY_BITS) - 1)];
    return &segment[i & ((1 << COUNT_SEGMENT_BITS) - 1)];
}

static inline uint64_t count_home(unsigned shift, pfn_t pfn)
{
    return pfn * COUNT_GOLDEN >> shift;
}

static inline pfn_t count_slot_pfn(uint64_t slot)
{
    return slot >> 32;
}

static inline uint32_t count_slot_extra(uint64_t slot)
{
    return slot;
}

// The rare cases, out of line: no empty slot or the frame's own at its home.
bool count_make_room(size_t room);         // count_lock is held
bool count_add_slowly(pfn_t pfn);          // works on count_table.entries
uint64_t count_drop_slowly(pfn_t pfn);     // the same
uint64_t count_extra_slowly(pfn_t pfn);    // owners beyond the first
void count_shrink(void);

// Before a fork that will share so many pages: makes room for all of them at once. A hint.
void count_expect(size_t pages);

static inline bool count_open(struct count_batch *batch, size_t room)
{
    batch->flags = spin_lock(&count_lock);
    batch->drops = room == 0;
    uint64_t limit = (1ul << count_table.bits) / 8 * 5;
    if (count_table.entries + room > limit && room && !count_make_room(room)) {
        spin_unlock(&count_lock, batch->flags);
        return false;
    }
    batch->entries = count_table.entries;
    batch->shift = 64 - count_table.bits;
    return true;
}

static inline void count_close(struct count_batch *batch)
{
    count_table.entries = batch->entries;
    if (batch->drops && batch->entries < (1ul << count_table.bits) / 16)
        count_shrink();
    spin_unlock(&count_lock, batch->flags);
}

static inline bool count_add(struct count_batch *batch, pfn_t pfn)
{
    uint64_t *slot = count_slot(count_home(batch->shift, pfn));
    uint64_t value = *slot;
    if (value == 0) {
        *slot = pfn << 32 | 1;
        batch->entries++;
        return true;
    }
    if (count_slot_pfn(value) == pfn) {
        *slot = value + 1;
        return true;
    }
    count_table.entries = batch->entries;
    bool added = count_add_slowly(pfn);
    batch->entries = count_table.entries;
    batch->shift = 64 - count_table.bits;
    return added;
}

static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    if (batch->entries == 0)
        return 0;
    uint64_t *slot = count_slot(count_home(batch->shift, pfn));
    uint64_t value = *slot;
    if (value == 0)
        return 0;
    if (count_slot_pfn(value) == pfn && count_slot_extra(value) > 1) {
        *slot = value - 1;
        return count_slot_extra(value);
    }
    // Alone in its run, the frame's slot is simply emptied.
    bool last_of_segment = ((uintptr_t)(slot + 1) & (PAGE_SIZE - 1)) == 0;
    if (count_slot_pfn(value) == pfn && !last_of_segment && slot[1] == 0) {
        *slot = 0;
        batch->entries--;
        return 1;
    }
    count_table.entries = batch->entries;
    uint64_t left = count_drop_slowly(pfn);
    batch->entries = count_table.entries;
    return left;
}

static inline bool count_is_last(const struct count_batch *batch, pfn_t pfn)
{
    if (batch->entries == 0)
        return true;
    uint64_t value = *count_slot(count_home(batch->shift, pfn));
    if (value == 0)
        return true;
    return count_slot_pfn(value) != pfn && count_extra_slowly(pfn) == 0;
}

bool count_init(pfn_t first, size_t span);
uint64_t count_owners(pfn_t pfn);
void count_visit_frames(void (*visit)(pfn_t));
uint64_t count_metadata_bytes(void);
uint64_t count_metadata_peak(void);
void count_reset_peak(void);
