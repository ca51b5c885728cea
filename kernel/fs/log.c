#include "fs/log.h"
#include "fs/volume.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/frame.h"

static struct {
    struct spinlock lock; // guards all but what is said to be the commit's
    bool read_only;
    bool closed;              // no operation may join the transaction any more
    uint32_t capacity;        // blocks of one transaction; does not change after the mount
    uint32_t reserved;        // of them, by the operations of the transaction
    uint32_t active;          // operations that have not ended
    uint64_t number, durable; // of the open transaction, and of the last one that is on the disk
    struct queue starters;    // wait to join a transaction
    struct list enders;       // wait list: until their transaction is on the disk
    uint32_t count;
    struct buffer *blocks[FS_LOG_LIMIT]; // of the transaction

    // The commit's: used by one process at a time, when no operation is active.
    struct fs_log_header *header; // the last one written
} log;

bool log_init(void)
{
    struct fs_log_header *header = frame_boot_alloc(sizeof *header);
    if (!header)
        return false;
    memset(&log, 0, sizeof log);
    log.header = header;
    queue_init(&log.starters);
    list_init(&log.enders);
    return true;
}

uint32_t log_capacity(void)
{
    return log.capacity;
}

bool log_is_read_only(void)
{
    return log.read_only;
}

// The disk.

static uint32_t content_block(uint32_t slot)
{
    return volume.super.log_start + 1 + slot;
}

static int flush(void)
{
    return block_transfer(volume.device, BLOCK_FLUSH, 0, 0);
}

static uint32_t header_checksum(const struct fs_log_header *header)
{
    uint32_t sum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)header,
                               offsetof(struct fs_log_header, checksum) / sizeof(uint32_t));
    return fs_checksum(sum, header->home, header->count);
}

static int write_header(void)
{
    log.header->magic = FS_LOG_MAGIC;
    log.header->checksum = header_checksum(log.header);
    if (block_transfer(volume.device, BLOCK_WRITE, volume.super.log_start, log.header))
        return -1;
    return flush();
}

// Writes all blocks of the transaction, at once, into the log or to their homes.
static int write_blocks(bool home)
{
    struct list requests = LIST_EMPTY(requests);
    for (uint32_t i = 0; i < log.count; i++) {
        struct buffer *buffer = log.blocks[i];
        buffer->request.op = BLOCK_WRITE;
        buffer->request.block = home ? buffer->block : content_block(log.header->first + i);
        buffer->request.data = buffer->data;
        list_append(&requests, &buffer->request.link);
    }
    block_submit_all(volume.device, &requests);
    int result = 0;
    for (uint32_t i = 0; i < log.count; i++) {
        if (block_wait(&log.blocks[i]->request))
            result = -1;
    }
    return result;
}

// Finds a place in the log for the content. It must leave that of the last commit alone, which the
// header on the disk tells of; if there is not so much room, that header is made invalid first,
// when the last commit's blocks are in their places for good.
static int choose_place(void)
{
    uint32_t old_end = log.header->first + log.header->count;
    uint32_t size = volume.super.log_blocks - 1;
    if (old_end + log.count <= size) {
        log.header->first = old_end;
        return 0;
    }
    bool fits_before = log.count <= log.header->first;
    log.header->first = 0;
    if (fits_before)
        return 0;
    log.header->count = 0;
    return flush() || write_header() ? -1 : 0;
}

// When this returns 0, the transaction will survive a power cut. The flush between content and
// header also makes durable what the last commit wrote to its homes, which must be so before its
// header is overwritten.
static int make_durable(void)
{
    if (choose_place() || write_blocks(false) || flush())
        return -1;
    log.header->sequence++;
    log.header->count = log.count;
    for (uint32_t i = 0; i < log.count; i++)
        log.header->home[i] = log.blocks[i]->block;
    return write_header();
}

// Transactions.

// Whoever starts an operation wants room for so many blocks. Nobody overtakes a large one, for
// which the transaction has no room left: it is in the next one. Where nothing can be written any
// more, nobody needs to wait. That comes about in a commit only, when no operation is active.
static bool take_room(struct queue *queue, uint64_t blocks)
{
    (void)queue;
    if (log.read_only)
        return true;
    if (log.closed || log.reserved + blocks > log.capacity)
        return false;
    log.active++;
    log.reserved += blocks;
    return true;
}

static const struct queue_kind room = {.take = take_room};

static void fail(void)
{
    print("cowshed: file system: %s cannot be written; it can only be read from now on\n",
          volume.device->name);
    uint64_t flags = spin_lock(&log.lock);
    log.read_only = true;
    wait_wake_all(&log.enders);
    queue_serve(&log.starters, &room);
    spin_unlock(&log.lock, flags);
}

static void announce_durable(void)
{
    uint64_t flags = spin_lock(&log.lock);
    log.durable = log.number;
    wait_wake_all(&log.enders);
    spin_unlock(&log.lock, flags);
}

static void open_next(void)
{
    for (uint32_t i = 0; i < log.count; i++) {
        log.blocks[i]->logged = false;
        buffer_release(log.blocks[i]);
    }
    uint64_t flags = spin_lock(&log.lock);
    log.count = 0;
    log.reserved = 0;
    log.number++;
    log.closed = false;
    queue_serve(&log.starters, &room);
    spin_unlock(&log.lock, flags);
}

// The transaction is closed and has no active operation: nobody changes the blocks meanwhile. Where
// the disk fails, they stay in memory as they are, since what is on the disk is older.
static void commit(void)
{
    if (make_durable()) {
        fail();
        return;
    }
    announce_durable();
    if (write_blocks(true)) {
        fail();
        return;
    }
    open_next();
}

int operation_begin(struct operation *operation, uint32_t blocks)
{
    debug_assert(blocks <= log.capacity);
    *operation = (struct operation){.left = blocks, .reserved = blocks};
    uint64_t flags = spin_lock(&log.lock);
    queue_wait_always(&log.starters, &room, &log.lock, blocks);
    bool joined = !log.read_only;
    spin_unlock(&log.lock, flags);
    return joined ? 0 : -1;
}

void log_write(struct operation *operation, struct buffer *buffer)
{
    operation->wrote = true;
    if (buffer->logged) // changes only under the buffer's mutex, or when no operation is active
        return;
    if (!operation->left--)
        panic("an operation on the file system writes more blocks than it has reserved");
    buffer->logged = true;
    buffer_keep(buffer);
    uint64_t flags = spin_lock(&log.lock);
    log.blocks[log.count++] = buffer;
    spin_unlock(&log.lock, flags);
}

// One that has written nothing gives back its room, and need not wait. The first one that has
// written closes the transaction, so that it does not wait for those who come later. The last one
// commits.
int operation_end(struct operation *operation)
{
    uint64_t flags = spin_lock(&log.lock);
    uint64_t mine = log.number;
    if (operation->wrote) {
        log.closed = true;
    } else {
        log.reserved -= operation->reserved;
        queue_serve(&log.starters, &room);
    }
    if (--log.active == 0 && log.closed) {
        spin_unlock(&log.lock, flags);
        commit();
        flags = spin_lock(&log.lock);
    }
    while (operation->wrote && log.durable < mine && !log.read_only)
        wait_on_always(&log.enders, &log.lock);
    int result = operation->wrote && log.durable < mine ? -1 : 0;
    spin_unlock(&log.lock, flags);
    return result;
}

// Mount.

static bool header_is_right(const struct fs_log_header *header)
{
    uint32_t size = volume.super.log_blocks - 1;
    return header->magic == FS_LOG_MAGIC && header->count <= size && header->first <= size &&
           header->first + header->count <= size && header->checksum == header_checksum(header);
}

// One block of the commit. On a disk that cannot be written the cache keeps it for good, in place
// of what is at its home. 0 or -1.
static int install(uint32_t slot, uint32_t home)
{
    struct buffer *buffer = buffer_get_blank(home);
    int result = block_transfer(volume.device, BLOCK_READ, content_block(slot), buffer->data);
    if (result == 0 && log.read_only)
        buffer_keep(buffer);
    else if (result == 0)
        result = block_transfer(volume.device, BLOCK_WRITE, home, buffer->data);
    buffer->valid = result == 0;
    buffer_put(buffer);
    return result;
}

// The header is made invalid last, when all blocks are in their places: a power cut before that
// leaves the commit, to be written again.
static const char *install_all(void)
{
    struct fs_log_header *header = log.header;
    for (uint32_t i = 0; i < header->count; i++) {
        if (header->home[i] < volume.super.inode_start || header->home[i] >= volume.super.blocks)
            return "the log has a commit for blocks where it cannot be";
    }
    for (uint32_t i = 0; i < header->count; i++) {
        if (install(header->first + i, header->home[i]))
            return "the disk fails";
    }
    if (log.read_only)
        return 0;
    header->first = header->count = 0;
    return flush() || write_header() ? "the disk fails" : 0;
}

const char *log_recover(void)
{
    uint32_t size = volume.super.log_blocks - 1;
    uint32_t half = buffer_count() / 2;
    log.capacity = size < half ? size : half;
    log.read_only = volume.device->read_only;
    log.number = 1;
    log.durable = 0;
    if (block_transfer(volume.device, BLOCK_READ, volume.super.log_start, log.header))
        return "the disk fails";
    if (!header_is_right(log.header))
        log.header->first = log.header->count = 0;
    return log.header->count ? install_all() : 0;
}
