#include "lines.h"

#include <stdio.h>
#include <stdlib.h>

#include "core.h"

// RAM of the machine virt: what is beyond is not looked at.
#define RAM_LINE (0x80000000ul >> LINE_SHIFT)
#define RAM_LINES (0x200000000ul >> LINE_SHIFT) // 8 GiB; the host gives memory for what is used

// A state has a bit for each hart that has the line, and whether one of them has changed it since
// the last one came by it; then that is the only one that has.
enum { CHANGED = 1 << MAX_HARTS };

void lines_open(struct lines *lines)
{
    lines->states = calloc(RAM_LINES, sizeof *lines->states);
    if (!lines->states) {
        fprintf(stderr, "probe: no memory for the lines of the machine\n");
        exit(1);
    }
}

bool lines_access(struct lines *lines, uint32_t hart, uint64_t line, bool store)
{
    if (line - RAM_LINE >= RAM_LINES)
        return false;
    uint16_t *state = &lines->states[line - RAM_LINE];
    uint16_t own = 1 << hart;
    uint16_t others = *state & ~(own | CHANGED);
    if (store) {
        *state = own | CHANGED;
        return others != 0;
    }
    bool moved = others && *state & CHANGED;
    if (moved || !(*state & own))
        *state = (*state & ~CHANGED) | own;
    return moved;
}
