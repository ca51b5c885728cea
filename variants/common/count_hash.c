#include "common/count_hash.h"

#define SLOTS_OF_SEGMENT (1ul << COUNT_SEGMENT_BITS)
#define SEGMENTS_OF_DIRECTORY (1ul << COUNT_DIRECTORY_BITS)
#define MAX_BITS (COUNT_SEGMENT_BITS + COUNT_DIRECTORY_BITS + 6)
_Static_assert(COUNT_DIRECTORIES == 1 << 6, "MAX_BITS counts on it");
_Static_assert(SLOTS_OF_SEGMENT * sizeof(uint64_t) == PAGE_SIZE, "a segment is a frame");

struct count_table count_table;
struct spinlock count_lock;

// Guarded by count_lock.
static uint64_t peak;       // highest value of count_metadata_bytes()
static unsigned least_bits; // a smaller table had too long a probe; 0 again when it goes away

static uint64_t slots(void)
{
    return 1ul << count_table.bits;
}

uint64_t count_home_number(pfn_t pfn)
{
    return count_hash(pfn) >> (64 - count_table.bits);
}

static uint64_t next(uint64_t i)
{
    return (i + 1) & (slots() - 1);
}

static uint64_t previous(uint64_t i)
{
    return (i - 1) & (slots() - 1);
}

// How far an entry in slot i is from its home.
static uint64_t distance(uint64_t i, uint64_t value)
{
    return (i - count_home_number(count_slot_pfn(value))) & (slots() - 1);
}

static size_t segments_of(unsigned bits)
{
    return bits ? 1ul << (bits - COUNT_SEGMENT_BITS) : 0;
}

static size_t directories_of(unsigned bits)
{
    return (segments_of(bits) + SEGMENTS_OF_DIRECTORY - 1) / SEGMENTS_OF_DIRECTORY;
}

static uint64_t table_bytes(const struct count_table *table)
{
    return (segments_of(table->bits) + directories_of(table->bits)) * PAGE_SIZE;
}

// Memory for the table.

// Gives back all frames of a table whose slots are empty.
static void table_destroy(struct count_table *table)
{
    for (size_t d = 0; d < directories_of(table->bits) && table->directories[d]; d++) {
        char **directory = (char **)table->directories[d];
        for (size_t s = 0; s < SEGMENTS_OF_DIRECTORY && directory[s]; s++) {
            frame_free_zeroed(virt_to_pfn(directory[s]));
            directory[s] = 0;
        }
        frame_free_zeroed(virt_to_pfn(directory));
        table->directories[d] = 0;
    }
    table->bits = 0;
}

static void table_move(struct count_table *to, struct count_table *from)
{
    to->bits = from->bits;
    to->shifts = from->shifts;
    to->entries = from->entries;
    for (size_t d = 0; d < directories_of(from->bits); d++) {
        to->directories[d] = from->directories[d];
        from->directories[d] = 0;
    }
    from->bits = 0;
    from->entries = 0;
}

static void *zeroed_frame(void)
{
    pfn_t pfn = frame_alloc_zeroed();
    return pfn == FRAME_NONE ? 0 : pfn_to_virt(pfn);
}

static bool add_segment(struct count_table *table, size_t segment)
{
    char **directory = &table->directories[segment / SEGMENTS_OF_DIRECTORY];
    if (!*directory)
        *directory = zeroed_frame();
    if (!*directory)
        return false;
    char **place = (char **)*directory + segment % SEGMENTS_OF_DIRECTORY;
    *place = zeroed_frame();
    return *place;
}

// A table of fewer than 2^18 slots has one directory; its shift would be too large for a shift
// then, but any that leaves less than 8 will do.
static struct count_shifts shifts_for(unsigned bits)
{
    unsigned directory = 64 - bits + COUNT_SEGMENT_BITS + COUNT_DIRECTORY_BITS - 3;
    return (struct count_shifts){
        .directory = directory < 63 ? directory : 63,
        .segment = 64 - bits + COUNT_SEGMENT_BITS - 3,
        .slot = 64 - bits - 3,
    };
}

// Makes a table of 2^bits slots out of one that has none. False when memory runs out; then it
// has a part of its segments.
static bool table_create(struct count_table *table, unsigned bits)
{
    table->bits = bits;
    table->shifts = shifts_for(bits);
    for (size_t segment = 0; segment < segments_of(bits); segment++) {
        if (!add_segment(table, segment))
            return false;
    }
    return true;
}

static uint64_t *slot_of(const struct count_table *table, uint64_t i)
{
    size_t segment = i / SLOTS_OF_SEGMENT;
    char **directory = (char **)table->directories[segment / SEGMENTS_OF_DIRECTORY];
    return (uint64_t *)directory[segment % SEGMENTS_OF_DIRECTORY] + i % SLOTS_OF_SEGMENT;
}

uint64_t *count_slot(uint64_t i)
{
    return slot_of(&count_table, i);
}

// The first empty slot from i on; the number of slots where it is too far away.
static uint64_t find_empty(uint64_t i)
{
    size_t limit = count_table.bits < MAX_BITS ? COUNT_PROBE_LIMIT : slots();
    for (; limit && *count_slot(i); limit--)
        i = next(i);
    return limit ? i : slots();
}

// Puts in a slot's value that is not in the table yet. A run of used slots is kept in the order
// of their homes: the value goes behind those with the same home or an earlier one, and the rest
// of the run makes room. False, and nothing has changed, where that makes a probe too long.
static bool insert(uint64_t value)
{
    uint64_t home = count_home_number(count_slot_pfn(value));
    uint64_t i = find_empty(home);
    if (i == slots())
        return false;
    while (i != home) {
        uint64_t before = *count_slot(previous(i));
        if (distance(previous(i), before) >= distance(previous(i), value))
            break;
        *count_slot(i) = before;
        i = previous(i);
    }
    *count_slot(i) = value;
    count_table.entries++;
    return true;
}

static void clear_slots(struct count_table *table)
{
    for (uint64_t i = 0; table->entries && i < 1ul << table->bits; i++) {
        uint64_t *slot = slot_of(table, i);
        table->entries -= *slot != 0;
        *slot = 0;
    }
}

// Fills the new, empty count_table from old, which stays as it is.
static bool insert_all(const struct count_table *old)
{
    for (uint64_t i = 0; count_table.entries < old->entries; i++) {
        uint64_t value = *slot_of(old, i);
        if (value && !insert(value))
            return false;
    }
    return true;
}

// The table gets 2^bits slots. False, and nothing has changed, when memory runs out or a probe
// would be too long.
static bool resize(unsigned bits)
{
    static struct count_table old; // guarded by count_lock; too large for the stack
    if (bits > MAX_BITS)
        return false;
    table_move(&old, &count_table);
    bool done = table_create(&count_table, bits) && insert_all(&old);
    if (!done) {
        clear_slots(&count_table);
        table_destroy(&count_table);
        table_move(&count_table, &old);
        return false;
    }
    uint64_t bytes = table_bytes(&count_table) + table_bytes(&old);
    if (bytes > peak)
        peak = bytes;
    clear_slots(&old);
    table_destroy(&old);
    return true;
}

// Slots for so many entries, at a load of 5/8 or less; 0 for none.
static unsigned bits_for(uint64_t entries)
{
    if (entries == 0)
        return 0;
    unsigned bits = COUNT_SEGMENT_BITS;
    while ((1ul << bits) / 8 * 5 < entries)
        bits++;
    return bits;
}

// Growing ends at the latest where the three-gap theorem says so, or where memory does.
static bool grow(unsigned bits)
{
    for (; bits <= MAX_BITS; bits++) {
        if (resize(bits))
            return true;
        if (frame_counts().free < segments_of(bits) + directories_of(bits))
            return false;
        least_bits = bits + 1;
    }
    return false;
}

bool count_make_room(size_t room)
{
    unsigned bits = bits_for(count_table.entries + room);
    return bits <= count_table.bits || grow(bits);
}

void count_expect(size_t pages)
{
    uint64_t flags = spin_lock(&count_lock);
    unsigned bits = bits_for(count_table.entries + pages);
    if (bits == 0)
        count_release();
    else if (bits > count_table.bits)
        grow(bits);
    else if (bits + 3 <= count_table.bits && bits >= least_bits && !resize(bits))
        least_bits = bits + 1; // the table just stays large
    spin_unlock(&count_lock, flags);
}

void count_release(void)
{
    table_destroy(&count_table);
    least_bits = 0;
}

// Where the frame's slot is, or the number of slots if it has none.
static uint64_t find(pfn_t pfn)
{
    if (count_table.entries == 0)
        return slots();
    uint64_t i = count_home_number(pfn);
    for (uint64_t steps = 0;; steps++, i = next(i)) {
        uint64_t value = *count_slot(i);
        if (value == 0 || distance(i, value) < steps)
            return slots(); // here it would be
        if (count_slot_pfn(value) == pfn)
            return i;
    }
}

bool count_add_slowly(pfn_t pfn)
{
    uint64_t i = find(pfn);
    if (i < slots()) {
        ++*count_slot(i);
        return true;
    }
    while (!insert(pfn << 32 | 1)) {
        if (!grow(count_table.bits + 1))
            return false;
        least_bits = count_table.bits;
    }
    return true;
}

// Empties a slot: later ones of its run move back by one, up to the first that is at home.
static void empty_slot(uint64_t i)
{
    for (;; i = next(i)) {
        uint64_t value = *count_slot(next(i));
        if (value == 0 || distance(next(i), value) == 0)
            break;
        *count_slot(i) = value;
    }
    *count_slot(i) = 0;
    count_table.entries--;
}

uint64_t count_drop_slowly(pfn_t pfn)
{
    uint64_t i = find(pfn);
    if (i == slots())
        return 0;
    uint64_t *slot = count_slot(i);
    uint32_t extra = count_slot_extra(*slot);
    if (extra > 1)
        --*slot;
    else
        empty_slot(i);
    return extra;
}

uint64_t count_extra_slowly(pfn_t pfn)
{
    uint64_t i = find(pfn);
    return i == slots() ? 0 : count_slot_extra(*count_slot(i));
}

// The rest of the contract.

bool count_init(pfn_t first, size_t span)
{
    return (first + span) >> 32 == 0; // a slot has 32 bits for a frame number
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
    for (size_t d = 0; d < directories_of(count_table.bits); d++)
        visit(virt_to_pfn(count_table.directories[d]));
    for (size_t s = 0; s < segments_of(count_table.bits); s++)
        visit(virt_to_pfn(slot_of(&count_table, s * SLOTS_OF_SEGMENT)));
}

uint64_t count_metadata_bytes(void)
{
    uint64_t flags = spin_lock(&count_lock);
    uint64_t bytes = table_bytes(&count_table);
    spin_unlock(&count_lock, flags);
    return bytes;
}

uint64_t count_metadata_peak(void)
{
    uint64_t flags = spin_lock(&count_lock);
    uint64_t bytes = peak;
    spin_unlock(&count_lock, flags);
    return bytes;
}

void count_reset_peak(void)
{
    uint64_t flags = spin_lock(&count_lock);
    peak = table_bytes(&count_table);
    spin_unlock(&count_lock, flags);
}
