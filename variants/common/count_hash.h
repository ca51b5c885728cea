// Reference counts: a hash table that holds only frames with more than one owner, under one lock.
//
// Open addressing with linear probing, the entries of a run in the order of their homes (known as
// Robin Hood hashing), so that an entry behind which there is none, or one at its home, can be
// taken out by emptying its slot. A slot is 64 bits: the frame number above, the owners
// beyond the first below, 0 when it is empty. The slots lie in segments of one frame each, found
// through directories of one frame each; so the table needs no contiguous memory, and uses none
// at all while no frame is shared. It has a power of two of slots and doubles when more than 5/8
// would be in use. It goes away when no frame is shared any more; a table that is still in use
// shrinks when a fork finds it eight times too large.
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

// The top bits of a hash are, from the left, the number of a directory, of a segment in it, and of
// a slot in that. As shifts and masks that give offsets in bytes at once:
struct count_shifts {
    unsigned directory, segment, slot;
};

struct count_table {
    char *directories[COUNT_DIRECTORIES]; // each points to an array of char *, the segments, each
                                          // of which points to an array of uint64_t, the slots
    unsigned bits;                        // the table has 2^bits slots; 0: no table
    struct count_shifts shifts;           // for these bits
    uint64_t entries;                     // used slots
};

extern struct count_table count_table; // guarded by count_lock
extern struct spinlock count_lock;

// A batch keeps in registers what its hot loop needs; count_close() writes entries back.
struct count_batch {
    uint64_t flags;
    uint64_t entries;
    struct count_shifts shifts;
    bool drops; // the table may be empty at the end
};

#define COUNT_OFFSET_MASK (PAGE_SIZE - 8) // of an entry of 8 bytes in a frame

static inline uint64_t count_hash(pfn_t pfn)
{
    return pfn * COUNT_GOLDEN;
}

// The home slot. The table must have one.
static inline uint64_t *count_home(const struct count_shifts *shifts, pfn_t pfn)
{
    uint64_t hash = count_hash(pfn);
    char *directory =
        *(char **)((char *)count_table.directories + (hash >> shifts->directory & -8ul));
    char *segment = *(char **)(directory + (hash >> shifts->segment & COUNT_OFFSET_MASK));
    return (uint64_t *)(segment + (hash >> shifts->slot & COUNT_OFFSET_MASK));
}

static inline pfn_t count_slot_pfn(uint64_t slot)
{
    return slot >> 32;
}

static inline uint32_t count_slot_extra(uint64_t slot)
{
    return slot;
}

// Slot number i, and the number of a frame's home slot. The table has slots.
uint64_t *count_slot(uint64_t i);
uint64_t count_home_number(pfn_t pfn);

// The rare cases, out of line: no empty slot or the frame's own at its home.
bool count_make_room(size_t room);      // count_lock is held
bool count_add_slowly(pfn_t pfn);       // works on count_table.entries
uint64_t count_drop_slowly(pfn_t pfn);  // the same
uint64_t count_extra_slowly(pfn_t pfn); // owners beyond the first
void count_release(void);               // the table is empty: gives its frames back

// A fork will share so many pages: makes room for all of them at once, or gives room back if the
// table is much too large for them. A hint. With 0, a table that was made in vain goes away.
void count_expect(size_t pages);

static inline bool count_has_room(size_t room)
{
    return count_table.entries + room <= (1ul << count_table.bits) / 8 * 5;
}

static inline bool count_open(struct count_batch *batch, size_t room)
{
    batch->flags = spin_lock(&count_lock);
    batch->drops = room == 0;
    if (room && !count_has_room(room) && !count_make_room(room)) {
        spin_unlock(&count_lock, batch->flags);
        return false;
    }
    batch->entries = count_table.entries;
    batch->shifts = count_table.shifts;
    return true;
}

static inline void count_close(struct count_batch *batch)
{
    count_table.entries = batch->entries;
    if (batch->entries == 0 && batch->drops && count_table.bits)
        count_release();
    spin_unlock(&count_lock, batch->flags);
}

static inline bool count_add(struct count_batch *batch, pfn_t pfn)
{
    uint64_t *slot = count_home(&batch->shifts, pfn);
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
    batch->shifts = count_table.shifts;
    return added;
}

// Whether a slot may hold an entry whose home is an earlier one, so that the slot before it must
// not simply be emptied. Exact, but for the first slot of a segment: that may be in another
// frame.
static inline bool count_is_displaced(const struct count_shifts *shifts, const uint64_t *slot)
{
    if (((uintptr_t)slot & (PAGE_SIZE - 1)) == 0)
        return true;
    uint64_t home = count_hash(count_slot_pfn(*slot)) >> shifts->slot;
    return *slot && (home ^ (uintptr_t)slot) & COUNT_OFFSET_MASK;
}

static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    if (batch->entries == 0)
        return 0;
    uint64_t *slot = count_home(&batch->shifts, pfn);
    uint64_t value = *slot;
    if (value == (pfn << 32 | 1) && !count_is_displaced(&batch->shifts, slot + 1)) {
        *slot = 0;
        batch->entries--;
        return 1;
    }
    if (value == 0)
        return 0;
    if (count_slot_pfn(value) == pfn && count_slot_extra(value) > 1) {
        *slot = value - 1;
        return count_slot_extra(value);
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
    uint64_t value = *count_home(&batch->shifts, pfn);
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
