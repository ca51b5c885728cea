// Regions between marks (mark.h), and what is written of them.
//
// The file has a line for each thing, words with a space between:
//     probe 1                          the version of this format
//     program NAME...                  the events of a program
//     core NAME EVENT...               a simulated core, and its events
//     sample MODE=N,N,... ...          of a kept region: for each mode in which anything was
//     executed
//                                      the program's events, then those of each core, in the order
//                                      above; nothing behind the word: no region has ended since
//                                      the last sample
//     makespan N                       of the sample before it, if harts shared it: its time, if
//     they
//                                      ran side by side (rounds.h)
//     wait ADDRESS TIMES N             of it: N instructions were waits for this lock
//     moved ADDRESS TIMES N            of it: lines of this data moved to another hart, N of them
//     to
//                                      be changed; a name as space_name() gives it, as that of a
//                                      lock
//     instruction ADDRESS PHYSICAL BITS MODE N,N,...   of the sample before it, if it was asked
//                                      for: what each instruction caused, as above, with the first
//                                      core alone
//     end N                            so many samples: the file is whole
#pragma once

#include <stdio.h>

#include "flow.h"

enum { PROFILE_NONE = -1, PROFILE_ALL = -2 };

struct regions {
    FILE *out;
    struct counts begin[MAX_HARTS];   // when the region began
    struct counts reading[MAX_HARTS]; // before the last reading of the cycle counter
    struct counts sample;             // the last region that has ended
    bool running, complete;
    uint32_t joined;            // harts that are in a shared region
    bool shared;                // the last region that has ended
    uint64_t makespan;          // of that
    uint64_t begun_at, read_at; // instructions of the hart
    const struct instruction *reader;
    struct profile read_profile; // of the reader, before it
    long profiled; // the number of the sample whose instructions are wanted, or one of these
    uint64_t samples;
};

void regions_open(struct regions *regions, const struct flow *flow);

// The hart is about to execute a mark, or a reading of the cycle counter.
void regions_mark(struct regions *regions, struct flow *flow, uint32_t hart,
                  const struct instruction *instruction);
void regions_reading(struct regions *regions, struct flow *flow, uint32_t hart,
                     const struct instruction *instruction);

void regions_close(struct regions *regions);
