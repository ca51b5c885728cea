// Reference counts: a hash table that holds only frames with more than one owner, under one lock.
//
// Open addressing with linear probing, the entries of a run in the order of their homes (known as
// Robin Hood hashing), so that an entry can be removed by emptying its slot if the next slot is
// empty or holds an entry at its home. A slot is 64 bits: the frame number in its upper part, the
// owners beyond the first in its lower part, 0 when it is empty. The slots lie in segments of one
// frame each. So the table needs no contiguous memory, and takes no frame at all while no frame is
// shared. Where its segments are, arrays say that were taken at boot: 16 bytes for each 512 slots
// of the largest table there can be, less than 0.18 bytes for each frame of memory.
//
// A fork announces how many pages it will share (count_expect()). Then the table gets the size for
// all of them and its present entries: a power of two of slots, of which up to 5/8 are used. So
// adding an owner never needs memory, and a fork without enough memory fails before it begins. The
// table is freed when no frame is shared, and shrinks when a fork finds it eight times too large.
//
// The home slot of frame f is the top bits of f * 2^64 / phi (Knuth, The Art of Computer
// Programming, volume 3, section 6.4). No choice of frames makes it slow for long, or large: for n
// frames of memory, no two of these products are closer than 0.38 * 2^64 / n (the three-gap
// theorem), so c neighboring slots of m are home to at most 2.62 c n / m + 1 frames, and in a
// table of 2.8 n slots or more there is no run of more than 15 used slots. After a probe longer
// than COUNT_PROBE_LIMIT the table doubles, if there is memory for it. Even a malicious choice of
// frames makes it no larger than 5.6 n slots, 45 bytes for each frame of memory.
#pragma once

#include "common/count.h"
#include <stdatomic.h>

#define COUNT_GOLDEN 0x9e3779b97f4a7c15ul // 2^64 / phi, odd
#define COUNT_PROBE_LIMIT 32
// A segment is a frame of slots.
#define COUNT_SEGMENT_BITS 9
#define COUNT_SEGMENT_SLOTS (1ul << COUNT_SEGMENT_BITS)

struct count_table {
    uint64_t **segments;
    unsigned bits;       // the table has 2^bits slots; 0: no table
    unsigned least_bits; // a smaller table had too long a probe; 0 again when it goes away
    uint64_t entries;    // used slots
};

extern struct count_table count_table; // guarded by count_lock
extern struct spinlock count_lock;

// A batch keeps in registers what its hot loop needs; count_close() writes entries back.
struct count_batch {
    uint64_t flags;
    uint64_t entries;
    uint64_t **segments;
    unsigned shift;
};

static inline uint64_t *count_slot(uint64_t *const *segments, uint64_t i)
{
    return &segments[i >> COUNT_SEGMENT_BITS][i % COUNT_SEGMENT_SLOTS];
}

// The number of a frame's home slot in a table of 2^(64 - shift) slots.
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

// The rare cases, out of line. count_lock is held; count_table.entries may be old.
unsigned count_add_slowly(pfn_t pfn);   // returns the number of new entries: 0 or 1
uint64_t count_drop_slowly(pfn_t pfn);  // returns the owners left; 1: its entry is gone
uint64_t count_extra_slowly(pfn_t pfn); // owners beyond the first
void count_double(void);                // to least_bits, if there is memory
void count_release(void);               // no entry is left: gives the frames back

bool count_expect(size_t pages, size_t frames);
void count_expected(size_t pages);

static inline void count_open(struct count_batch *batch, size_t room)
{
    batch->flags = spin_lock(&count_lock);
    if (room && count_table.bits < count_table.least_bits)
        count_double();
    batch->entries = count_table.entries;
    batch->segments = count_table.segments;
    batch->shift = 64 - count_table.bits;
}

// The fence is for those that ask without the lock whether anything is shared.
static inline void count_open_to_drop(struct count_batch *batch)
{
    count_open(batch, 0);
    atomic_thread_fence(memory_order_release);
}

static inline void count_close(struct count_batch *batch)
{
    count_table.entries = batch->entries;
    if (batch->entries == 0 && count_table.bits)
        count_release();
    spin_unlock(&count_lock, batch->flags);
}

static inline void count_add(struct count_batch *batch, pfn_t pfn)
{
    uint64_t *slot = count_slot(batch->segments, count_home(batch->shift, pfn));
    uint64_t value = *slot;
    if (value == 0) {
        *slot = pfn << 32 | 1;
        batch->entries++;
    } else if (count_slot_pfn(value) == pfn) {
        *slot = value + 1;
    } else {
        batch->entries += count_add_slowly(pfn);
    }
}

// Whether the slot behind slot number i may hold an entry whose home is an earlier one, so that
// slot i must not simply be emptied. Exact, unless the next slot is in another segment.
static inline bool count_next_is_displaced(const struct count_batch *batch, const uint64_t *slot,
                                           uint64_t i)
{
    if ((i + 1) % COUNT_SEGMENT_SLOTS == 0)
        return true;
    return slot[1] && count_home(batch->shift, count_slot_pfn(slot[1])) != i + 1;
}

static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    if (batch->entries == 0)
        return 0;
    uint64_t i = count_home(batch->shift, pfn);
    uint64_t *slot = count_slot(batch->segments, i);
    uint64_t value = *slot;
    if (value == (pfn << 32 | 1) && !count_next_is_displaced(batch, slot, i)) {
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
    uint64_t extra = count_drop_slowly(pfn);
    batch->entries -= extra == 1;
    return extra;
}

static inline bool count_is_last(const struct count_batch *batch, pfn_t pfn)
{
    if (batch->entries == 0)
        return true;
    uint64_t value = *count_slot(batch->segments, count_home(batch->shift, pfn));
    if (value == 0)
        return true;
    return count_slot_pfn(value) != pfn && count_extra_slowly(pfn) == 0;
}

// Out of line, so that the fault path saves no registers for it. Under the lock: the table may
// move.
static __attribute__((noinline, unused)) bool count_is_alone_there(pfn_t pfn)
{
    struct count_batch batch;
    count_open(&batch, 0);
    bool is_last = count_is_last(&batch, pfn);
    count_close(&batch);
    return is_last;
}

// If the frame has another owner, that owner's batch is over, so the table has an entry.
static inline bool count_is_alone(pfn_t pfn)
{
    uint64_t entries = __atomic_load_n(&count_table.entries, __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_acquire);
    return entries == 0 || count_is_alone_there(pfn);
}

bool count_init(pfn_t first, size_t span);
uint64_t count_owners(pfn_t pfn);
void count_visit_frames(void (*visit)(pfn_t));
uint64_t count_metadata_bytes(void);
uint64_t count_metadata_peak(void);
void count_reset_peak(void);
