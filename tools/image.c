#include "image.h"

#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LOG = 1 + FS_LOG_LIMIT,
    BLOCKS_PER_LOG_BLOCK = 8,     // a log has an eighth of a small disk
    BLOCKS_PER_INODE = 8,         // an inode for each 8 KiB of the disk, and
    SPARE_INODES = 64,            // at least so many to make new files with
    SPARE_BLOCKS = 1024,          // a disk has a quarter more than is needed, and 1 MiB
    MIN_DEFAULT_BLOCKS = 4 << 10, // 4 MiB
};

static uint64_t divide_up(uint64_t value, uint64_t by)
{
    return (value + by - 1) / by;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// Blocks of content and of addresses.
static uint64_t blocks_of(const struct object *object)
{
    uint64_t content = divide_up(object->size, FS_BLOCK_SIZE);
    uint64_t blocks = content;
    if (content > FS_DIRECT)
        blocks += 1;
    if (content > FS_DIRECT + FS_ADDRESSES)
        blocks += 1 + divide_up(content - FS_DIRECT - FS_ADDRESSES, FS_ADDRESSES);
    return blocks;
}

// The parts of a disk of so many blocks.
static struct fs_super layout(const struct tree *tree, const struct wishes *wishes, uint64_t blocks)
{
    struct fs_super super = {
        .magic = FS_MAGIC,
        .version = FS_VERSION,
        .block_size = FS_BLOCK_SIZE,
        .blocks = (uint32_t)blocks,
        .log_start = 1,
        .log_blocks = wishes->log_blocks,
        .inodes = wishes->inodes,
    };
    if (!super.log_blocks)
        super.log_blocks =
            (uint32_t)larger(FS_LOG_MIN, smaller(MAX_LOG, blocks / BLOCKS_PER_LOG_BLOCK));
    if (!super.inodes)
        super.inodes = (uint32_t)smaller(
            FS_MAX_INODES, larger(tree->count + SPARE_INODES, blocks / BLOCKS_PER_INODE));
    super.inode_start = super.log_start + super.log_blocks;
    super.bitmap_start = super.inode_start + (uint32_t)divide_up(super.inodes, FS_INODES_PER_BLOCK);
    super.data_start = super.bitmap_start + (uint32_t)divide_up(blocks, FS_BITS_PER_BLOCK);
    super.checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)&super,
                                 offsetof(struct fs_super, checksum) / sizeof(uint32_t));
    return super;
}

static uint64_t blocks_needed(const struct tree *tree, const struct wishes *wishes, uint64_t blocks,
                              uint64_t data)
{
    return layout(tree, wishes, blocks).data_start + data;
}

// The smallest disk that has room for the data.
static uint64_t smallest(const struct tree *tree, const struct wishes *wishes, uint64_t data)
{
    uint64_t blocks = data;
    for (uint64_t needed; blocks < (needed = blocks_needed(tree, wishes, blocks, data));)
        blocks = needed;
    return blocks;
}

void image_plan(struct image *image, const struct tree *tree, const struct wishes *wishes)
{
    const char *folder = tree->objects[FS_ROOT]->path;
    uint32_t inodes = wishes->inodes ? wishes->inodes : FS_MAX_INODES;
    if (tree->count > inodes)
        errx(1, "%s: it needs %zu inodes, number 0 included, and the disk has at most %" PRIu32,
             folder, tree->count, inodes);
    uint64_t data = 0;
    for (size_t i = FS_ROOT; i < tree->count; i++)
        data += blocks_of(tree->objects[i]);
    uint64_t needed = smallest(tree, wishes, data);
    uint64_t blocks = wishes->blocks;
    if (!blocks)
        blocks = larger(MIN_DEFAULT_BLOCKS, needed + needed / 4 + SPARE_BLOCKS);
    if (blocks > UINT32_MAX)
        errx(1, "%s: too large: a disk has at most %" PRIu32 " blocks", folder, UINT32_MAX);
    if (blocks < blocks_needed(tree, wishes, blocks, data))
        errx(1, "%s: the disk is too small with %" PRIu64 " KiB; it needs at least %" PRIu64 "K",
             folder, blocks, needed);
    image->super = layout(tree, wishes, blocks);
    image->used = image->super.data_start + (uint32_t)data;
    image->next_block = image->super.data_start;
}

static uint8_t *block_at(const struct image *image, uint32_t block)
{
    return image->bytes + (size_t)block * FS_BLOCK_SIZE;
}

// The block whose address is in the slot, a new one where there is none.
static uint8_t *get_block(struct image *image, uint32_t *slot)
{
    if (!*slot)
        *slot = image->next_block++;
    return block_at(image, *slot);
}

// Where the address of a file's block of content is kept. Makes blocks of addresses on the way.
static uint32_t *slot_of(struct image *image, struct fs_inode *inode, uint32_t index)
{
    if (index < FS_DIRECT)
        return &inode->address[index];
    index -= FS_DIRECT;
    if (index < FS_ADDRESSES)
        return (uint32_t *)get_block(image, &inode->address[FS_DIRECT]) + index;
    index -= FS_ADDRESSES;
    uint32_t *tables = (uint32_t *)get_block(image, &inode->address[FS_DIRECT + 1]);
    return (uint32_t *)get_block(image, &tables[index / FS_ADDRESSES]) + index % FS_ADDRESSES;
}

static void write_object(struct image *image, const struct object *object)
{
    struct fs_inode *inodes = (struct fs_inode *)block_at(image, image->super.inode_start);
    struct fs_inode *inode = &inodes[object->number];
    inode->type = (uint16_t)object->type;
    inode->major = object->major;
    inode->minor = object->minor;
    inode->links = (uint16_t)object->links;
    inode->size = (uint32_t)object->size;
    for (size_t done = 0; done < object->size; done += FS_BLOCK_SIZE) {
        uint8_t *block = get_block(image, slot_of(image, inode, (uint32_t)(done / FS_BLOCK_SIZE)));
        memcpy(block, object->content + done, smaller(FS_BLOCK_SIZE, object->size - done));
    }
}

void image_fill(struct image *image, const struct tree *tree)
{
    image->bytes = calloc(image->used, FS_BLOCK_SIZE);
    if (!image->bytes)
        err(1, "no memory for an image of %" PRIu32 " KiB", image->used);
    memcpy(image->bytes, &image->super, sizeof(image->super));
    struct fs_log_header *log = (struct fs_log_header *)block_at(image, image->super.log_start);
    log->magic = FS_LOG_MAGIC;
    log->checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)log,
                                offsetof(struct fs_log_header, checksum) / sizeof(uint32_t));
    for (size_t i = FS_ROOT; i < tree->count; i++)
        write_object(image, tree->objects[i]);
    uint8_t *bitmap = block_at(image, image->super.bitmap_start);
    for (uint32_t block = 0; block < image->used; block++)
        bitmap[block / 8] |= (uint8_t)(1u << block % 8);
}
