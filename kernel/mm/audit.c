#include "mm/audit.h"
#include "arch/ipi.h"
#include "lib/print.h"
#include "mark.h"
#include "mm/cow.h"
#include <stdatomic.h>

// What the audit finds of each frame: how many owners, that it is free, that the allocator never
// had it. Only one of the three is right.
#define SEEN_FREE 0x80000000u
#define NOT_OURS 0x40000000u
#define OWNERS 0x3fffffffu
static uint32_t *seen;

static int64_t wrong; // frames found wrong so far

static pfn_t first;
static size_t span;

static atomic_uint running;       // one audit at a time
static atomic_uint stopped;       // harts that stand still
static atomic_uint release_count; // moves on when they may go

// Of the layers above, which visit the frames that they have.
enum { MAX_LAYERS = 4 };
static void (*visit_frames[MAX_LAYERS])(void (*visit)(pfn_t));
static size_t layers;

bool audit_init(void)
{
    first = frame_first();
    span = frame_span();
    seen = frame_boot_alloc(span * sizeof *seen);
    return seen;
}

void audit_add_frames(void (*visit_layer)(void (*visit)(pfn_t)))
{
    if (layers == MAX_LAYERS)
        panic("more than %d layers have frames of their own", MAX_LAYERS);
    visit_frames[layers++] = visit_layer;
}

void audit_stop(void)
{
    unsigned before = atomic_load_explicit(&release_count, memory_order_acquire);
    atomic_fetch_add_explicit(&stopped, 1, memory_order_release);
    while (atomic_load_explicit(&release_count, memory_order_acquire) == before)
        spin_pause();
}

static void stop_others(void)
{
    atomic_store(&stopped, 0);
    for (uint32_t i = 0; i < hart_count; i++) {
        if (&harts[i] != this_hart())
            ipi_send(&harts[i], IPI_STOP);
    }
    while (atomic_load_explicit(&stopped, memory_order_acquire) < hart_count - 1)
        spin_pause();
}

// While all but one stand still, no change of turn is worth the time: a schedule of bench/turns
// goes on when they do. In a debug build, whose exits are audited.
static void set_still(bool still)
{
#ifdef DEBUG
    if (still)
        MARK(MARK_LEAVE);
    else
        MARK(MARK_JOIN);
#endif
    (void)still;
}

static void release_others(void)
{
    atomic_fetch_add_explicit(&release_count, 1, memory_order_release);
}

enum { REPORTED = 8 };

// Says what is wrong with a frame, for the first few.
static void report(pfn_t pfn, const char *what)
{
    if (wrong < REPORTED)
        print("cowshed: audit: frame %lx %s\n", pfn, what);
    else if (wrong == REPORTED)
        print("cowshed: audit: and more\n");
    wrong++;
}

// False where the number cannot be a frame of the allocator's.
static bool see_owner(pfn_t pfn)
{
    if (pfn - first >= span || seen[pfn - first] & NOT_OURS) {
        report(pfn, "is mapped, but is not the allocator's");
        return false;
    }
    seen[pfn - first]++;
    return true;
}

static void see_owned(pfn_t pfn)
{
    see_owner(pfn);
}

static void see_free(pfn_t pfn)
{
    if (pfn - first >= span || seen[pfn - first] & NOT_OURS)
        report(pfn, "is in a free list, but is not the allocator's");
    else if (seen[pfn - first] & SEEN_FREE)
        report(pfn, "is in the free lists twice");
    else
        seen[pfn - first] |= SEEN_FREE;
}

static void see_table(const pte_t *table, int level);

// A table of pages that is kept because of another one.
static void see_behind(pte_t entry)
{
    if (see_owner(pte_pfn(entry)) && seen[pte_pfn(entry) - first] == 1)
        see_table(pte_to_table(entry), 0);
}

// An entry of a middle table that maps 2 MiB itself.
static void see_large_page(pte_t entry)
{
    for (size_t i = 0; i < TABLE_ENTRIES; i++)
        see_owner(pte_pfn(entry) + i);
}

// level: how many levels of tables lie below the entry; 0 for an entry that maps a page. A table
// that several entries lead to is walked once: its own entries are the owners of what they map.
static void see_entry(pte_t entry, int level)
{
    if (!entry)
        return;
    if (COW_LARGE_PAGES && level == 1 && pte_is_page(entry)) {
        see_large_page(entry);
        return;
    }
    if (!see_owner(pte_pfn(entry)) || level == 0 || seen[pte_pfn(entry) - first] > 1)
        return;
    see_table(pte_to_table(entry), level - 1);
    if (level == 1)
        cow_visit_behind(entry, see_behind);
}

static void see_table(const pte_t *table, int level)
{
    for (size_t i = 0; i < TABLE_ENTRIES; i++)
        see_entry(table[i], level);
}

static void see_space(const struct space *space)
{
    see_owner(virt_to_pfn(space->root));
    for (size_t i = 0; i < TABLE_ENTRIES / 2; i++) // the user's half
        see_entry(space->root[i], 2);
}

// Whether what was seen of a frame agrees with the strategy's count.
static void compare(pfn_t pfn, uint32_t found)
{
    if (found == NOT_OURS || found == SEEN_FREE)
        return;
    if (found == 0)
        report(pfn, "is lost: neither free nor owned");
    else if (found & SEEN_FREE)
        report(pfn, "is free, but has an owner");
    else if (count_owners(pfn) != (found & OWNERS))
        report(pfn, count_owners(pfn) < found ? "has more owners than its count says"
                                              : "has fewer owners than its count says");
}

static void start(void)
{
    wrong = 0;
    for (size_t i = 0; i < span; i++)
        seen[i] = frame_is_ours(first + i) ? 0 : NOT_OURS;
}

// False where a process is in the middle of changing its space.
static bool look(const struct space *self)
{
    if (!space_visit(self, see_space))
        return false;
    count_visit_frames(see_owned);
    for (size_t i = 0; i < layers; i++)
        visit_frames[i](see_owned);
    frame_visit_free(see_free);
    for (size_t i = 0; i < span; i++)
        compare(first + i, seen[i]);
    return true;
}

int64_t audit(const struct space *self)
{
    if (atomic_exchange(&running, 1))
        return AUDIT_AGAIN;
    uint64_t flags = irq_save();
    stop_others();
    set_still(true);
    start();
    int64_t result = look(self) ? wrong : AUDIT_AGAIN;
    set_still(false);
    release_others();
    irq_restore(flags);
    atomic_store(&running, 0);
    return result;
}
