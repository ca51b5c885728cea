// What the parts of the plugin share: its arguments, and whether turns are short.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MOST_HARTS = 8 };

struct arguments {
    int64_t quantum, phase;
    int64_t seed;              // -1: none
    bool waits_for_mark;       // start=mark
    const char *changes;       // a file to replay, or 0
    const char *log, *trace;   // files to write, or 0
    int64_t instructions;      // in the region, after which the machine is ended; 0: no end
    int64_t seconds;           // of the machine's time, likewise
    int64_t requests, replies; // descriptors of a server; 0: none
    int harts;
};
extern struct arguments arguments;

// Whether turns are short: a mark said so, or none is waited for.
bool in_region(void);

// Whether the turns of the region come from a seed or a file, not from the clock.
static inline bool is_scheduled(void)
{
    return arguments.seed >= 0 || arguments.changes || arguments.requests;
}

// Ends QEMU with status STATUS_ENDED, and says why.
enum { STATUS_ENDED = 75 };
void end_machine(const char *what, int64_t number) __attribute__((noreturn));

// Reads the arguments of a schedule, and opens its files. False, with a message, where one is
// wrong.
bool take_schedule(int count, char **words);
void close_files(void);
