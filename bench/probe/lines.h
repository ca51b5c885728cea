// Which hart has which line of memory, as caches without a limit would have them: what moves from
// hart to hart because they use the same data, and nothing that a cache is too small for.
//
// A line moves when a hart reads it that another one has written since, or writes it while others
// have it. Lines that harts only read do not move.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lines {
    uint16_t *states; // by the number of the line, from that of RAM's first byte; see lines.c
};

// Ends the process when there is no memory.
void lines_open(struct lines *lines);

// A hart accesses a line of physical memory. Returns whether it had to move there.
bool lines_access(struct lines *lines, uint32_t hart, uint64_t line, bool store);
