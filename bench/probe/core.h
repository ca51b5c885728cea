// A simulated core: caches, TLBs and branch prediction of each hart, and the second-level cache
// that all harts share. It gets what a hart executes, in the order of the program, and counts what
// a core of this geometry would miss. It has no clock: what a miss costs is said by
// bench/cores/*.toml.
//
// Caches: physical addresses, lines of 64 bytes, written back, a store that misses fetches the
// line. A line that goes out of L1D changed is put into L2. fence.i empties L1I. Nothing is
// fetched ahead; but a miss of L1D in the line behind one of the last eight that missed, in the
// same page of 4 KiB, is counted as streamed: a prefetcher would have seen it coming.
//
// TLBs: entries of any page size; sfence.vma empties them all if it names no address. A walk reads
// an entry a level, from the lowest level that the walk cache knows; these reads do not go through
// the caches, since the probe cannot see where tables are.
//
// Branches: a table of two-bit counters, chosen by address and global history (S. McFarling,
// "Combining Branch Predictors", 1993); indirect jumps go where they went the last time; returns
// come from a stack, which forgets its oldest entry when it is full, and says nothing when it is
// empty. Direct jumps are always right.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "events.h"

enum { MAX_HARTS = 8, LINE_SHIFT = 6, NAME_SIZE = 32, STREAMS = 8 };

struct cache_geometry {
    uint32_t entries, ways;
    enum replacement replacement;
};

struct geometry {
    char name[NAME_SIZE];
    struct cache_geometry l1i, l1d, l2, itlb, dtlb, stlb; // an stlb of 0 entries: there is none
    uint32_t walk_entries;                                // of non-leaf entries; 0: none
    uint32_t counters, history, targets, returns;
};

struct core_hart {
    struct cache l1i, l1d, itlb, dtlb, stlb, walk;
    uint8_t *counters;
    uint32_t history;
    uint64_t *targets; // of indirect jumps, by address
    uint64_t *returns; // a ring
    uint32_t top, depth;
    uint64_t streams[STREAMS]; // the lines behind the last ones that missed in L1D
    uint32_t oldest;           // of these
};

struct core {
    struct geometry geometry;
    uint32_t index; // in counts.core
    struct cache l2;
    struct core_hart harts[MAX_HARTS];
};

// Who executes: where events are counted.
struct who {
    uint32_t hart;
    enum mode mode;
    struct counts *counts;
    struct profile *profile; // of the instruction; 0: not wanted
};

// What one instruction has caused in a region.
struct profile {
    uint64_t program[EVENT_COUNT];
    uint64_t core[CORE_EVENT_COUNT]; // of the first core
};

// Reads NAME/PART:…/PART:… as bench/host/cores.py writes it:
//     l1i:BYTES:WAYS:LINE:lru|random   l1d:…   l2:…
//     itlb:ENTRIES:WAYS:lru|random     dtlb:…  [stlb:…]
//     [walk:ENTRIES] branch:COUNTERS:HISTORY:TARGETS:RETURNS
// Returns 0, or what is wrong.
const char *geometry_read(struct geometry *geometry, const char *text);

void core_create(struct core *core, const struct geometry *geometry, uint32_t index);

// A line of text is fetched; a line of data is read or written.
void core_fetch(struct core *core, const struct who *who, uint64_t line);
void core_data(struct core *core, const struct who *who, uint64_t line, bool store);

// An address is translated, in a page of 1 << shift bytes.
void core_translate(struct core *core, const struct who *who, uint64_t address, uint64_t physical,
                    uint32_t shift, bool fetch);

void core_branch(struct core *core, const struct who *who, uint64_t address, bool taken);
void core_call(struct core *core, uint32_t hart, uint64_t return_address);
void core_indirect(struct core *core, const struct who *who, uint64_t address, uint64_t target);
void core_return(struct core *core, const struct who *who, uint64_t target);

void core_flush(struct core *core, uint32_t hart); // sfence.vma without an address
// The translation of this page is no longer true, since an access to it has just faulted.
void core_drop(struct core *core, uint32_t hart, uint64_t address, uint64_t physical,
               uint32_t shift);
void core_fence_i(struct core *core, uint32_t hart);
