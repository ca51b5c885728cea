// Rounds of turns: how long the harts of a machine, which QEMU runs one after the other, would take
// if they ran side by side.
//
// A round is a turn of each hart that does not sleep, in the order of their numbers. Side by side
// it takes as long as its longest turn; the makespan is the sum of these. Turns have to be short
// beside what the harts wait for (bench/turns).
#pragma once

#include <stdint.h>

struct rounds {
    uint32_t hart;     // whose turn it is
    uint64_t begun;    // instructions that it had executed before
    uint64_t longest;  // turn of this round so far
    uint64_t makespan; // of all rounds before this one
};

// A region begins, or all is forgotten; the hart has executed so many instructions.
void rounds_begin(struct rounds *rounds, uint32_t hart, uint64_t executed);

// The turn of one hart ends, at so many instructions, and that of another one begins, at so many.
void rounds_change(struct rounds *rounds, uint64_t ended, uint32_t hart, uint64_t begun);

// The makespan, when the hart whose turn it is has executed so many instructions.
uint64_t rounds_makespan(const struct rounds *rounds, uint64_t executed);
