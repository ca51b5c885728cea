// Inodes, and which blocks they use.
#include <inttypes.h>
#include <string.h>

#include "check_state.h"

// The inode whose blocks are looked at.
struct walk {
    uint32_t number;
    uint32_t limit;   // blocks of content that its size gives it
    uint32_t missing; // of these: no address leads to them
};

// Makes the inode the owner of the block. False where the block cannot be its own, so that nobody
// follows an address twice.
static bool claim(struct check *check, const struct walk *walk, uint32_t block)
{
    if (block < check->super.data_start || block >= check->super.blocks) {
        report_fault(check,
                     "%s: address %" PRIu32 " is outside of the data, which is %" PRIu32
                     " to %" PRIu32,
                     place_of(check, walk->number).text, block, check->super.data_start,
                     check->super.blocks - 1);
        return false;
    }
    if (check->owner[block]) {
        report_fault(check, "%s: block %" PRIu32 " is also used by %s",
                     place_of(check, walk->number).text, block,
                     place_of(check, check->owner[block]).text);
        return false;
    }
    check->owner[block] = walk->number;
    return true;
}

// No address leads to these blocks of content, from index on.
static void miss(struct walk *walk, uint32_t index, uint32_t count)
{
    if (index < walk->limit)
        walk->missing += count < walk->limit - index ? count : walk->limit - index;
}

static void claim_content(struct check *check, struct walk *walk, uint32_t block, uint32_t index)
{
    if (!block) {
        miss(walk, index, 1);
        return;
    }
    if (index >= walk->limit)
        report_fault(check,
                     "%s: block %" PRIu32 " lies behind the end, as number %" PRIu32 " of %" PRIu32,
                     place_of(check, walk->number).text, block, index, walk->limit);
    if (claim(check, walk, block))
        check->contents[check->content_count++] = (struct content){index, block};
}

// A block of addresses: of content with level 1, of such blocks with level 2. index: of the first
// block of content that it leads to.
static void claim_table(struct check *check, struct walk *walk, uint32_t block, uint32_t index,
                        int level)
{
    if (!block) {
        miss(walk, index, level == 1 ? FS_ADDRESSES : FS_ADDRESSES * FS_ADDRESSES);
        return;
    }
    if (!claim(check, walk, block))
        return;
    uint32_t addresses[FS_ADDRESSES];
    memcpy(addresses, checked_block(check, block), sizeof(addresses));
    for (uint32_t i = 0; i < FS_ADDRESSES; i++) {
        if (level == 1)
            claim_content(check, walk, addresses[i], index + i);
        else
            claim_table(check, walk, addresses[i], index + i * FS_ADDRESSES, level - 1);
    }
    if (index >= walk->limit)
        report_fault(check, "%s: block %" PRIu32 " of addresses lies behind the end",
                     place_of(check, walk->number).text, block);
}

// One without links is on its way from the disk, or never came to be one: the next mount frees it.
static bool is_in_use(const struct fs_inode *inode)
{
    return inode->links > 0;
}

static void check_size(struct check *check, const struct fs_inode *inode, uint32_t number)
{
    if (inode->size > (uint32_t)FS_MAX_BLOCKS * FS_BLOCK_SIZE)
        report_fault(check, "%s: the size is %" PRIu32 ", and a file has at most %d bytes",
                     place_of(check, number).text, inode->size, FS_MAX_BLOCKS * FS_BLOCK_SIZE);
    if (inode->type == FS_DEVICE && inode->size != 0)
        report_fault(check, "%s: the size is %" PRIu32 ", and a device has none",
                     place_of(check, number).text, inode->size);
    if (inode->type != FS_DIRECTORY || !is_in_use(inode))
        return;
    if (inode->size < 2 * sizeof(struct fs_entry) || inode->size % sizeof(struct fs_entry))
        report_fault(check,
                     "%s: the size is %" PRIu32
                     ", and a directory has 2 or more entries of %zu bytes",
                     place_of(check, number).text, inode->size, sizeof(struct fs_entry));
}

static void check_inode(struct check *check, uint32_t number)
{
    struct fs_inode inode = checked_inode(check, number);
    if (inode.type == FS_FREE)
        return;
    if (inode.type > FS_DEVICE) {
        report_fault(check, "%s: the type is %" PRIu16 ", and there are only %d to %d",
                     place_of(check, number).text, inode.type, FS_FREE, FS_DEVICE);
        return;
    }
    check_size(check, &inode, number);
    struct walk walk = {.number = number,
                        .limit = inode.type == FS_DEVICE ? 0 : blocks_of_size(inode.size)};
    if (walk.limit > FS_MAX_BLOCKS)
        walk.limit = FS_MAX_BLOCKS;
    for (uint32_t i = 0; i < FS_DIRECT; i++)
        claim_content(check, &walk, inode.address[i], i);
    claim_table(check, &walk, inode.address[FS_DIRECT], FS_DIRECT, 1);
    claim_table(check, &walk, inode.address[FS_DIRECT + 1], FS_DIRECT + FS_ADDRESSES, 2);
    if (is_in_use(&inode) && walk.missing)
        report_fault(check, "%s: %" PRIu32 " of the %" PRIu32 " blocks before the end are missing",
                     place_of(check, number).text, walk.missing, walk.limit);
}

void check_blocks(struct check *check)
{
    memset(check->owner, 0, check->super.blocks * sizeof(*check->owner));
    check->content_count = 0;
    if (checked_inode(check, 0).type != FS_FREE)
        report_fault(check, "inode 0: in use, and the number means that there is none");
    if (checked_inode(check, FS_ROOT).type != FS_DIRECTORY)
        report_fault(check, "inode %d: not a directory, and it is the root", FS_ROOT);
    for (uint32_t number = FS_ROOT; number < check->super.inodes; number++) {
        check->start[number] = check->content_count;
        check_inode(check, number);
    }
    check->start[check->super.inodes] = check->content_count;
}
