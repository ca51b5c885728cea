#include "cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cache_create(struct cache *cache, uint32_t entries, uint32_t per_set, enum replacement how)
{
    *cache = (struct cache){
        .ways = calloc(entries, sizeof *cache->ways),
        .sets = entries / per_set,
        .per_set = per_set,
        .replacement = how,
        .random = 0x9e3779b97f4a7c15,
    };
    if (!cache->ways) {
        fprintf(stderr, "probe: no memory for a cache of %u entries\n", entries);
        exit(1);
    }
}

// Xorshift (G. Marsaglia, "Xorshift RNGs", 2003).
static uint32_t random_way(struct cache *cache)
{
    cache->random ^= cache->random << 13;
    cache->random ^= cache->random >> 7;
    cache->random ^= cache->random << 17;
    return (cache->random >> 32) * cache->per_set >> 32;
}

// The way that holds the key, or per_set.
static uint32_t way_of(const uint64_t *set, uint32_t per_set, uint64_t key)
{
    uint64_t wanted = key << WAY_SHIFT | WAY_VALID;
    uint32_t way = 0;
    while (way < per_set && (set[way] & ~(uint64_t)WAY_CHANGED) != wanted)
        way++;
    return way;
}

// An empty way, or one to be put out.
static uint32_t victim(struct cache *cache, const uint64_t *set)
{
    if (cache->replacement == REPLACE_LRU)
        return cache->per_set - 1;
    for (uint32_t way = 0; way < cache->per_set; way++) {
        if (!(set[way] & WAY_VALID))
            return way;
    }
    return random_way(cache);
}

struct found cache_search(struct cache *cache, uint64_t key, bool change)
{
    uint64_t *set = cache_set(cache, key);
    uint64_t flags = change ? WAY_CHANGED : 0;
    uint32_t way = way_of(set, cache->per_set, key);
    struct found found = {.hit = way < cache->per_set};
    if (!found.hit) {
        way = victim(cache, set);
        found.put_out = set[way] & WAY_VALID;
        found.changed = found.put_out && (set[way] & WAY_CHANGED);
        found.key = set[way] >> WAY_SHIFT;
        set[way] = key << WAY_SHIFT | WAY_VALID;
    }
    uint64_t now = set[way] | flags;
    if (cache->replacement == REPLACE_LRU)
        memmove(set + 1, set, way * sizeof *set);
    else
        set[way] = set[0];
    set[0] = now;
    return found;
}

bool cache_has(const struct cache *cache, uint64_t key)
{
    return way_of(cache_set(cache, key), cache->per_set, key) < cache->per_set;
}

void cache_drop(struct cache *cache, uint64_t key)
{
    uint64_t *set = cache_set(cache, key);
    uint32_t way = way_of(set, cache->per_set, key);
    if (way == cache->per_set)
        return;
    // Empty ways stand behind all others.
    if (cache->replacement == REPLACE_LRU) {
        memmove(set + way, set + way + 1, (cache->per_set - way - 1) * sizeof *set);
        way = cache->per_set - 1;
    }
    set[way] = 0;
}

void cache_clear(struct cache *cache)
{
    memset(cache->ways, 0, (size_t)cache->sets * cache->per_set * sizeof *cache->ways);
}
