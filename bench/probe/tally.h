// Tallies: how often something happened, and how much of it, by an address.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct tally_entry {
    uint64_t address, times, amount;
};

// A table with open addressing, at most half full. All zeroes: empty.
struct tally {
    struct tally_entry *entries; // times is 0 where there is none
    size_t size, count;
};

// times is at least 1. Ends the process when there is no memory.
void tally_add(struct tally *tally, uint64_t address, uint64_t times, uint64_t amount);

void tally_clear(struct tally *tally);

// Writes a line for each address, the lowest first: the word, ADDRESS TIMES AMOUNT.
void tally_write(const struct tally *tally, FILE *out, const char *word);
