#include "fs/mount.h"
#include "fs/alloc.h"
#include "fs/inode_table.h"
#include "fs/namespace.h"
#include "fs/volume.h"
#include "kernel/param.h"
#include "lib/string.h"
#include "mm/frame.h"

enum {
    MIN_BUFFERS = 256,
    MAX_BUFFERS = 4096,
    MIN_INODES = 256,
    // What a process can refer to: its files, its directory, and three more in a call.
    INODES_PER_PROCESS = NOFILE + 1 + 3,
};

_Static_assert((int)MIN_BUFFERS > (int)FS_LOG_LIMIT,
               "a commit on a disk that cannot be written leaves some (log.c)");

static struct inode *root;

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool fs_init(uint64_t frames, uint64_t procs)
{
    uint64_t bytes = frames * PAGE_SIZE / 64;
    root = 0;
    volume.device = 0;
    return buffer_init(clamp(bytes / BLOCK_SIZE, MIN_BUFFERS, MAX_BUFFERS)) && log_init() &&
           inode_table_init(clamp(procs * INODES_PER_PROCESS, MIN_INODES, FS_MAX_INODES));
}

// The sums do not wrap: each part is checked to be small before it is added.
static const char *check_layout(const struct fs_super *super)
{
    if (super->log_blocks < FS_LOG_MIN || super->log_blocks > 1 + FS_LOG_LIMIT)
        return "its log has a size that is not possible";
    if (super->inodes <= FS_ROOT || super->inodes > FS_MAX_INODES)
        return "it has a number of inodes that is not possible";
    uint64_t inode_start = 1 + super->log_blocks;
    uint64_t bitmap_start =
        inode_start + (super->inodes + FS_INODES_PER_BLOCK - 1) / FS_INODES_PER_BLOCK;
    uint64_t data_start =
        bitmap_start + ((uint64_t)super->blocks + FS_BITS_PER_BLOCK - 1) / FS_BITS_PER_BLOCK;
    if (super->log_start != 1 || super->inode_start != inode_start ||
        super->bitmap_start != bitmap_start || super->data_start != data_start)
        return "its parts do not follow each other";
    return data_start < super->blocks ? 0 : "it has no room for content";
}

static const char *check(const struct fs_super *super)
{
    uint32_t sum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)super,
                               offsetof(struct fs_super, checksum) / sizeof(uint32_t));
    if (super->magic != FS_MAGIC)
        return "there is no file system on it";
    if (super->version != FS_VERSION || super->block_size != FS_BLOCK_SIZE)
        return "its file system is of another version";
    if (super->checksum != sum)
        return "its superblock is damaged";
    if (super->blocks > volume.device->blocks)
        return "it is smaller than its file system";
    return check_layout(super);
}

// By way of the cache's block 0, which nobody else asks for.
static const char *read_super(void)
{
    struct buffer *buffer = buffer_get(0);
    if (!buffer)
        return "it cannot be read";
    volume.super = *(const struct fs_super *)buffer->data;
    buffer_put(buffer);
    return check(&volume.super);
}

static const char *open_root(void)
{
    root = inode_get(FS_ROOT);
    if (!root || inode_type(root) != FS_DIRECTORY || inode_links(root) == 0)
        return "its root is not a directory";
    return 0;
}

static const char *mount(void)
{
    const char *wrong = read_super();
    if (!wrong)
        wrong = log_recover();
    if (!wrong)
        wrong = alloc_mount();
    if (!wrong)
        wrong = inode_table_mount();
    return wrong ? wrong : open_root();
}

const char *fs_mount(struct block_device *device)
{
    volume.device = device;
    const char *wrong = mount();
    if (wrong)
        volume.device = 0;
    return wrong;
}

struct inode *fs_root(void)
{
    return inode_share(root);
}

void fs_usage(struct disk_usage *usage)
{
    *usage = (struct disk_usage){
        .blocks = volume.super.blocks,
        .free_blocks = alloc_free_blocks(),
        .inodes = volume.super.inodes,
        .free_inodes = alloc_free_inodes(),
    };
}
