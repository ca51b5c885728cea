// The runner's arguments.
#pragma once

#include <stdbool.h>

#include "kernel/types.h"

#define MAX_LIST 16 // values of a list

struct options {
    const char *patterns[MAX_LIST]; // of names or families, with * and ?
    bool matched[MAX_LIST];         // this pattern has selected something
    int pattern_count;
    uint64 pages[MAX_LIST];
    int page_count;
    uint64 repeat; // samples; 0: by the number of pages
};

// Reads bench=GLOB[,GLOB...], pages=P[,P...] and repeat=N. Fails the run on anything else.
void options_read(struct options *options, int count, char **arguments);

// Whether a pattern selects this benchmark, by its name or its family.
bool options_select(struct options *options, const char *family, const char *name);
