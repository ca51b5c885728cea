#include "mm/space.h"
#include "arch/boot.h"
#include "arch/page.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "mm/cow.h"
#include "mm/frame.h"
#include "mm/heap.h"

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

// QEMU drops all translations with each write of satp, so that there an old one is never used. The
// debug build notes by itself which changes of a space a hart has seen, for space_is_current().
#ifdef DEBUG
static void debug_changed(struct space *space)
{
    space->debug_changes++;
}
static void debug_flushed(const struct space *space)
{
    this_hart()->debug_changes = space->debug_changes;
}
static bool debug_has_flushed(const struct space *space)
{
    return this_hart()->debug_changes == space->debug_changes;
}
#else
static inline void debug_changed(struct space *space)
{
    (void)space;
}
static inline void debug_flushed(const struct space *space)
{
    (void)space;
}
static inline bool debug_has_flushed(const struct space *space)
{
    (void)space;
    return true;
}
#endif

// A space without a root table; 0 when they run out.
static struct space *space_take(struct counters *counters)
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
    if (!space)
        return 0;
    space->counters = counters;
    space->size = 0;
    space->heap = 0;
    space->lazy = false;
    space->reserved = 0;
    space->generation++; // the struct's earlier life may have left translations
    debug_changed(space);
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

// FRAME_NONE when there is no memory.
static pfn_t table_create(struct space *space)
{
    pfn_t table = space_frame_zeroed(space);
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

// Links a table of zeroes to a space that may be running. Nothing orders the loads of a hart's
// table walk with stores that no SFENCE.VMA stands behind, and a walk may be speculative at any
// time (Privileged Architecture 1.12, section 4.2.1). Without this fence the link could be in
// memory before the zeroes are, and a hart could keep a translation made of what the frame held
// before; the page was not mapped, so no flush would follow. The fence puts the zeroes first in the
// global order of memory (Unprivileged Architecture, chapter 14, rule 4), and a walk cannot read
// the table before it has read where that is. What the space had not mapped it may still be thought
// not to have: fault_serve() knows that. A space that no hart has run needs no fence here, since
// the hart that runs it first flushes all translations after it took it over from the one that made
// it.
static __attribute__((noinline)) void table_add(struct space *space, pte_t *entry)
{
    pfn_t table = table_create(space);
    fence_stores();
    *entry = pte_table(table);
}

// As span_entry(), with a middle table made where it is missing.
static INLINE pte_t *span_entry_create(struct space *space, vaddr_t address)
{
    pte_t *root_entry = &space->root[root_index(address)];
    if (!*root_entry)
        table_add(space, root_entry);
    return &pte_to_table(*root_entry)[middle_index(address)];
}

// The entry of a leaf table for address, in a table that is the space's own; tables are made
// where they are missing.
static INLINE pte_t *entry_create(struct space *space, vaddr_t address)
{
    pte_t *span = span_entry_create(space, address);
    if (!*span)
        table_add(space, span);
    else if (cow_touch_span(space, address, span, TOUCH_CHANGE) != FAULT_PAGE)
        panic("no frame was set aside for a table");
    return &pte_to_table(*span)[leaf_index(address)];
}

void *space_page(const struct space *space, vaddr_t page)
{
    return pfn_to_virt(pte_pfn(*space_entry(space, page)));
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

size_t space_count_pages(const struct space *space)
{
    vaddr_t end = align_up(space->size, PAGE_SIZE);
    size_t pages = 0;
    const pte_t *span;
    for (vaddr_t address = 0; address < end; address = next_span(span, address)) {
        span = span_entry(space, address);
        if (!span || !*span)
            continue;
        size_t n = span_pages(address, end);
        if (COW_LARGE_PAGES && pte_is_page(*span)) {
            pages += n;
            continue;
        }
        const pte_t *entries = pte_to_table(*span);
        for (size_t i = 0; i < n; i++)
            pages += entries[i] != 0;
    }
    return pages;
}

// Creation and destruction.

static void root_create(struct space *space, pfn_t root)
{
    space->root = pfn_to_virt(root);
    kernel_half_copy(space->root);
    cow_space_begin(space);
}

struct space *space_create(struct counters *counters)
{
    struct space *space = space_take(counters);
    if (!space)
        return 0;
    pfn_t root = table_create(space);
    if (root == FRAME_NONE) {
        space_give(space);
        return 0;
    }
    root_create(space, root);
    return space;
}

void space_settle(struct space *space)
{
    set_busy(space, false);
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
            if (cow_touch_span(space, begin, span, TOUCH_CHANGE) != FAULT_PAGE)
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
    cow_space_end(space);
    unmap(space, 0, align_up(space->size, PAGE_SIZE));
    kernel_half_clear(space->root);
    table_destroy(space, virt_to_pfn(space->root));
    space_unreserve(space);
    space_give(space);
}

// Fork.

// Sets aside all that the fork takes, and frames for the first write of each. False, and nothing
// has changed, when memory does not suffice.
static bool fork_begin(struct space *parent, struct space *child, struct cow_fork *fork)
{
    size_t missing = COW_WRITE_FRAMES - parent->reserved;
    fork->frames = cow_fork_tables(parent) + COW_WRITE_FRAMES + missing;
    if (!cow_fork_begin(parent, fork))
        return false;
    parent->reserved = COW_WRITE_FRAMES;
    child->reserved = fork->frames - missing;
    return true;
}

// Gives back what was set aside and not needed, but for the child's first write.
static void fork_end(struct space *parent, struct space *child, const struct cow_fork *fork)
{
    cow_fork_end(parent, fork);
    if (child->reserved == COW_WRITE_FRAMES)
        return;
    frame_unreserve(child->reserved - COW_WRITE_FRAMES);
    child->reserved = COW_WRITE_FRAMES;
}

static void fork_spans(struct space *parent, struct space *child)
{
    vaddr_t end = align_up(parent->size, PAGE_SIZE);
    pte_t *from;
    for (vaddr_t address = 0; address < end; address = next_span(from, address)) {
        from = span_entry(parent, address);
        if (!from)
            continue;
        pte_t *to = span_entry_create(child, address);
        if (*from)
            cow_fork_span(parent, child, address, from, to, span_pages(address, end));
    }
}

struct space *space_fork(struct space *parent, struct counters *counters)
{
    struct space *child = space_take(counters);
    if (!child)
        return 0;
    set_busy(parent, true);
    struct cow_fork fork;
    if (!fork_begin(parent, child, &fork)) {
        set_busy(parent, false);
        space_give(child);
        return 0;
    }
    root_create(child, table_create(child));
    child->size = parent->size;
    child->heap = parent->heap;
    child->lazy = parent->lazy;
    fork_spans(parent, child);
    // Writable translations of the parent may be left on this hart; the child is not runnable
    // yet. On other harts the new generation takes care of them.
    space_flush(parent);
    fork_end(parent, child, &fork);
    set_busy(parent, false);
    return child;
}

// Growing and shrinking.

// Tables that a space without the middle table for address lacks for the pages from there to end,
// or to the end of that middle table.
static size_t missing_tables(vaddr_t address, vaddr_t end)
{
    vaddr_t giga_end = align_down(address, GIGA_SIZE) + GIGA_SIZE;
    vaddr_t last = (giga_end < end ? giga_end : end) - 1;
    return 1 + middle_index(last) - middle_index(address) + 1;
}

static __attribute__((noinline)) size_t count_tables(const struct space *space, vaddr_t address,
                                                     vaddr_t end)
{
    size_t frames = 0;
    for (pte_t *span; address < end; address = next_span(span, address)) {
        span = span_entry(space, address);
        if (!span)
            frames += missing_tables(address, end);
        else
            frames += *span ? cow_change_frames(*span) : 1;
    }
    return frames;
}

// The frames for tables that it takes to map the pages from begin to end: no less, and no more. In
// most cases they are in one span, which has its table.
static INLINE size_t tables_to_map(const struct space *space, vaddr_t begin, vaddr_t end)
{
    const pte_t *span = span_entry(space, begin);
    if (end <= align_down(begin, SPAN_SIZE) + SPAN_SIZE && span && *span)
        return cow_change_frames(*span);
    return count_tables(space, begin, end);
}

// One of the frames that were set aside, with zeroes in it. Not a zeroed frame: those are left to
// tables, which give them back zeroed, so that neither pays for the other, and costs do not depend
// on what ran before.
static INLINE pfn_t zeroed_page(void)
{
    pfn_t frame = frame_alloc_reserved();
    page_zero(pfn_to_virt(frame));
    return frame;
}

// Maps the span at begin in one piece, where all of it is to be mapped, and the strategy can. Not
// while exec builds the space, which has no heap yet.
static INLINE bool map_large(struct space *space, vaddr_t begin, vaddr_t end, uint64_t flags)
{
    if (!COW_LARGE_PAGES || !space->heap || span_pages(begin, end) < TABLE_ENTRIES)
        return false;
    pte_t *span = span_entry_create(space, begin);
    return !*span && cow_map_large(space, begin, span, flags);
}

// Maps pages that are not mapped. 0, or -1 when memory runs out: then nothing has changed.
static INLINE int map_zeroed(struct space *space, vaddr_t begin, vaddr_t end, uint64_t protection)
{
    size_t pages = (end - begin) / PAGE_SIZE;
    size_t tables = tables_to_map(space, begin, end);
    if (!frame_reserve(pages + tables))
        return -1;
    space->reserved += tables;
    COUNT(space->counters, pages_zeroed, pages);
    uint64_t flags = cow_page_flags(protection | PTE_V | PTE_U | PTE_A | PTE_D);
    while (begin < end) {
        if (map_large(space, begin, end, flags)) {
            begin += SPAN_SIZE;
            continue;
        }
        pte_t *entry = entry_create(space, begin);
        for (size_t left = span_pages(begin, end); left; left--, begin += PAGE_SIZE)
            *entry++ = pte_make(zeroed_page(), flags);
    }
    return 0;
}

int space_map_page(struct space *space, vaddr_t page, uint64_t protection)
{
    return map_zeroed(space, page, page + PAGE_SIZE, protection);
}

int space_map(struct space *space, vaddr_t begin, vaddr_t end, uint64_t protection)
{
    bool was_busy = atomic_load_explicit(&space->busy, memory_order_relaxed);
    set_busy(space, true);
    int result = map_zeroed(space, begin, end, protection);
    if (!result)
        space->size = end;
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
    debug_flushed(space);
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
           hart->space_generation == space->generation && debug_has_flushed(space);
}

void space_flush(struct space *space)
{
    uint64_t flags = irq_save();
    struct hart *hart = this_hart();
    space->generation++;
    debug_changed(space);
    if (hart->space == space) {
        tlb_flush_all();
        debug_flushed(space);
        hart->space_generation = space->generation;
        COUNT(space->counters, flushes_local, 1);
    }
    irq_restore(flags);
}

void space_flush_page(struct space *space, vaddr_t page)
{
    debug_assert(!irq_enabled() && space_is_current(space));
    tlb_flush_page(page);
    debug_changed(space);
    debug_flushed(space);
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
