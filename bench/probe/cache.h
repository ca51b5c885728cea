// Sets of ways: what caches, TLBs and tables of a core are made of. A way holds a key, such as the
// number of a line, and one bit that says whether it was changed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum replacement { REPLACE_LRU, REPLACE_RANDOM };

enum { WAY_VALID = 1, WAY_CHANGED = 2, WAY_SHIFT = 2 };

struct cache {
    uint64_t *ways; // key << 2 | changed << 1 | valid; the way used last is the first of its set,
                    // and under LRU all are in the order of their use
    uint32_t sets;  // a power of two
    uint32_t per_set;
    enum replacement replacement;
    uint64_t random; // the state of the choice of a victim, the same at each start
};

// What an access found, and what it put out for that.
struct found {
    bool hit;
    bool put_out; // a valid way had to go: a miss that found its set full
    bool changed; // and it had been changed
    uint64_t key; // of the one that went
};

// `entries` in sets of `per_set` ways; entries / per_set is a power of two. Ends the process when
// there is no memory.
void cache_create(struct cache *cache, uint32_t entries, uint32_t per_set, enum replacement how);

static inline uint64_t *cache_set(const struct cache *cache, uint64_t key)
{
    return cache->ways + (key & (cache->sets - 1)) * cache->per_set;
}

struct found cache_search(struct cache *cache, uint64_t key, bool change);

// Looks a key up; a miss puts it in. A change marks the way as changed.
static inline struct found cache_access(struct cache *cache, uint64_t key, bool change)
{
    uint64_t *set = cache_set(cache, key);
    if ((set[0] & ~(uint64_t)WAY_CHANGED) != (key << WAY_SHIFT | WAY_VALID))
        return cache_search(cache, key, change);
    set[0] |= change ? WAY_CHANGED : 0;
    return (struct found){.hit = true};
}

// The same without putting in, or moving anything: whether the key is there.
bool cache_has(const struct cache *cache, uint64_t key);

void cache_drop(struct cache *cache, uint64_t key);
void cache_clear(struct cache *cache);
