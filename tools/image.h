// The image of a new disk in memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tree.h"

// What the user wants; 0: as it fits the tree.
struct wishes {
    uint64_t blocks;
    uint32_t inodes;
    uint32_t log_blocks;
};

struct image {
    struct fs_super super;
    uint8_t *bytes;      // the blocks in use, which come first; all behind them are zero
    uint32_t used;       // how many those are
    uint32_t next_block; // the first that is not given out
};

// Where each part goes. Ends the program with a message where the tree does not fit.
void image_plan(struct image *image, const struct tree *tree, const struct wishes *wishes);

// Writes the tree into the image that was planned for it.
void image_fill(struct image *image, const struct tree *tree);
