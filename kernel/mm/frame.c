#include "mm/frame.h"
#include "arch/atomic.h"
#include "arch/hart.h"
#include "arch/page.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"

// A free frame's first words. Only the head of a chain uses the last two.
struct free_frame {
    struct free_frame *next;
    struct free_frame *next_chain;
    uint64_t length; // frames in this chain
};

struct chain {
    struct free_frame *head;
    uint64_t length;
};

enum kind { DIRTY, ZEROED, KINDS };

// A hart's free frames. A list is refilled or emptied only by whole chains, so nobody walks one.
struct frame_cache {
    struct spinlock lock; // taken by others only when memory runs out
    struct {
        struct chain current; // taken from and given to
        struct chain spare;   // empty, or FRAME_BATCH long
    } list[KINDS];
} __attribute__((aligned(64)));

static struct frame_cache caches[MAX_HARTS];

// What no hart has. Frames that were never handed out are a range, not a list: to link them
// would touch all of memory at boot.
#define MAX_RANGES 16
struct range {
    pfn_t begin, end;
};
static struct spinlock pool_lock; // guards these; taken after a cache's lock
static struct free_frame *pool[KINDS];
static struct range fresh[MAX_RANGES];
static size_t fresh_count;

// What there was to hand out when the boot phase ended.
static struct range ours[MAX_RANGES];
static size_t ours_count;

static pfn_t first_frame, last_frame;
static uint64_t total_frames;

// Free frames that nobody has set aside. A frame is taken from this number before it is taken from
// a list, and is in a list before it is added here; so the lists have a frame for each one that is
// set aside, and for each one that is counted here.
static uint64_t free_frames;
static _Atomic uint64_t free_frames_low;

#ifdef DEBUG
// One bit a frame: in use. Finds frames given back twice.
static _Atomic uint32_t *in_use;

static void debug_mark(pfn_t pfn, bool use)
{
    debug_assert(pfn >= first_frame && pfn <= last_frame);
    uint32_t bit = 1u << (pfn - first_frame) % 32;
    _Atomic uint32_t *word = &in_use[(pfn - first_frame) / 32];
    uint32_t before = use ? atomic_fetch_or(word, bit) : atomic_fetch_and(word, ~bit);
    if (!(before & bit) != use)
        panic("frame %lx %s twice", pfn, use ? "allocated" : "freed");
}

#define POISON 0xdbdbdbdbdbdbdbdbul

static void debug_freed(pfn_t pfn, enum kind kind)
{
    debug_mark(pfn, false);
    uint64_t *words = pfn_to_virt(pfn);
    for (size_t i = 0; i < PAGE_SIZE / 8; i++) {
        if (kind == DIRTY)
            words[i] = POISON;
        else if (words[i])
            panic("frame %lx freed as zeroed, but word %lu is %lx", pfn, i, words[i]);
    }
}

// The words behind struct free_frame must be as they were when the frame was freed.
static void debug_allocated(pfn_t pfn, enum kind kind)
{
    debug_mark(pfn, true);
    uint64_t *words = pfn_to_virt(pfn);
    uint64_t expected = kind == ZEROED ? 0 : words[PAGE_SIZE / 8 - 1];
    bool unknown = kind == DIRTY && expected != POISON; // never handed out: content unknown
    for (size_t i = sizeof(struct free_frame) / 8; !unknown && i < PAGE_SIZE / 8; i++) {
        if (words[i] != expected)
            panic("frame %lx written to after it was freed: word %lu is %lx", pfn, i, words[i]);
    }
    for (size_t i = 0; kind == DIRTY && i < PAGE_SIZE / 8; i++)
        words[i] = ~POISON;
}
#else
static inline void debug_freed(pfn_t pfn, enum kind kind)
{
    (void)pfn, (void)kind;
}
static inline void debug_allocated(pfn_t pfn, enum kind kind)
{
    (void)pfn, (void)kind;
}
#endif

static inline void chain_push(struct chain *chain, struct free_frame *frame)
{
    frame->next = chain->head;
    chain->head = frame;
    chain->length++;
}

static inline struct free_frame *chain_pop(struct chain *chain)
{
    struct free_frame *frame = chain->head;
    chain->head = frame->next;
    chain->length--;
    return frame;
}

// pool_lock is held.
static void pool_give(enum kind kind, struct chain *chain)
{
    chain->head->next_chain = pool[kind];
    chain->head->length = chain->length;
    pool[kind] = chain->head;
    *chain = (struct chain){0};
}

// Up to FRAME_BATCH frames that were never handed out. pool_lock is held.
static struct chain pool_take_fresh(void)
{
    struct chain chain = {0};
    if (!fresh_count)
        return chain;
    struct range *range = &fresh[0];
    size_t take = range->end - range->begin < FRAME_BATCH ? range->end - range->begin : FRAME_BATCH;
    for (pfn_t pfn = range->begin + take; pfn-- > range->begin;)
        chain_push(&chain, pfn_to_virt(pfn));
    range->begin += take;
    if (range->begin == range->end) {
        fresh_count--;
        memmove(&fresh[0], &fresh[1], fresh_count * sizeof fresh[0]);
    }
    return chain;
}

static struct chain pool_take(enum kind kind)
{
    struct chain chain = {0};
    spin_take(&pool_lock);
    if (pool[kind]) {
        chain = (struct chain){pool[kind], pool[kind]->length};
        pool[kind] = chain.head->next_chain;
    } else if (kind == DIRTY) {
        chain = pool_take_fresh();
    }
    spin_release(&pool_lock);
    return chain;
}

// Fills an empty list: from the hart's own spare chain first, then from the pool. The cache's
// lock is held.
static bool cache_refill(struct frame_cache *cache, enum kind kind)
{
    struct chain *spare = &cache->list[kind].spare;
    struct chain found = *spare;
    *spare = (struct chain){0};
    if (!found.length)
        found = pool_take(kind);
    cache->list[kind].current = found;
    return found.length;
}

static inline void note_low(uint64_t left)
{
    uint64_t low = atomic_load_explicit(&free_frames_low, memory_order_relaxed);
    while (left < low &&
           !atomic_compare_exchange_weak_explicit(&free_frames_low, &low, left,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

// Compared and subtracted in one step: with two, two callers could both get the last frames.
inline bool frame_reserve(size_t n)
{
    uint64_t left;
    if (!take_from(&free_frames, n, &left))
        return false;
    note_low(left);
    return true;
}

void frame_unreserve(size_t n)
{
    __atomic_fetch_add(&free_frames, n, __ATOMIC_RELAXED);
}

// FRAME_NONE where the hart's list is empty; then take_refilled() comes next. Nothing is called
// here, so that the usual case has no registers to save.
static inline pfn_t take(enum kind kind)
{
    pfn_t pfn = FRAME_NONE;
    uint64_t flags = irq_save();
    struct frame_cache *cache = this_hart()->frames;
    spin_take(&cache->lock);
    struct chain *current = &cache->list[kind].current;
    if (current->length)
        pfn = virt_to_pfn(chain_pop(current));
    spin_release(&cache->lock);
    irq_restore(flags);
    if (pfn != FRAME_NONE)
        debug_allocated(pfn, kind);
    return pfn;
}

// From a hart's lists, and from the pool. Interrupts are off.
static pfn_t take_from_cache(struct frame_cache *cache, enum kind kind)
{
    pfn_t pfn = FRAME_NONE;
    spin_take(&cache->lock);
    struct chain *current = &cache->list[kind].current;
    if (current->length || cache_refill(cache, kind))
        pfn = virt_to_pfn(chain_pop(current));
    spin_release(&cache->lock);
    if (pfn != FRAME_NONE)
        debug_allocated(pfn, kind);
    return pfn;
}

static pfn_t take_refilled(enum kind kind)
{
    uint64_t flags = irq_save();
    pfn_t pfn = take_from_cache(this_hart()->frames, kind);
    irq_restore(flags);
    return pfn;
}

// What other harts keep is memory, too.
static pfn_t take_anywhere(enum kind kind)
{
    uint64_t flags = irq_save();
    pfn_t pfn = FRAME_NONE;
    for (uint32_t i = 0; i < hart_count && pfn == FRAME_NONE; i++)
        pfn = take_from_cache(&caches[i], kind);
    irq_restore(flags);
    return pfn;
}

// A frame of any content. There is one for each caller: who finds none looked where another has
// just taken one, while a free one came to where it had looked before.
static __attribute__((noinline)) pfn_t take_any(void)
{
    pfn_t pfn = take_refilled(DIRTY);
    if (pfn == FRAME_NONE)
        pfn = take_refilled(ZEROED);
    while (pfn == FRAME_NONE) {
        pfn = take_anywhere(DIRTY);
        if (pfn == FRAME_NONE)
            pfn = take_anywhere(ZEROED);
    }
    return pfn;
}

inline pfn_t frame_alloc_reserved(void)
{
    pfn_t pfn = take(DIRTY);
    return pfn != FRAME_NONE ? pfn : take_any();
}

static inline pfn_t clear_links(pfn_t pfn)
{
    *(struct free_frame *)pfn_to_virt(pfn) = (struct free_frame){0};
    return pfn;
}

static __attribute__((noinline)) pfn_t take_zeroed(void)
{
    pfn_t pfn = take_refilled(ZEROED);
    if (pfn != FRAME_NONE)
        return clear_links(pfn);
    pfn = frame_alloc_reserved();
    page_zero(pfn_to_virt(pfn));
    return pfn;
}

inline pfn_t frame_alloc_zeroed_reserved(void)
{
    pfn_t pfn = take(ZEROED);
    return pfn != FRAME_NONE ? clear_links(pfn) : take_zeroed();
}

pfn_t frame_alloc(void)
{
    return frame_reserve(1) ? frame_alloc_reserved() : FRAME_NONE;
}

pfn_t frame_alloc_zeroed(void)
{
    return frame_reserve(1) ? frame_alloc_zeroed_reserved() : FRAME_NONE;
}

static inline void give(pfn_t pfn, enum kind kind)
{
    debug_freed(pfn, kind);
    uint64_t flags = irq_save();
    struct frame_cache *cache = this_hart()->frames;
    spin_take(&cache->lock);
    struct chain *current = &cache->list[kind].current;
    if (current->length == FRAME_BATCH) {
        struct chain *spare = &cache->list[kind].spare;
        if (spare->length) {
            spin_take(&pool_lock);
            pool_give(kind, spare);
            spin_release(&pool_lock);
        }
        *spare = *current;
        *current = (struct chain){0};
    }
    chain_push(current, pfn_to_virt(pfn));
    spin_release(&cache->lock);
    irq_restore(flags);
    __atomic_fetch_add(&free_frames, 1, __ATOMIC_RELAXED);
}

void frame_free(pfn_t pfn)
{
    give(pfn, DIRTY);
}

void frame_free_zeroed(pfn_t pfn)
{
    give(pfn, ZEROED);
}

bool frame_is_ours(pfn_t pfn)
{
    for (size_t i = 0; i < ours_count; i++) {
        if (pfn >= ours[i].begin && pfn < ours[i].end)
            return true;
    }
    return false;
}

struct frame_count frame_counts(void)
{
    return (struct frame_count){
        .total = total_frames,
        .free = __atomic_load_n(&free_frames, __ATOMIC_RELAXED),
        .free_low = atomic_load_explicit(&free_frames_low, memory_order_relaxed),
    };
}

void frame_reset_low(void)
{
    atomic_store_explicit(&free_frames_low, frame_counts().free, memory_order_relaxed);
}

pfn_t frame_first(void)
{
    return first_frame;
}

size_t frame_span(void)
{
    return last_frame - first_frame + 1;
}

// By the chain's length, not its end: a frame given back twice can close a chain to a circle.
static void visit_chain(struct chain chain, void (*visit)(pfn_t))
{
    for (const struct free_frame *frame = chain.head; frame && chain.length--; frame = frame->next)
        visit(virt_to_pfn(frame));
}

void frame_visit_free(void (*visit)(pfn_t))
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        for (uint32_t i = 0; i < MAX_HARTS; i++) {
            visit_chain(caches[i].list[kind].current, visit);
            visit_chain(caches[i].list[kind].spare, visit);
        }
        for (struct free_frame *head = pool[kind]; head; head = head->next_chain)
            visit_chain((struct chain){head, head->length}, visit);
    }
    for (size_t i = 0; i < fresh_count; i++) {
        for (pfn_t pfn = fresh[i].begin; pfn < fresh[i].end; pfn++)
            visit(pfn);
    }
}

// Boot.

void frame_init(void)
{
    for (uint32_t i = 0; i < MAX_HARTS; i++)
        harts[i].frames = &caches[i];
}

static void range_insert(size_t at, pfn_t begin, pfn_t end)
{
    if (begin >= end)
        return;
    if (fresh_count == MAX_RANGES)
        panic("memory is in more than %d pieces", MAX_RANGES);
    memmove(&fresh[at + 1], &fresh[at], (fresh_count - at) * sizeof fresh[0]);
    fresh[at] = (struct range){begin, end};
    fresh_count++;
}

void frame_add_range(paddr_t begin, paddr_t end)
{
    pfn_t first = align_up(begin, PAGE_SIZE) >> PAGE_SHIFT;
    pfn_t after = end >> PAGE_SHIFT;
    if (first == FRAME_NONE)
        first++;
    if (first >= after)
        return;
    frame_exclude(begin, end); // where it overlaps an earlier range, it is there once
    size_t at = 0;
    while (at < fresh_count && fresh[at].begin < first)
        at++;
    range_insert(at, first, after);
    if (!first_frame || first < first_frame)
        first_frame = first;
    if (after - 1 > last_frame)
        last_frame = after - 1;
}

void frame_exclude(paddr_t begin, paddr_t end)
{
    pfn_t first = begin >> PAGE_SHIFT;
    pfn_t after = align_up(end, PAGE_SIZE) >> PAGE_SHIFT;
    for (size_t i = 0; i < fresh_count; i++) {
        struct range old = fresh[i];
        if (after <= old.begin || old.end <= first)
            continue;
        fresh_count--;
        memmove(&fresh[i], &fresh[i + 1], (fresh_count - i) * sizeof fresh[0]);
        range_insert(i, after, old.end);
        range_insert(i, old.begin, first);
        i--; // what is left of the range does not overlap any more
    }
}

void *frame_boot_alloc(size_t bytes)
{
    size_t frames = align_up(bytes, PAGE_SIZE) >> PAGE_SHIFT;
    for (size_t i = 0; i < fresh_count; i++) {
        if (fresh[i].end - fresh[i].begin < frames)
            continue;
        paddr_t begin = fresh[i].begin << PAGE_SHIFT;
        frame_exclude(begin, begin + frames * PAGE_SIZE);
        return memset(phys_to_virt(begin), 0, frames * PAGE_SIZE);
    }
    return 0;
}

// A generator of pseudo-random numbers (Vigna's splitmix64, public domain): good enough for a
// shuffle, and the same everywhere.
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// Hands all fresh frames to the pool in the order of a permutation (Fisher and Yates), which is
// built in the frames of the largest range themselves and forgotten.
static void shuffle_fresh(uint64_t seed)
{
    uint32_t *order = pfn_to_virt(fresh[0].begin); // the largest
    size_t bytes = total_frames * sizeof *order;
    paddr_t order_end = virt_to_phys(order) + bytes;
    if (order_end >> PAGE_SHIFT >= fresh[0].end)
        panic("shuffle: no contiguous room to permute %lu frames", total_frames);
    size_t count = 0;
    for (size_t i = 0; i < fresh_count; i++) {
        for (pfn_t pfn = fresh[i].begin; pfn < fresh[i].end; pfn++)
            order[count++] = pfn - first_frame;
    }
    for (size_t i = count; i-- > 1;) {
        size_t j = random_next(&seed) % (i + 1);
        uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    // The frames that hold the order come last, since to link them destroys it.
    pfn_t table_begin = virt_to_pfn(order),
          table_end = align_up(order_end, PAGE_SIZE) >> PAGE_SHIFT;
    struct chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        pfn_t pfn = first_frame + order[i];
        if (pfn >= table_begin && pfn < table_end)
            continue;
        chain_push(&chain, pfn_to_virt(pfn));
        if (chain.length == FRAME_BATCH)
            pool_give(DIRTY, &chain);
    }
    if (chain.length)
        pool_give(DIRTY, &chain);
    fresh[0] = (struct range){table_begin, table_end};
    fresh_count = 1;
}

// The largest range is handed out first, so that the frames of a process lie together. Else the
// small gaps that the image and the tables of boot leave would come first, and what a hash table of
// frames costs would depend on how large they happen to be.
static void largest_first(void)
{
    size_t largest = 0;
    for (size_t i = 1; i < fresh_count; i++) {
        if (fresh[i].end - fresh[i].begin > fresh[largest].end - fresh[largest].begin)
            largest = i;
    }
    struct range first = fresh[0];
    fresh[0] = fresh[largest];
    fresh[largest] = first;
}

void frame_start(uint64_t shuffle)
{
#ifdef DEBUG
    in_use = frame_boot_alloc(frame_span() / 8 + sizeof *in_use);
    if (!in_use)
        panic("not enough memory for the debug build's bitmap of frames");
#endif
    for (size_t i = 0; i < fresh_count; i++)
        total_frames += fresh[i].end - fresh[i].begin;
    memcpy(ours, fresh, sizeof ours);
    ours_count = fresh_count;
    largest_first();
    if (shuffle)
        shuffle_fresh(shuffle);
    free_frames = free_frames_low = total_frames;
}
