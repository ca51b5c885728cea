#include "common/count_hash.h"

_Static_assert(COUNT_SEGMENT_SLOTS * sizeof(uint64_t) == PAGE_SIZE, "a segment is a frame");

struct count_table count_table;
struct spinlock count_lock;

// Guarded by count_lock.
static uint64_t expected; // pages of forks that have begun and not ended
static uint64_t peak;     // highest value of bytes()

// As of the boot.
static uint64_t memory_frames;
static unsigned most_bits;     // of the largest table
static uint64_t **segments[2]; // pointers to the segments of a table and of the next one

// The frames of a table.
static size_t segments_of(unsigned bits)
{
    return bits ? 1ul << (bits - COUNT_SEGMENT_BITS) : 0;
}

static uint64_t bytes(void)
{
    return segments_of(count_table.bits) * PAGE_SIZE;
}

static uint64_t *slot(uint64_t i)
{
    return count_slot(count_table.segments, i);
}

static uint64_t home(pfn_t pfn)
{
    return count_home(64 - count_table.bits, pfn);
}

// The number of the slot by so many further on; behind the last one comes the first.
static uint64_t move(uint64_t i, int64_t by)
{
    return (i + by) & ((1ul << count_table.bits) - 1);
}

// How far slot i is from the home of an entry's value.
static uint64_t distance(uint64_t i, uint64_t value)
{
    return move(i, -home(count_slot_pfn(value)));
}

// Puts in a value that is not in the table yet: behind those of its run with the same home or an
// earlier one; the rest of the run moves on by one.
static void insert(uint64_t value)
{
    uint64_t first = home(count_slot_pfn(value)), i = first;
    while (*slot(i))
        i = move(i, 1);
    if (move(i, -first) >= COUNT_PROBE_LIMIT && count_table.bits < most_bits)
        count_table.least_bits = count_table.bits + 1;
    for (; i != first; i = move(i, -1)) {
        uint64_t before = move(i, -1);
        if (distance(before, *slot(before)) >= distance(before, value))
            break;
        *slot(i) = *slot(before);
    }
    *slot(i) = value;
}

// Puts the entries of another table's segment into the table.
static void insert_all(uint64_t *segment)
{
    for (size_t i = 0; i < COUNT_SEGMENT_SLOTS; i++) {
        if (!segment[i])
            continue;
        insert(segment[i]);
        segment[i] = 0;
    }
}

// Gives back all frames of a table; its entries, if it has any, go into the one in use.
static void empty(const struct count_table *old)
{
    for (size_t s = 0; s < segments_of(old->bits); s++) {
        if (old->entries)
            insert_all(old->segments[s]);
        frame_free_zeroed(virt_to_pfn(old->segments[s]));
    }
}

// The table gets 2^bits slots. The frames for them have been set aside.
static void resize(unsigned bits)
{
    struct count_table old = count_table;
    count_table.segments = segments[old.segments == segments[0]];
    count_table.bits = bits;
    for (size_t s = 0; s < segments_of(bits); s++)
        count_table.segments[s] = pfn_to_virt(frame_alloc_zeroed_reserved());
    uint64_t both = bytes() + segments_of(old.bits) * PAGE_SIZE;
    if (both > peak)
        peak = both;
    empty(&old);
}

void count_double(void)
{
    if (frame_reserve(segments_of(count_table.least_bits)))
        resize(count_table.least_bits);
}

void count_release(void)
{
    if (expected)
        return; // of a fork that has not added an entry yet
    empty(&count_table);
    count_table.bits = count_table.least_bits = 0;
}

// Slots for so many entries, at a load of 5/8 or less. There are no more than frames of memory.
static unsigned bits_for(uint64_t entries)
{
    if (entries > memory_frames)
        entries = memory_frames;
    unsigned bits = COUNT_SEGMENT_BITS;
    while ((1ul << bits) / 8 * 5 < entries)
        bits++;
    return bits;
}

bool count_expect(size_t pages, size_t frames)
{
    uint64_t flags = spin_lock(&count_lock);
    unsigned needed = bits_for(count_table.entries + expected + pages);
    unsigned bits = needed > count_table.least_bits ? needed : count_table.least_bits;
    bool fits = bits <= count_table.bits && count_table.bits < bits + 3;
    bool done = !fits && frame_reserve(frames + segments_of(bits));
    if (done)
        resize(bits);
    else if (needed <= count_table.bits)
        done = frame_reserve(frames);
    if (done)
        expected += pages;
    spin_unlock(&count_lock, flags);
    return done;
}

void count_expected(size_t pages)
{
    uint64_t flags = spin_lock(&count_lock);
    expected -= pages;
    if (count_table.entries == 0)
        count_release();
    spin_unlock(&count_lock, flags);
}

// The frame's slot, or 0 if it has none.
static uint64_t *find(pfn_t pfn, uint64_t *at)
{
    if (count_table.bits == 0)
        return 0;
    for (uint64_t i = home(pfn); *slot(i); i = move(i, 1)) {
        *at = i;
        if (count_slot_pfn(*slot(i)) == pfn)
            return slot(i);
    }
    return 0;
}

unsigned count_add_slowly(pfn_t pfn)
{
    uint64_t at, *found = find(pfn, &at);
    if (found)
        ++*found;
    else
        insert(pfn << 32 | 1);
    return !found;
}

// Empties slot i: later ones of its run move back by one, up to the first that is at home.
static void empty_slot(uint64_t i)
{
    for (uint64_t next; next = move(i, 1), *slot(next) && distance(next, *slot(next)); i = next)
        *slot(i) = *slot(next);
    *slot(i) = 0;
}

uint64_t count_drop_slowly(pfn_t pfn)
{
    uint64_t at, *found = find(pfn, &at);
    if (!found)
        return 0;
    uint32_t extra = count_slot_extra(*found);
    if (extra > 1)
        --*found;
    else
        empty_slot(at);
    return extra;
}

uint64_t count_extra_slowly(pfn_t pfn)
{
    uint64_t at, *found = find(pfn, &at);
    return found ? count_slot_extra(*found) : 0;
}

// The rest of the contract.

// The largest table has at least 2.8 slots for each frame, so that no probe is too long. False
// where a slot could not hold the frames' numbers.
bool count_init(pfn_t first, size_t span)
{
    if ((first + span - 1) >> 32)
        return false;
    memory_frames = span;
    most_bits = COUNT_SEGMENT_BITS;
    while ((1ul << most_bits) / 14 * 5 < span)
        most_bits++;
    segments[0] = frame_boot_alloc(2 * segments_of(most_bits) * sizeof *segments[0]);
    segments[1] = segments[0] + segments_of(most_bits);
    return segments[0];
}

uint64_t count_owners(pfn_t pfn)
{
    uint64_t flags = spin_lock(&count_lock);
    uint64_t owners = count_extra_slowly(pfn) + 1;
    spin_unlock(&count_lock, flags);
    return owners;
}

void count_visit_frames(void (*visit)(pfn_t))
{
    for (size_t s = 0; s < segments_of(count_table.bits); s++) {
        visit(virt_to_pfn(count_table.segments[s]));
    }
}

uint64_t count_metadata_bytes(void)
{
    uint64_t flags = spin_lock(&count_lock);
    uint64_t found = bytes();
    spin_unlock(&count_lock, flags);
    return found;
}

uint64_t count_metadata_peak(void)
{
    uint64_t flags = spin_lock(&count_lock);
    uint64_t found = peak;
    spin_unlock(&count_lock, flags);
    return found;
}

void count_reset_peak(void)
{
    uint64_t flags = spin_lock(&count_lock);
    peak = bytes();
    spin_unlock(&count_lock, flags);
}
