// The superblock, the log's header and the bitmap.
#include <inttypes.h>
#include <string.h>

#include "check_state.h"

static uint32_t divide_up(uint32_t value, uint32_t by)
{
    return value / by + (value % by != 0);
}

static bool expect(struct check *check, const char *field, uint32_t value, uint32_t right)
{
    if (value == right)
        return true;
    report_fault(check, "superblock: %s is %" PRIu32 ", and should be %" PRIu32, field, value,
                 right);
    return false;
}

static bool expect_range(struct check *check, const char *field, uint32_t value, uint32_t minimum,
                         uint32_t maximum)
{
    if (value >= minimum && value <= maximum)
        return true;
    report_fault(check, "superblock: %s is %" PRIu32 ", and should be %" PRIu32 " to %" PRIu32,
                 field, value, minimum, maximum);
    return false;
}

// The parts lie one after the other, and there is something behind them.
static bool check_layout(struct check *check)
{
    const struct fs_super *super = &check->super;
    bool right = expect_range(check, "the number of the log's blocks", super->log_blocks,
                              FS_LOG_MIN, 1 + FS_LOG_LIMIT);
    right &= expect_range(check, "the number of inodes", super->inodes, 2, FS_MAX_INODES);
    if (!right)
        return false;
    right = expect(check, "the log's first block", super->log_start, 1);
    right &= expect(check, "the inodes' first block", super->inode_start, 1 + super->log_blocks);
    right &= expect(check, "the bitmap's first block", super->bitmap_start,
                    1 + super->log_blocks + divide_up(super->inodes, FS_INODES_PER_BLOCK));
    if (!right)
        return false;
    right = expect(check, "the first block of data", super->data_start,
                   super->bitmap_start + divide_up(super->blocks, FS_BITS_PER_BLOCK));
    if (right && super->data_start >= super->blocks) {
        report_fault(check,
                     "superblock: %" PRIu32 " blocks are too few: the data would start at %" PRIu32,
                     super->blocks, super->data_start);
        return false;
    }
    return right;
}

bool check_super(struct check *check)
{
    if (check->size < FS_BLOCK_SIZE) {
        report_fault(check, "superblock: missing: there are only %zu bytes", check->size);
        return false;
    }
    memcpy(&check->super, check->image, sizeof(check->super));
    const struct fs_super *super = &check->super;
    bool right = expect(check, "the magic number", super->magic, FS_MAGIC);
    right = right && expect(check, "the version", super->version, FS_VERSION);
    right = right && expect(check, "the size of a block", super->block_size, FS_BLOCK_SIZE);
    if (!right)
        return false;
    expect(check, "the checksum", super->checksum,
           fs_checksum(FS_CHECKSUM_START, (const uint32_t *)super,
                       offsetof(struct fs_super, checksum) / sizeof(uint32_t)));
    if (!check_layout(check))
        return false;
    if (super->blocks > check->size / FS_BLOCK_SIZE) {
        report_fault(check,
                     "superblock: the disk has %" PRIu32
                     " blocks, and there are only %zu: it is cut off",
                     super->blocks, check->size / FS_BLOCK_SIZE);
        return false;
    }
    return true;
}

static uint32_t checksum_of_log(const struct fs_log_header *header)
{
    uint32_t sum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)header,
                               offsetof(struct fs_log_header, checksum) / sizeof(uint32_t));
    return fs_checksum(sum, header->home, header->count);
}

// Whether there is a commit that was finished.
static bool has_commit(const struct check *check, struct fs_log_header *header)
{
    memcpy(header, checked_block(check, check->super.log_start), sizeof(*header));
    return header->magic == FS_LOG_MAGIC && header->count > 0 && header->count <= FS_LOG_LIMIT &&
           header->checksum == checksum_of_log(header);
}

static bool is_home(const struct check *check, uint32_t block)
{
    return block >= check->super.inode_start && block < check->super.blocks;
}

// Whether all of the commit is where it belongs, as it is when nothing was cut off.
static bool is_written(const struct check *check, const struct fs_log_header *header)
{
    uint32_t content = check->super.log_start + 1 + header->first;
    for (uint32_t i = 0; i < header->count; i++)
        if (memcmp(checked_block(check, content + i), checked_block(check, header->home[i]),
                   FS_BLOCK_SIZE) != 0)
            return false;
    return true;
}

void check_log(struct check *check)
{
    struct fs_log_header header;
    if (!has_commit(check, &header)) {
        if (header.magic != FS_LOG_MAGIC)
            report_fault(check, "log: the magic number is %#" PRIx32 ", and should be %#x",
                         header.magic, FS_LOG_MAGIC);
        else if (header.count > 0)
            report_note(check, "log: the header is torn: there is no commit");
        return;
    }
    uint32_t room = check->super.log_blocks - 1;
    if (header.first > room || header.count > room - header.first) {
        report_fault(check,
                     "log: the commit has %" PRIu32 " blocks from number %" PRIu32
                     " on, and the log has room for %" PRIu32,
                     header.count, header.first, room);
        return;
    }
    size_t faults = check->faults;
    for (uint32_t i = 0; i < header.count; i++)
        if (!is_home(check, header.home[i]))
            report_fault(check,
                         "log: block %" PRIu32 " of the commit is for block %" PRIu32
                         ", and should be for one from %" PRIu32 " to %" PRIu32,
                         i, header.home[i], check->super.inode_start, check->super.blocks - 1);
    if (check->faults == faults && !is_written(check, &header))
        report_note(
            check,
            "log: commit %" PRIu32 " of %" PRIu32
            " blocks is not yet written to its place; with --replay it is, before the check",
            header.sequence, header.count);
}

static void ignore(void *context, enum fs_finding finding, const char *line)
{
    (void)context, (void)finding, (void)line;
}

size_t fs_replay(uint8_t *image, size_t size)
{
    struct check check = {.image = image, .size = size, .report = ignore};
    struct fs_log_header header;
    if (!check_super(&check) || check.faults || !has_commit(&check, &header))
        return 0;
    check_log(&check);
    if (check.faults || is_written(&check, &header))
        return 0;
    uint32_t content = check.super.log_start + 1 + header.first;
    for (uint32_t i = 0; i < header.count; i++)
        memcpy(image + (size_t)header.home[i] * FS_BLOCK_SIZE, checked_block(&check, content + i),
               FS_BLOCK_SIZE);
    return header.count;
}

static bool is_marked(const struct check *check, uint32_t block)
{
    const uint8_t *bitmap = checked_block(check, check->super.bitmap_start);
    return bitmap[block / 8] >> block % 8 & 1;
}

static bool is_lost(const struct check *check, uint32_t block)
{
    return block < check->super.blocks && is_marked(check, block) && !check->owner[block];
}

void check_bitmap(struct check *check)
{
    for (uint32_t block = 0; block < check->super.data_start; block++)
        if (!is_marked(check, block))
            report_fault(check, "block %" PRIu32 ": before the data, and free in the bitmap",
                         block);
    for (uint32_t block = check->super.data_start; block < check->super.blocks; block++) {
        if (check->owner[block] && !is_marked(check, block))
            report_fault(check, "%s: block %" PRIu32 " is in use, and free in the bitmap",
                         place_of(check, check->owner[block]).text, block);
        if (!is_lost(check, block))
            continue;
        uint32_t last = block;
        while (is_lost(check, last + 1))
            last++;
        if (last == block)
            report_fault(check, "block %" PRIu32 ": lost: used in the bitmap, and by nothing else",
                         block);
        else
            report_fault(check,
                         "blocks %" PRIu32 " to %" PRIu32
                         ": lost: used in the bitmap, and by nothing else",
                         block, last);
        block = last;
    }
}

struct fs_summary fs_summarise(const uint8_t *image)
{
    struct check check = {.image = image};
    memcpy(&check.super, image, sizeof(check.super));
    struct fs_summary summary = {.blocks = check.super.blocks, .inodes = check.super.inodes - 1};
    for (uint32_t block = check.super.data_start; block < check.super.blocks; block++)
        summary.free_blocks += !is_marked(&check, block);
    for (uint32_t number = FS_ROOT; number < check.super.inodes; number++) {
        uint16_t type = checked_inode(&check, number).type;
        summary.free_inodes += type == FS_FREE;
        summary.directories += type == FS_DIRECTORY;
        summary.files += type == FS_FILE;
        summary.devices += type == FS_DEVICE;
    }
    return summary;
}
