#include "mm/space.h"
#include "arch/boot.h"
#include "arch/page.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "mm/cow.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/phases.h"

// All spaces are either in use or unused; guarded by spaces_lock.
static struct spinlock spaces_lock;
static struct list in_use = LIST_EMPTY(in_use);
static struct list unused = LIST_EMPTY(unused);

bool space_init(size_t limit)
{
    struct space *spaces = frame_boot_alloc(limit * sizeof *spaces);
    for (size_t i = 0; spaces && i < limit; i++)
        list_append(&unused, &spaces[i].link);
    return spaces;
}

// The audit stops all harts by interrupts before it looks, and sees all that they have stored by
// then. So this is ordered with the changes to the space as a hart's own interrupts see them, which
// costs nothing: only the compiler could do harm.
static void set_busy(struct space *space, bool busy)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&space->busy, busy, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static struct space *space_take(void)
{
    uint64_t flags = spin_lock(&spaces_lock);
    struct list *link = list_take(&unused);
    struct space *space = link ? list_entry(link, struct space, link) : 0;
    if (space) {
        space->root = 0;
        set_busy(space, true);
        list_append(&in_use, link);
    }
    spin_unlock(&spaces_lock, flags);
    return space;
}

static void space_give(struct space *space)
{
    uint64_t flags = spin_lock(&spaces_lock);
    list_remove(&space->link);
    list_append(&unused, &space->link);
    spin_unlock(&spaces_lock, flags);
}

// Into space_map(), for exec, and again into space_map_page().
#define INLINE inline __attribute__((always_inline))

// Tables.

static pfn_t table_create(struct space *space)
{
    pfn_t table = frame_alloc_zeroed();
    if (table != FRAME_NONE)
        COUNT(space->counters, table_frames, 1);
    return table;
}

// table: all zeroes.
static void table_destroy(struct space *space, pfn_t table)
{
    frame_free_zeroed(table);
    COUNT(space->counters, table_frames, -1);
}

// As span_entry(), with a middle table made where it is missing; 0 when memory runs out.
static pte_t *span_entry_create(struct space *space, vaddr_t address)
{
    pte_t *root_entry = &space->root[root_index(address)];
    if (!*root_entry) {
        pfn_t table = table_create(space);
        if (table == FRAME_NONE)
            return 0;
        *root_entry = pte_table(table);
    }
    return &pte_to_table(*root_entry)[middle_index(address)];
}

// The entry of a leaf table for address, in a table that is the space's own; tables are made
// where they are missing. 0 when memory runs out.
static INLINE pte_t *entry_create(struct space *space, vaddr_t address)
{
    pte_t *span = span_entry_create(space, address);
    if (!span)
        return 0;
    if (!*span) {
        pfn_t table = table_create(space);
        if (table == FRAME_NONE)
            return 0;
        *span = pte_table(table);
    } else if (cow_own_span(space, span)) {
        return 0;
    }
    return &pte_to_table(*span)[leaf_index(address)];
}

void *space_page(const struct space *space, vaddr_t page)
{
    return pfn_to_virt(pte_pfn(*space_entry(space, page)));
}

// Creation and destruction.

struct space *space_create(struct counters *counters)
{
    struct space *space = space_take();
    if (!space)
        return 0;
    space->counters = counters;
    space->size = 0;
    space->heap = 0;
    space->lazy = false;
    space->generation++; // the struct's earlier life may have left translations
    phase_end(PHASE_OTHER);
    pfn_t root = table_create(space);
    phase_end(PHASE_ALLOCATE);
    if (root == FRAME_NONE) {
        space_give(space);
        return 0;
    }
    space->root = pfn_to_virt(root);
    kernel_half_copy(space->root);
    phase_end(PHASE_MAP);
    return space;
}

void space_settle(struct space *space)
{
    set_busy(space, false);
}

// Pages from address to the end of its span, or to end if that comes first.
static size_t span_pages(vaddr_t address, vaddr_t end)
{
    vaddr_t span_end = align_down(address, SPAN_SIZE) + SPAN_SIZE;
    return ((span_end < end ? span_end : end) - address) / PAGE_SIZE;
}

// Where an iteration over spans goes on after address.
static vaddr_t next_span(const pte_t *entry, vaddr_t address)
{
    return align_down(address, entry ? SPAN_SIZE : GIGA_SIZE) + (entry ? SPAN_SIZE : GIGA_SIZE);
}

// Unmaps a leaf table whole, of which only the first pages are in use: unmap, flush, then free.
static void unmap_span(struct space *space, pte_t *entry, size_t pages)
{
    pte_t table = *entry;
    *entry = 0;
    space_flush(space);
    cow_release_span(space, table, pages);
}

// Unmaps pages in a leaf table that stays: unmap, flush, then free, in batches.
static void unmap_pages(struct space *space, pte_t *entries, size_t pages)
{
    enum { BATCH = 32 };
    pte_t gone[BATCH];
    while (pages) {
        size_t batch = pages < BATCH ? pages : BATCH;
        for (size_t i = 0; i < batch; i++) {
            gone[i] = entries[i];
            entries[i] = 0;
        }
        space_flush(space);
        cow_release_range(space, gone, batch);
        entries += batch;
        pages -= batch;
    }
}

// Gives back the middle tables that lie wholly at or above begin.
static void unmap_middle_tables(struct space *space, vaddr_t begin, vaddr_t end)
{
    for (vaddr_t giga = align_up(begin, GIGA_SIZE); giga < end; giga += GIGA_SIZE) {
        pte_t *entry = &space->root[root_index(giga)];
        if (!*entry)
            continue;
        pfn_t table = pte_pfn(*entry);
        *entry = 0;
        space_flush(space);
        table_destroy(space, table);
    }
}

// Unmaps all from begin to end, which is where the mapped part ends; tables without a page below
// begin go, too. 0, or -1 where a shared table could not be made the space's own: then nothing
// has changed.
static int unmap(struct space *space, vaddr_t begin, vaddr_t end)
{
    vaddr_t address = begin;
    if (begin % SPAN_SIZE) { // the span that begin is in keeps its table
        pte_t *span = span_entry(space, begin);
        if (span && *span) {
            if (cow_own_span(space, span))
                return -1;
            pte_t *entries = &pte_to_table(*span)[leaf_index(begin)];
            unmap_pages(space, entries, span_pages(begin, end));
        }
        address = next_span(span, begin);
    }
    for (pte_t *span; address < end; address = next_span(span, address)) {
        span = span_entry(space, address);
        if (span && *span)
            unmap_span(space, span, span_pages(address, end));
    }
    unmap_middle_tables(space, begin, end);
    return 0;
}

void space_destroy(struct space *space)
{
    set_busy(space, true);
    unmap(space, 0, align_up(space->size, PAGE_SIZE));
    kernel_half_clear(space->root);
    table_destroy(space, virt_to_pfn(space->root));
    space_give(space);
}

// Fork.

// An upper bound of the pages that are mapped, and a close one where the heap has no large holes.
static size_t most_pages(const struct space *space)
{
    size_t by_size = align_up(space->size, PAGE_SIZE) / PAGE_SIZE;
    size_t by_tables = space->counters->table_frames * TABLE_ENTRIES;
    return heap_most_pages(space, by_size < by_tables ? by_size : by_tables);
}

int space_fork(struct space *parent, struct space *child)
{
    vaddr_t end = align_up(parent->size, PAGE_SIZE);
    int result = 0;
    set_busy(parent, true);
    child->size = parent->size;
    child->heap = parent->heap;
    child->lazy = parent->lazy;
    phase_end(PHASE_OTHER);
    cow_fork_begin(parent, most_pages(parent));
    phase_end(PHASE_COUNT);
    pte_t *from;
    for (vaddr_t address = 0; address < end && !result; address = next_span(from, address)) {
        from = span_entry(parent, address);
        if (!from || !*from)
            continue;
        phase_end(PHASE_LOOKUP);
        pte_t *to = span_entry_create(child, address);
        result = to ? cow_fork_span(parent, child, from, to, span_pages(address, end)) : -1;
    }
    // Writable translations of the parent may be left on this hart; the child is not runnable
    // yet. On other harts the new generation takes care of them.
    phase_end(PHASE_OTHER);
    space_flush(parent);
    phase_end(PHASE_FLUSH);
    cow_fork_end(parent, result);
    set_busy(parent, false);
    return result;
}

// Growing and shrinking.

// One page, below the size and not mapped yet. 0, or -1 when memory runs out.
static INLINE int map_zeroed(struct space *space, vaddr_t page, uint64_t protection)
{
    pte_t *entry = entry_create(space, page);
    // Not frame_alloc_zeroed(): zeroed frames are left to tables, which give them back zeroed, so
    // that neither pays for the other, and costs do not depend on what ran before.
    pfn_t frame = entry ? frame_alloc() : FRAME_NONE;
    if (frame == FRAME_NONE)
        return -1;
    page_zero(pfn_to_virt(frame));
    *entry = pte_make(frame, protection | PTE_V | PTE_U | PTE_A | PTE_D);
    COUNT(space->counters, pages_zeroed, 1);
    return 0;
}

int space_map_page(struct space *space, vaddr_t page, uint64_t protection)
{
    return map_zeroed(space, page, protection);
}

// What can never fit is refused before it takes frames that other processes need meanwhile.
int space_map(struct space *space, vaddr_t begin, vaddr_t end, uint64_t protection)
{
    if ((end - begin) / PAGE_SIZE > frame_counts().free)
        return -1;
    uint64_t old_size = space->size;
    bool was_busy = atomic_load_explicit(&space->busy, memory_order_relaxed);
    set_busy(space, true);
    int result = 0;
    for (vaddr_t page = begin; page < end && !result; page += PAGE_SIZE) {
        space->size = page + PAGE_SIZE;
        result = map_zeroed(space, page, protection);
    }
    if (result) {
        unmap(space, align_up(old_size, PAGE_SIZE), space->size);
        space->size = old_size;
    } else {
        space->size = end;
    }
    set_busy(space, was_busy);
    return result;
}

static int shrink(struct space *space, uint64_t size)
{
    vaddr_t begin = align_up(size, PAGE_SIZE), end = align_up(space->size, PAGE_SIZE);
    set_busy(space, true);
    int result = unmap(space, begin, end);
    if (!result)
        space->size = size;
    set_busy(space, false);
    return result;
}

int space_resize(struct space *space, uint64_t size, bool lazy)
{
    if (size < space->heap || size > USER_END)
        return -1;
    if (size < space->size)
        return shrink(space, size);
    vaddr_t begin = align_up(space->size, PAGE_SIZE), end = align_up(size, PAGE_SIZE);
    if (begin < end && heap_grow(space, begin, end, lazy))
        return -1;
    space->size = size;
    return 0;
}

// Translations.

// Instructions: fence.i makes stores visible to the fetches of the hart alone that executes it
// (Zifencei). exec and fork may have written the program's text on another hart; and a program that
// writes code executes fence.i where it runs, and may run here next. So each hart that takes a
// space over executes one, and moves the generation on, so that the hart that had the space before
// flushes, too, when it gets it back: its translations are still true then, but not what it
// fetched. The stores themselves come before: they are ordered before the release of the lock with
// which the process was queued, and the fence.i here after its acquisition.
void space_activate(struct space *space)
{
    struct hart *hart = this_hart();
    bool known = hart->space == space && hart->space_generation == space->generation;
    if (known && hart->space_loaded)
        return;
    csr_write(satp, SATP_SV39 | virt_to_pfn(space->root));
    hart->space_loaded = true;
    if (known)
        return;
    tlb_flush_all();
    fence_i();
    hart->space = space;
    hart->space_generation = ++space->generation;
    COUNT(space->counters, flushes_switch, 1);
}

void space_deactivate(void)
{
    if (!this_hart()->space_loaded)
        return;
    csr_write(satp, boot_satp);
    this_hart()->space_loaded = false;
}

bool space_is_current(const struct space *space)
{
    const struct hart *hart = this_hart();
    return hart->space_loaded && hart->space == space &&
           hart->space_generation == space->generation;
}

void space_flush(struct space *space)
{
    uint64_t flags = irq_save();
    struct hart *hart = this_hart();
    space->generation++;
    if (hart->space == space) {
        tlb_flush_all();
        hart->space_generation = space->generation;
        COUNT(space->counters, flushes_local, 1);
    }
    irq_restore(flags);
}

void space_flush_page(struct space *space, vaddr_t page)
{
    debug_assert(!irq_enabled() && space_is_current(space));
    tlb_flush_page(page);
    this_hart()->space_generation = ++space->generation;
    COUNT(space->counters, flushes_local, 1);
}

bool space_visit(const struct space *self, void (*visit)(const struct space *))
{
    list_for_each(link, &in_use)
    {
        const struct space *space = list_entry(link, struct space, link);
        if (space->busy && space != self)
            return false;
    }
    list_for_each(link, &in_use) visit(list_entry(link, struct space, link));
    return true;
}
