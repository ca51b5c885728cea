// Zipf's law: of `count` ranks, rank r (from 1) is drawn with a probability proportional to 1/r. So
// few are drawn often and most rarely, like the keys of a store. (The common benchmark
// YCSB has the exponent 0.99 in place of 1, which hardly differs.)
//
// Drawn by Walker's alias method: each rank has a column of equal height, which it fills from the
// ground up to a threshold; above that the column belongs to one other rank, the alias. A draw is
// a column and a height in it. The table is made of integers; probabilities are accurate to
// 2^-26 of their value.
#pragma once

#include "kernel/types.h"

struct zipf_column {
    uint32 threshold; // of a height of 2^32
    uint32 alias;     // a rank, from 0
};

// Fills the columns; count is from 1 to 2^24.
void zipf_fill(struct zipf_column *columns, uint64 count);

// A rank from 0 to below count. random: 64 bits, all of which are used.
static inline uint64 zipf_draw(const struct zipf_column *columns, uint64 count, uint64 random)
{
    uint64 rank = (random >> 32) * count >> 32;
    const struct zipf_column *column = &columns[rank];
    return (uint32)random < column->threshold ? rank : column->alias;
}
