// Reading, writing and emptying files.
#include "fs/alloc.h"
#include "fs/content.h"
#include "fs/inode_table.h"
#include "fs/volume.h"
#include "lib/string.h"

#define MAX_SIZE ((uint64_t)FS_MAX_BLOCKS * FS_BLOCK_SIZE)

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Reading.

enum { RUN = 16 }; // blocks that are looked up at once

static int read_block(uint32_t block, uint32_t within, struct place to, uint64_t done,
                      uint32_t size)
{
    struct buffer *buffer = buffer_get_shared(block);
    if (!buffer)
        return -1;
    int result = copy_to_place(to, done, (char *)buffer->data + within, size);
    buffer_put_shared(buffer);
    return result;
}

// Reads more than one block, from within the first one. 0 or -1.
static __attribute__((noinline)) int read_blocks(const struct inode *inode, struct place to,
                                                 uint64_t offset, uint64_t size)
{
    uint32_t blocks[RUN], used = 0, count = 0;
    for (uint64_t done = 0; done < size;) {
        uint32_t index = (offset + done) / FS_BLOCK_SIZE, within = (offset + done) % FS_BLOCK_SIZE;
        if (used == count) {
            used = 0;
            count = min(RUN, (offset + size - 1) / FS_BLOCK_SIZE - index + 1);
            if (content_find(inode, index, count, blocks))
                return -1;
            buffer_prefetch(blocks, count);
        }
        uint32_t here = min(FS_BLOCK_SIZE - within, size - done);
        if (read_block(blocks[used++], within, to, done, here))
            return -1;
        done += here;
    }
    return 0;
}

int64_t inode_read(struct inode *inode, struct place to, uint64_t offset, uint64_t size)
{
    if (offset >= inode->disk.size || size == 0)
        return 0;
    size = min(size, inode->disk.size - offset);
    uint32_t within = offset % FS_BLOCK_SIZE, block;
    int result;
    if (within + size > FS_BLOCK_SIZE)
        result = read_blocks(inode, to, offset, size);
    else if (content_find_one(inode, offset / FS_BLOCK_SIZE, &block))
        result = -1;
    else
        result = read_block(block, within, to, 0, size);
    return result ? -1 : (int64_t)size;
}

// Writing.

// Looks whether all of the place can be read, so that no write stops in the middle for that.
static int probe(struct place from, uint64_t size)
{
    char byte;
    for (uint64_t at = 0; from.user && at < size;
         at = align_down(from.address + at, PAGE_SIZE) + PAGE_SIZE - from.address) {
        if (copy_from_place(&byte, from, at, 1))
            return -1;
    }
    return 0;
}

// What writing so many bytes may add to a transaction.
static uint32_t blocks_to_write(uint64_t size)
{
    uint64_t content = size / FS_BLOCK_SIZE + 2;
    uint64_t tables = 3; // where two blocks of addresses meet, and the one above them
    uint64_t bitmap = min(content + tables, alloc_bitmap_blocks());
    uint64_t spare = CONTENT_MAKE_BLOCKS + 1; // write_piece() goes on while it has these
    return min(content + tables + bitmap + spare, log_capacity());
}

// A write that is under way.
struct writing {
    struct inode *inode;
    struct place from;
    uint64_t offset; // of the next byte, in the file
    uint64_t done, size;
};

// The rest of a block that the place could not fill is zeroes: the cache may hold anything there.
static int fill(struct buffer *buffer, uint32_t within, const struct writing *writing,
                uint32_t size)
{
    char *to = (char *)buffer->data + within;
    if (copy_from_place(to, writing->from, writing->done, size) == 0)
        return 0;
    memset(to, 0, size);
    return -1;
}

// Writes up to the end of a block. 0 or -1.
static int write_block(struct operation *operation, struct writing *writing)
{
    uint32_t within = writing->offset % FS_BLOCK_SIZE, block;
    uint32_t here = min(FS_BLOCK_SIZE - within, writing->size - writing->done);
    bool fresh;
    if (content_make(operation, writing->inode, writing->offset / FS_BLOCK_SIZE, &block, &fresh))
        return -1;
    struct buffer *buffer = here == FS_BLOCK_SIZE ? buffer_get_blank(block)
                            : fresh               ? buffer_get_zeroed(block)
                                                  : buffer_get(block);
    if (!buffer)
        return -1;
    int result = fill(buffer, within, writing, here);
    log_write(operation, buffer);
    buffer_put(buffer);
    writing->offset += here;
    if (result == 0)
        writing->done += here;
    return result;
}

// Writes as much as fits into the operation. 0, or -1 where it did not get so far. Locked.
static int write_piece(struct operation *operation, struct writing *writing)
{
    struct inode *inode = writing->inode;
    uint64_t begin = writing->offset;
    if (inode->disk.type != FS_FILE || begin > inode->disk.size)
        return -1;
    writing->size = min(writing->size, writing->done + (MAX_SIZE - begin));
    uint64_t end = begin + (writing->size - writing->done);
    if (end > inode->disk.size && inode_store(operation, inode))
        return -1; // from here on, storing it cannot fail
    int result = 0;
    while (result == 0 && writing->done < writing->size && operation->left > CONTENT_MAKE_BLOCKS)
        result = write_block(operation, writing);
    if (writing->offset > begin && writing->offset > inode->disk.size) {
        inode->disk.size = writing->offset;
        inode_store(operation, inode);
    }
    return result;
}

// One piece. *committed: how far it got is on the disk. 0, or -1 where it did not get so far.
static int write_in_operation(struct writing *writing, bool append, bool *committed)
{
    struct inode *inode = writing->inode;
    struct operation operation;
    *committed = false;
    if (operation_begin(&operation, blocks_to_write(writing->size - writing->done)))
        return -1;
    inode_lock(inode);
    if (append)
        writing->offset = inode->disk.size;
    int result = write_piece(&operation, writing);
    inode_unlock(inode);
    *committed = operation_end(&operation) == 0;
    return *committed ? result : -1;
}

int64_t inode_write(struct inode *inode, struct place from, uint64_t *offset, uint64_t size,
                    bool append)
{
    if (size == 0)
        return 0;
    struct writing writing = {inode, from, *offset, 0, min(size, MAX_SIZE)};
    if (probe(from, writing.size))
        return -1;
    uint64_t durable = 0;
    int result = 0;
    while (result == 0 && writing.done < writing.size) {
        bool committed;
        result = write_in_operation(&writing, append, &committed);
        if (committed)
            durable = writing.done;
    }
    *offset = writing.offset;
    return durable ? (int64_t)durable : -1;
}

// Emptying.

// Where the disk cannot be read, the file may have lost a part of what it was to lose whole.
static int empty_at_once(struct inode *inode)
{
    struct operation operation;
    if (operation_begin(&operation, content_free_blocks()))
        return -1;
    inode_lock(inode);
    int result = -1;
    if (inode_store(&operation, inode) == 0 && content_free(&operation, inode))
        result = 0;
    inode_unlock(inode);
    return operation_end(&operation) ? -1 : result;
}

// The content becomes that of another inode, to which no entry leads. Locked.
static struct inode *move_content(struct operation *operation, struct inode *inode)
{
    struct inode *other = inode_store(operation, inode) ? 0 : inode_create(operation, &inode->disk);
    if (!other)
        return 0;
    inode->disk.size = 0;
    memset(inode->disk.address, 0, sizeof inode->disk.address);
    inode_store(operation, inode);
    return other;
}

// Where the log is too small to free all in one operation: a power cut must not leave half of the
// content. So it is moved whole, and then freed with the inode that has got it.
static int empty_by_moving(struct inode *inode)
{
    struct operation operation;
    if (operation_begin(&operation, 2))
        return -1;
    inode_lock(inode);
    struct inode *other = move_content(&operation, inode);
    inode_unlock(inode);
    int result = operation_end(&operation);
    if (!other)
        return -1;
    inode_put(other);
    return result;
}

int inode_truncate(struct inode *inode)
{
    if (inode->disk.type != FS_FILE)
        return -1;
    if (inode->disk.size == 0)
        return 0; // whoever makes it larger now comes later
    return content_free_blocks() <= log_capacity() ? empty_at_once(inode) : empty_by_moving(inode);
}
