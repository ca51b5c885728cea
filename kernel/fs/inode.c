#include "fs/inode.h"
#include "fs/alloc.h"
#include "fs/content.h"
#include "fs/inode_table.h"
#include "fs/volume.h"
#include "mm/frame.h"

// Guards which inode is in which entry of the table, and the references.
static struct spinlock table_lock;
static struct inode *inodes;
static struct inode **buckets; // chains of inodes, by the low bits of their numbers
static uint32_t bucket_mask;
static struct list idle; // inodes without references; the first one is forgotten first

bool inode_table_init(size_t wanted)
{
    uint32_t bucket_count = 1;
    while (bucket_count < wanted)
        bucket_count *= 2;
    inodes = frame_boot_alloc(wanted * sizeof *inodes);
    buckets = frame_boot_alloc(bucket_count * sizeof(struct inode *));
    if (!inodes || !buckets)
        return false;
    list_init(&idle);
    for (size_t i = 0; i < wanted; i++) {
        mutex_init(&inodes[i].mutex);
        list_append(&idle, &inodes[i].idle_link);
    }
    bucket_mask = bucket_count - 1;
    return true;
}

// Here and below, "locked" is table_lock, unless an inode is spoken of.

static inline struct inode **bucket_of(uint32_t number)
{
    return &buckets[number & bucket_mask];
}

// Locked. Number 0 stands for an entry of the table that was never used.
static inline struct inode *find(uint32_t number)
{
    struct inode *inode = *bucket_of(number);
    while (inode && inode->number != number)
        inode = inode->next;
    return inode;
}

// Locked.
static void forget(struct inode *inode)
{
    struct inode **link = bucket_of(inode->number);
    while (*link != inode)
        link = &(*link)->next;
    *link = inode->next;
}

// An entry of the table for an inode that has none; 0 where all have references. Locked.
static struct inode *recycle(uint32_t number)
{
    struct list *link = list_take(&idle);
    if (!link)
        return 0;
    struct inode *inode = list_entry(link, struct inode, idle_link);
    if (inode->number)
        forget(inode);
    inode->number = number;
    inode->loaded = false;
    inode->next = *bucket_of(number);
    *bucket_of(number) = inode;
    return inode;
}

// A reference to the entry of the table, loaded or not. 0 where the table is full.
static struct inode *refer(uint32_t number)
{
    uint64_t flags = spin_lock(&table_lock);
    struct inode *inode = find(number);
    if (__builtin_expect(!inode, 0))
        inode = recycle(number);
    else if (!inode->references)
        list_remove(&inode->idle_link);
    if (inode)
        inode->references++;
    spin_unlock(&table_lock, flags);
    return inode;
}

// Gives a reference up, whatever becomes of the inode.
static void unrefer(struct inode *inode)
{
    uint64_t flags = spin_lock(&table_lock);
    if (--inode->references == 0)
        list_append(&idle, &inode->idle_link);
    spin_unlock(&table_lock, flags);
}

// The disk.

static struct buffer *get_block(uint32_t number)
{
    return buffer_get(volume.super.inode_start + number / FS_INODES_PER_BLOCK);
}

static struct fs_inode *inode_in(struct buffer *buffer, uint32_t number)
{
    return (struct fs_inode *)buffer->data + number % FS_INODES_PER_BLOCK;
}

static const char *find_damage(const struct fs_inode *disk)
{
    if (disk->type == FS_FREE)
        return "an entry leads to an inode that is free";
    if (disk->type > FS_DEVICE)
        return "an inode has a type that is not known";
    if (disk->size > (uint64_t)FS_MAX_BLOCKS * FS_BLOCK_SIZE)
        return "an inode is larger than a file can be";
    if (disk->type == FS_DIRECTORY && disk->size % sizeof(struct fs_entry))
        return "a directory ends within an entry";
    return 0;
}

// What makes an inode loaded holds the buffer with its block, and not its lock: whoever loads one
// may have locked a directory, and must not wait for somebody who has locked this one and waits for
// that.
static __attribute__((noinline)) int load(struct inode *inode)
{
    struct buffer *buffer = get_block(inode->number);
    if (!buffer)
        return -1;
    const struct fs_inode *disk = inode_in(buffer, inode->number);
    const char *damage = inode->loaded ? 0 : find_damage(disk);
    if (damage)
        volume_damaged(damage, inode->number);
    else if (!inode->loaded)
        inode->disk = *disk;
    atomic_store_explicit(&inode->loaded, !damage, memory_order_release);
    buffer_put(buffer);
    return damage ? -1 : 0;
}

struct inode *inode_get(uint32_t number)
{
    if (number == 0 || number >= volume.super.inodes) {
        volume_damaged("an entry leads to an inode that there is not", number);
        return 0;
    }
    struct inode *inode = refer(number);
    if (!inode)
        return 0;
    if (atomic_load_explicit(&inode->loaded, memory_order_acquire) || load(inode) == 0)
        return inode;
    unrefer(inode);
    return 0;
}

int inode_store(struct operation *operation, const struct inode *inode)
{
    struct buffer *buffer = get_block(inode->number);
    if (!buffer)
        return -1;
    *inode_in(buffer, inode->number) = inode->disk;
    log_write(operation, buffer);
    buffer_put(buffer);
    return 0;
}

// On a disk that is damaged someone may refer to an inode that is free: hence the lock.
static int fill_new(struct operation *operation, struct inode *inode,
                    const struct fs_inode *initial)
{
    inode_lock(inode);
    struct buffer *buffer = get_block(inode->number);
    if (buffer) {
        inode->disk = *initial;
        inode->disk.links = 0;
        *inode_in(buffer, inode->number) = inode->disk;
        inode->loaded = true;
        log_write(operation, buffer);
        buffer_put(buffer);
    }
    inode_unlock(inode);
    return buffer ? 0 : -1;
}

struct inode *inode_create(struct operation *operation, const struct fs_inode *initial)
{
    uint32_t number = inode_number_alloc();
    if (!number)
        return 0;
    struct inode *inode = refer(number);
    if (inode && fill_new(operation, inode, initial) == 0)
        return inode;
    if (inode)
        unrefer(inode);
    inode_number_free(number);
    return 0;
}

// References.

struct inode *inode_share(struct inode *inode)
{
    uint64_t flags = spin_lock(&table_lock);
    inode->references++;
    spin_unlock(&table_lock, flags);
    return inode;
}

// Frees what the inode has, or as much as fits into one operation. 1 when that was all, 0 when it
// was not, -1 where the disk fails.
static int erase_some(struct inode *inode)
{
    uint32_t blocks = content_free_blocks();
    struct operation operation;
    if (operation_begin(&operation, blocks < log_capacity() ? blocks : log_capacity()))
        return -1;
    inode_lock(inode);
    int result = inode_store(&operation, inode);
    if (result == 0 && content_free(&operation, inode)) {
        inode->disk = (struct fs_inode){.type = FS_FREE};
        inode_store(&operation, inode);
        inode->loaded = false;
        result = 1;
    }
    if (operation.failed)
        result = -1;
    inode_unlock(inode);
    return operation_end(&operation) ? -1 : result;
}

// Takes an inode off the disk to which nothing leads any more, and gives up the last reference. Its
// number can be used again when the entry of the table is done with. Where the disk fails, the next
// mount will try it again. Out of line, so that inode_put() has no registers to save for it.
static __attribute__((noinline)) void erase(struct inode *inode)
{
    uint32_t number = inode->number;
    int result;
    do
        result = erase_some(inode);
    while (result == 0);
    unrefer(inode);
    if (result == 1)
        inode_number_free(number);
}

// Whether the last reference goes, and with it the file. With one reference nobody else can change
// the links. Locked.
static inline bool is_last_of_all(const struct inode *inode)
{
    return inode->references == 1 && inode->disk.links == 0 && inode->loaded && !log_is_read_only();
}

void inode_put(struct inode *inode)
{
    uint64_t flags = spin_lock(&table_lock);
    bool last_of_all = is_last_of_all(inode);
    if (!last_of_all && --inode->references == 0)
        list_append(&idle, &inode->idle_link);
    spin_unlock(&table_lock, flags);
    if (last_of_all)
        erase(inode);
}

// Mount.

// Tells of the inodes in one block which are in use. A bit for each to which no entry leads. 0, or
// -1 where the disk fails.
static int look_through(uint32_t first, uint32_t *without_links)
{
    struct buffer *buffer = get_block(first);
    if (!buffer)
        return -1;
    *without_links = 0;
    for (uint32_t i = 0; i < FS_INODES_PER_BLOCK; i++) {
        const struct fs_inode *disk = inode_in(buffer, i);
        uint32_t number = first + i;
        if (number == 0 || number >= volume.super.inodes || disk->type == FS_FREE)
            continue;
        inode_number_used(number);
        if (disk->links == 0)
            *without_links |= 1u << i;
    }
    buffer_put(buffer);
    return 0;
}

const char *inode_table_mount(void)
{
    for (uint32_t first = 0; first < volume.super.inodes; first += FS_INODES_PER_BLOCK) {
        uint32_t without_links;
        if (look_through(first, &without_links))
            return "the disk fails";
        for (uint32_t i = 0; i < FS_INODES_PER_BLOCK; i++) {
            struct inode *inode = without_links & 1u << i ? inode_get(first + i) : 0;
            if (inode)
                inode_put(inode);
        }
    }
    return 0;
}
