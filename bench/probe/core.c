#include "core.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TOP_SHIFT = 39, // Sv39: 9 bits a level (privileged specification, "Sv39")
    LEVEL_BITS = 9,
    PAGE_SHIFT = 12,
    NUMBER_BITS = TOP_SHIFT - PAGE_SHIFT, // of a virtual page
};

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        fprintf(stderr, "probe: no memory for the tables of a core\n");
        exit(1);
    }
    return memory;
}

static void create(struct cache *cache, const struct cache_geometry *geometry)
{
    if (geometry->entries)
        cache_create(cache, geometry->entries, geometry->ways, geometry->replacement);
}

void core_create(struct core *core, const struct geometry *geometry, uint32_t index)
{
    *core = (struct core){.geometry = *geometry, .index = index};
    create(&core->l2, &geometry->l2);
    struct cache_geometry walk = {geometry->walk_entries, geometry->walk_entries, REPLACE_LRU};
    for (uint32_t i = 0; i < MAX_HARTS; i++) {
        struct core_hart *hart = &core->harts[i];
        create(&hart->l1i, &geometry->l1i);
        create(&hart->l1d, &geometry->l1d);
        create(&hart->itlb, &geometry->itlb);
        create(&hart->dtlb, &geometry->dtlb);
        create(&hart->stlb, &geometry->stlb);
        create(&hart->walk, &walk);
        hart->counters = zeroed(geometry->counters, sizeof *hart->counters);
        hart->targets = zeroed(geometry->targets, sizeof *hart->targets);
        hart->returns = zeroed(geometry->returns, sizeof *hart->returns);
    }
}

static void note(const struct core *core, const struct who *who, enum core_event event, uint64_t n)
{
    who->counts->core[core->index][who->mode][event] += n;
    if (who->profile && core->index == 0)
        who->profile->core[event] += n;
}

// Whether a line that has missed is the one behind another that missed shortly before.
static bool streamed(struct core_hart *hart, uint64_t line)
{
    enum { LINES_OF_PAGE = 1 << (PAGE_SHIFT - LINE_SHIFT) };
    bool found = false;
    for (uint32_t i = 0; i < STREAMS && line % LINES_OF_PAGE; i++)
        found |= hart->streams[i] == line;
    hart->streams[hart->oldest] = line + 1;
    hart->oldest = (hart->oldest + 1) % STREAMS;
    return found;
}

// Returns whether it hit. A changed line from L1D is whole, and needs nothing from memory.
static bool access_l2(struct core *core, const struct who *who, uint64_t line, bool written_back)
{
    struct found found = cache_access(&core->l2, line, written_back);
    if (!found.hit && !written_back)
        note(core, who, EVENT_l2_misses, 1);
    if (found.changed)
        note(core, who, EVENT_l2_writebacks, 1);
    return found.hit;
}

void core_fetch(struct core *core, const struct who *who, uint64_t line)
{
    if (cache_access(&core->harts[who->hart].l1i, line, false).hit)
        return;
    note(core, who, EVENT_l1i_misses, 1);
    access_l2(core, who, line, false);
}

void core_data(struct core *core, const struct who *who, uint64_t line, bool store)
{
    struct found found = cache_access(&core->harts[who->hart].l1d, line, store);
    if (found.hit)
        return;
    bool continues = streamed(&core->harts[who->hart], line);
    bool in_l2 = access_l2(core, who, line, false);
    note(core, who, EVENT_l1d_misses, 1);
    note(core, who, EVENT_l1_streamed, continues);
    note(core, who, EVENT_l2_streamed, continues && !in_l2);
    if (found.changed) {
        note(core, who, EVENT_l1_writebacks, 1);
        access_l2(core, who, found.key, true);
    }
}

// What a TLB looks up: the page, and the frame and size that it has now, so that an entry which is
// no longer true is not found.
static uint64_t translation(uint64_t address, uint64_t physical, uint32_t shift)
{
    uint64_t page = address >> shift & (((uint64_t)1 << (TOP_SHIFT - shift)) - 1);
    uint64_t frame = physical >> shift | (uint64_t)(shift - PAGE_SHIFT) / LEVEL_BITS << 29;
    return page | frame << NUMBER_BITS;
}

// The table that is `depth` levels below the root on the way to an address.
static uint64_t table_key(uint64_t address, uint32_t depth)
{
    uint64_t offset = address & (((uint64_t)1 << TOP_SHIFT) - 1);
    return offset >> (TOP_SHIFT - LEVEL_BITS * depth) | (uint64_t)depth << TOP_SHIFT;
}

// How many entries have to be read. All tables are known then, the lowest one used last.
static uint32_t walk(struct cache *known, uint64_t address, uint32_t shift)
{
    uint32_t levels = (TOP_SHIFT - shift) / LEVEL_BITS, steps = levels;
    if (!known->sets)
        return steps;
    for (uint32_t depth = 1; depth < levels; depth++) {
        if (cache_has(known, table_key(address, depth)))
            steps = levels - depth;
    }
    for (uint32_t depth = 1; depth < levels; depth++)
        cache_access(known, table_key(address, depth), false);
    return steps;
}

void core_translate(struct core *core, const struct who *who, uint64_t address, uint64_t physical,
                    uint32_t shift, bool fetch)
{
    struct core_hart *hart = &core->harts[who->hart];
    uint64_t key = translation(address, physical, shift);
    if (cache_access(fetch ? &hart->itlb : &hart->dtlb, key, false).hit)
        return;
    note(core, who, fetch ? EVENT_itlb_misses : EVENT_dtlb_misses, 1);
    if (hart->stlb.sets && cache_access(&hart->stlb, key, false).hit)
        return;
    note(core, who, EVENT_stlb_misses, 1);
    note(core, who, EVENT_walk_steps, walk(&hart->walk, address, shift));
}

void core_branch(struct core *core, const struct who *who, uint64_t address, bool taken)
{
    struct core_hart *hart = &core->harts[who->hart];
    uint32_t history = hart->history & (((uint32_t)1 << core->geometry.history) - 1);
    uint8_t *counter = &hart->counters[(address >> 1 ^ history) & (core->geometry.counters - 1)];
    if ((*counter >= 2) != taken)
        note(core, who, EVENT_mispredicts, 1);
    if (taken && *counter < 3)
        ++*counter;
    else if (!taken && *counter > 0)
        --*counter;
    hart->history = hart->history << 1 | taken;
}

void core_call(struct core *core, uint32_t number, uint64_t return_address)
{
    struct core_hart *hart = &core->harts[number];
    if (!core->geometry.returns)
        return;
    if (hart->depth < core->geometry.returns)
        hart->depth++;
    hart->top = (hart->top + 1) % core->geometry.returns;
    hart->returns[hart->top] = return_address;
}

void core_return(struct core *core, const struct who *who, uint64_t target)
{
    struct core_hart *hart = &core->harts[who->hart];
    uint32_t size = core->geometry.returns;
    if (!hart->depth || hart->returns[hart->top] != target)
        note(core, who, EVENT_mispredicts, 1);
    if (!hart->depth)
        return;
    hart->depth--;
    hart->top = (hart->top + size - 1) % size;
}

void core_indirect(struct core *core, const struct who *who, uint64_t address, uint64_t target)
{
    struct core_hart *hart = &core->harts[who->hart];
    uint64_t *last =
        core->geometry.targets ? &hart->targets[(address >> 1) % core->geometry.targets] : 0;
    if (!last || *last != target)
        note(core, who, EVENT_mispredicts, 1);
    if (last)
        *last = target;
}

void core_flush(struct core *core, uint32_t number)
{
    struct core_hart *hart = &core->harts[number];
    cache_clear(&hart->itlb);
    cache_clear(&hart->dtlb);
    if (hart->stlb.sets)
        cache_clear(&hart->stlb);
    if (hart->walk.sets)
        cache_clear(&hart->walk);
}

void core_drop(struct core *core, uint32_t number, uint64_t address, uint64_t physical,
               uint32_t shift)
{
    struct core_hart *hart = &core->harts[number];
    uint64_t key = translation(address, physical, shift);
    cache_drop(&hart->dtlb, key);
    if (hart->stlb.sets)
        cache_drop(&hart->stlb, key);
}

void core_fence_i(struct core *core, uint32_t hart)
{
    cache_clear(&core->harts[hart].l1i);
}
