#include "mm/audit.h"
#include "arch/ipi.h"
#include "lib/print.h"
#include "mm/cow.h"
#include <stdatomic.h>

// What the audit finds of each frame: how many owners, or that it is free, or both, which is
// wrong.
#define SEEN_FREE 0x80000000u
#define NOT_OURS 0x7fffffffu // the allocator never had it
static uint32_t *seen;

static pfn_t first;
static size_t span;

static atomic_uint running;       // one audit at a time
static atomic_uint stopped;       // harts that stand still
static atomic_uint release_count; // moves on when they may go

bool audit_init(void)
{
    first = frame_first();
    span = frame_span();
    seen = frame_boot_alloc(span * sizeof *seen);
    return seen;
}

void audit_stop(void)
{
    unsigned before = atomic_load_explicit(&release_count, memory_order_acquire);
    atomic_fetch_add_explicit(&stopped, 1, memory_order_release);
    while (atomic_load_explicit(&release_count, memory_order_acquire) == before)
        ;
}

static void stop_others(void)
{
    atomic_store(&stopped, 0);
    for (uint32_t i = 0; i < hart_count; i++) {
        if (&harts[i] != this_hart())
            ipi_send(&harts[i], IPI_STOP);
    }
    while (atomic_load_explicit(&stopped, memory_order_acquire) < hart_count - 1)
        ;
}

static void release_others(void)
{
    atomic_fetch_add_explicit(&release_count, 1, memory_order_release);
}

static void see_owner(pfn_t pfn)
{
    if (pfn - first < span)
        seen[pfn - first]++;
    else
        print("cowshed: audit: frame %lx is mapped, but is not memory\n", pfn);
}

static void see_free(pfn_t pfn)
{
    if (seen[pfn - first] & SEEN_FREE)
        print("cowshed: audit: frame %lx is in the free lists twice\n", pfn);
    seen[pfn - first] |= SEEN_FREE;
}

static void see_table(const pte_t *table, int level);

// level: how many levels of tables lie below the entry; 0 for an entry that maps a page.
static void see_entry(pte_t entry, int level)
{
    if (!(entry & PTE_V))
        return;
    see_owner(pte_pfn(entry));
    if (level > 0)
        see_table(pte_to_table(entry), level - 1);
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
static bool frame_is_right(pfn_t pfn, uint32_t found)
{
    if (found == NOT_OURS || found == SEEN_FREE)
        return true;
    if (found & SEEN_FREE) {
        print("cowshed: audit: frame %lx is free, but has %u owners\n", pfn, found & ~SEEN_FREE);
        return false;
    }
    if (found == 0) {
        print("cowshed: audit: frame %lx is lost: neither free nor owned\n", pfn);
        return false;
    }
    uint64_t owners = count_owners(pfn);
    if (owners != found)
        print("cowshed: audit: frame %lx has %u owners, but its count says %lu\n", pfn, found,
              owners);
    return owners == found;
}

enum { REPORTED = 8 };

static int64_t compare(void)
{
    int64_t wrong = 0;
    for (size_t i = 0; i < span && wrong < REPORTED; i++)
        wrong += !frame_is_right(first + i, seen[i]);
    if (wrong == REPORTED)
        print("cowshed: audit: and perhaps more\n");
    return wrong;
}

static void start(void)
{
    for (size_t i = 0; i < span; i++)
        seen[i] = frame_is_ours(first + i) ? 0 : NOT_OURS;
}

int64_t audit(const struct space *self)
{
    if (atomic_exchange(&running, 1))
        return AUDIT_AGAIN;
    uint64_t flags = irq_save();
    stop_others();
    start();
    int64_t wrong = AUDIT_AGAIN;
    if (space_visit(self, see_space)) {
        count_visit_frames(see_owner);
        frame_visit_free(see_free);
        wrong = compare();
    }
    release_others();
    irq_restore(flags);
    atomic_store(&running, 0);
    return wrong;
}
