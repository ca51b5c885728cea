// What the probe is told of a kernel's address space, since it can read neither registers nor page
// tables: who executes at an address, and how large the pages there are.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "events.h"

enum { MAX_RANGES = 16, UNTRANSLATED = 0, USER_PAGE_SHIFT = 12 };

struct range {
    uint64_t first, last;
    enum mode mode;
    uint32_t shift; // a page has 1 << shift bytes; UNTRANSLATED: addresses are physical
};

// Addresses from the first to the last.
struct span {
    uint64_t first, last;
};

// What is in no range is a user's, in pages of 4 KiB.
struct space {
    struct range ranges[MAX_RANGES];
    uint32_t count;
    struct span waiting[MAX_RANGES]; // functions that wait for locks
    uint32_t waiting_count;
    struct span named; // data that symbols name; none: 0 to 0
};

// Reads MODE:FIRST:LAST:SHIFT, addresses in hexadecimal. Returns 0, or what is wrong.
const char *space_read(struct space *space, const char *text);

// Reads FIRST:LAST. Returns 0, or what is wrong.
const char *space_read_waiting(struct space *space, const char *text);
const char *space_read_named(struct space *space, const char *text);

bool space_waits(const struct space *space, uint64_t instruction);

// What data is called by: its own address where it has a name, or that of the instruction that
// accesses it.
uint64_t space_name(const struct space *space, uint64_t address, uint64_t instruction);

enum mode space_mode(const struct space *space, uint64_t address);
uint32_t space_shift(const struct space *space, uint64_t address);
