// The runner's arguments.
#pragma once

#include <stdbool.h>

#include "benchmark.h"
#include "kernel/types.h"

#define MAX_PATTERNS 16
#define MAX_ARGUMENT_AXES 4 // with values from arguments

// The requested values of an axis.
struct values {
    const char *axis;
    uint64 value[MAX_VALUES];
    bool used[MAX_VALUES]; // by a selected benchmark
    int count;
};

struct options {
    const char *patterns[MAX_PATTERNS]; // of names or families, with * and ?
    bool matched[MAX_PATTERNS];         // this pattern selected something
    int pattern_count;
    const char *family; // only this one; 0: all
    struct values axes[MAX_ARGUMENT_AXES];
    int axis_count;
    uint64 repeat; // samples; 0: as the benchmark has it
    bool plan;     // only say what would be run
};

// Reads bench=GLOB[,GLOB...], family=NAME, repeat=N, plan=1 and AXIS=N[,N...] for any axis of a
// benchmark. Fails the run on anything else.
void options_read(struct options *options, int count, char **arguments);

// Whether a pattern selects this benchmark, by its name or its family; notes which patterns do.
bool options_select(struct options *options, const char *family, const char *name);

// Whether a pattern selects this family as a whole.
bool options_match(const struct options *options, const char *family);

// The requested values of an axis; 0 if there are none.
struct values *options_values(struct options *options, const char *axis);
