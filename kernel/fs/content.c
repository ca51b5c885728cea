#include "fs/content.h"
#include "fs/alloc.h"
#include "fs/inode_table.h"
#include "fs/volume.h"
#include "lib/string.h"

// How a block of the content is reached: the inode's address `slot` leads to it, by way of `tables`
// blocks of addresses, and of their entries.
struct path {
    unsigned slot, tables;
    uint32_t entry[2];
};

static struct path path_to(uint32_t index)
{
    if (index < FS_DIRECT)
        return (struct path){.slot = index};
    index -= FS_DIRECT;
    if (index < FS_ADDRESSES)
        return (struct path){FS_DIRECT, 1, {index}};
    index -= FS_ADDRESSES;
    return (struct path){FS_DIRECT + 1, 2, {index / FS_ADDRESSES, index % FS_ADDRESSES}};
}

// A block that an address leads to: not so 0, which stands for none.
static bool is_sound(uint32_t block)
{
    if (volume_has(block))
        return true;
    volume_damaged("a file has a block that cannot be a file's", block);
    return false;
}

// Reads count entries of a block of addresses. 0 or -1.
static int read_entries(uint32_t table, uint32_t first, uint32_t count, uint32_t *entries)
{
    struct buffer *buffer = is_sound(table) ? buffer_get_shared(table) : 0;
    if (!buffer)
        return -1;
    const uint32_t *from = (const uint32_t *)buffer->data + first;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = from[i];
    buffer_put_shared(buffer);
    return 0;
}

// The addresses on the path to blocks whose entries are in one block of addresses, from the path's
// entry on. 0 or -1.
static int follow(const struct inode *inode, const struct path *path, uint32_t count,
                  uint32_t *blocks)
{
    uint32_t table = inode->disk.address[path->slot];
    for (unsigned level = 0; level + 1 < path->tables; level++) {
        if (read_entries(table, path->entry[level], 1, &table))
            return -1;
    }
    return read_entries(table, path->entry[path->tables - 1], count, blocks);
}

static int find(const struct inode *inode, uint32_t first, uint32_t count, uint32_t *blocks)
{
    while (count && first < FS_DIRECT) {
        *blocks++ = inode->disk.address[first++];
        count--;
    }
    while (count) {
        struct path path = path_to(first);
        uint32_t rest = FS_ADDRESSES - path.entry[path.tables - 1];
        uint32_t here = count < rest ? count : rest;
        if (follow(inode, &path, here, blocks))
            return -1;
        first += here;
        blocks += here;
        count -= here;
    }
    return 0;
}

int content_find(const struct inode *inode, uint32_t first, uint32_t count, uint32_t *blocks)
{
    if (find(inode, first, count, blocks))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_sound(blocks[i]))
            return -1;
    }
    return 0;
}

// Making blocks.

// Where a path ends: the level of the first address on it that is 0, and the block of addresses
// that has it; at level 0 the inode has it.
struct gap {
    unsigned level;
    uint32_t table;
};

// Follows the path. 1: to its end, which is *block. 0: there is a gap. -1: the disk fails.
static int find_gap(const struct inode *inode, const struct path *path, uint32_t *block,
                    struct gap *gap)
{
    *block = inode->disk.address[path->slot];
    *gap = (struct gap){0};
    while (*block && gap->level < path->tables) {
        gap->table = *block;
        if (read_entries(gap->table, path->entry[gap->level++], 1, block))
            return -1;
    }
    return *block ? 1 : 0;
}

// All or none. 0 or -1.
static int alloc_all(struct operation *operation, uint32_t *blocks, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = block_alloc(operation);
        if (!blocks[i]) {
            blocks_free(operation, blocks, i, 0);
            return -1;
        }
    }
    return 0;
}

// A new block of addresses with one entry. Nothing is read, so it cannot fail.
static void write_table(struct operation *operation, uint32_t table, uint32_t entry, uint32_t block)
{
    struct buffer *buffer = buffer_get_zeroed(table);
    ((uint32_t *)buffer->data)[entry] = block;
    log_write(operation, buffer);
    buffer_put(buffer);
}

// Closes the gap with a block. 0 or -1.
static int close_gap(struct operation *operation, struct inode *inode, const struct path *path,
                     const struct gap *gap, uint32_t block)
{
    if (gap->level == 0) {
        inode->disk.address[path->slot] = block;
        if (inode_store(operation, inode) == 0)
            return 0;
        inode->disk.address[path->slot] = 0;
        return -1;
    }
    struct buffer *buffer = buffer_get(gap->table);
    if (!buffer)
        return -1;
    ((uint32_t *)buffer->data)[path->entry[gap->level - 1]] = block;
    log_write(operation, buffer);
    buffer_put(buffer);
    return 0;
}

// The steps that can fail come first, or change nothing then.
int content_make(struct operation *operation, struct inode *inode, uint32_t index, uint32_t *block,
                 bool *fresh)
{
    struct path path = path_to(index);
    struct gap gap;
    int found = find_gap(inode, &path, block, &gap);
    *fresh = found == 0;
    if (found)
        return found > 0 && is_sound(*block) ? 0 : -1;
    uint32_t made[3] = {0};
    unsigned count = path.tables - gap.level + 1;
    if (alloc_all(operation, made, count))
        return -1;
    for (unsigned i = 0; i + 1 < count; i++)
        write_table(operation, made[i], path.entry[gap.level + i], made[i + 1]);
    if (close_gap(operation, inode, &path, &gap, made[0])) {
        blocks_free(operation, made, count, 0);
        return -1;
    }
    *block = made[count - 1];
    return 0;
}

// Freeing, from the end of the content to its beginning.

enum {
    FREE_KEEP = 2,   // for two blocks of addresses, where it does not go on
    FREE_CHUNK = 32, // addresses that are copied out of a block at once
};

uint32_t content_free_blocks(void)
{
    return alloc_bitmap_blocks() + FREE_KEEP + 1;
}

// Where freeing stops in the middle: what a block of addresses led to from this entry on is free.
static int cut_table(struct operation *operation, uint32_t table, uint32_t from)
{
    struct buffer *buffer = buffer_get(table);
    if (!buffer)
        return -1;
    memset((uint32_t *)buffer->data + from, 0, (FS_ADDRESSES - from) * sizeof(uint32_t));
    log_write(operation, buffer);
    buffer_put(buffer);
    return 0;
}

static uint32_t free_trees(struct operation *operation, const uint32_t *roots, uint32_t count,
                           unsigned tables);

// How many entries of the block of addresses are left, the first ones.
static uint32_t free_entries(struct operation *operation, uint32_t table, unsigned tables)
{
    uint32_t chunk[FREE_CHUNK];
    for (uint32_t end = FS_ADDRESSES; end; end -= FREE_CHUNK) {
        if (read_entries(table, end - FREE_CHUNK, FREE_CHUNK, chunk)) {
            operation->failed = true;
            return end;
        }
        uint32_t left = free_trees(operation, chunk, FREE_CHUNK, tables - 1);
        if (left)
            return end - FREE_CHUNK + left;
    }
    return 0;
}

// True when it is all free. If not, what is left of it hangs at the root as before; but where the
// disk fails to read the root a second time that is lost, until fsck.
static bool free_tree(struct operation *operation, uint32_t root, unsigned tables)
{
    uint32_t left = free_entries(operation, root, tables);
    if (left == 0 && blocks_free(operation, &root, 1, FREE_KEEP) == 0)
        return true;
    return cut_table(operation, root, left) != 0;
}

// Frees trees with `tables` levels of blocks of addresses above the content, from the last one to
// the first. How many are left. Goes no deeper than two levels.
static uint32_t free_trees(struct operation *operation, const uint32_t *roots, uint32_t count,
                           unsigned tables)
{
    if (tables == 0)
        return blocks_free(operation, roots, count, FREE_KEEP);
    for (; count; count--) {
        uint32_t root = roots[count - 1];
        if (root && is_sound(root) && !free_tree(operation, root, tables))
            break;
    }
    return count;
}

bool content_free(struct operation *operation, struct inode *inode)
{
    uint32_t *address = inode->disk.address;
    bool all = true;
    for (unsigned tables = 2; tables && all; tables--) {
        uint32_t *root = &address[FS_DIRECT - 1 + tables];
        all = free_trees(operation, root, 1, tables) == 0;
        if (all)
            *root = 0;
    }
    uint32_t left = all ? free_trees(operation, address, FS_DIRECT, 0) : FS_DIRECT;
    memset(address + left, 0, (FS_DIRECT - left) * sizeof *address);
    if (left == 0)
        inode->disk.size = 0;
    inode_store(operation, inode);
    return left == 0;
}
