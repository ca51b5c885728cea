// The file system on a disk. The kernel, mkfs and fsck share this file, so it needs nothing but the
// C standard's own headers. All numbers are little-endian; a block is FS_BLOCK_SIZE bytes.
//
//   block 0                superblock
//   log_start ..           the log: its header, then log_blocks - 1 blocks of content
//   inode_start ..         inodes, FS_INODES_PER_BLOCK in a block, the first of them unused
//   bitmap_start ..        one bit per block of the disk, lowest bit first: 1 is in use; the blocks
//                          before data_start are in use
//   data_start ..          the content of files and directories, and blocks of addresses
//
// The parts follow each other in this order without gaps.
#pragma once

#include <stdint.h>

enum {
    FS_BLOCK_SIZE = 1024,
    FS_MAGIC = 0x43775346,
    FS_VERSION = 2,
    FS_LOG_MAGIC = 0x4377464c,
    // Blocks of the log: a smaller one has no room for the largest operation.
    FS_LOG_MIN = 1 + 10,
    FS_ROOT = 1, // the root directory's inode; 0 is none
    FS_NAME_SIZE = 14,
    FS_DIRECT = 11,
    FS_ADDRESSES = FS_BLOCK_SIZE / 4, // in a block of addresses
    FS_MAX_BLOCKS = FS_DIRECT + FS_ADDRESSES + FS_ADDRESSES * FS_ADDRESSES, // of one file
    FS_INODES_PER_BLOCK = FS_BLOCK_SIZE / 64,
    FS_MAX_INODES = 65535,                 // an entry of a directory has 16 bits for the number
    FS_BITS_PER_BLOCK = 8 * FS_BLOCK_SIZE, // of the bitmap
    FS_LOG_LIMIT = FS_BLOCK_SIZE / 4 - 5,  // blocks of content in one commit
};

struct fs_super {
    uint32_t magic, version, block_size;
    uint32_t blocks; // of the whole disk
    uint32_t log_start, log_blocks;
    uint32_t inode_start, inodes; // inodes: their number, 0 included
    uint32_t bitmap_start;
    uint32_t data_start;
    uint32_t checksum; // fs_checksum() of the words before this one
};

// A commit: content[first + i] of the log belongs to block home[i]. With count 0, or a wrong
// checksum, there is none: a header torn by a power cut was never there. A commit stays in the log
// after it has been written to its place, until the next one: doing that twice is harmless.
struct fs_log_header {
    uint32_t magic;
    uint32_t sequence;     // advances with each commit
    uint32_t first, count; // first + count is at most log_blocks - 1
    uint32_t checksum;     // fs_checksum() of the four words before it and of home[0 .. count - 1]
    uint32_t home[FS_LOG_LIMIT];
};

enum fs_type { FS_FREE, FS_DIRECTORY, FS_FILE, FS_DEVICE }; // values of struct stat's type

struct fs_inode {
    uint16_t type;         // enum fs_type
    uint16_t major, minor; // of a device
    uint16_t links;        // entries of directories that lead here, without "." and ".."
    uint32_t size;         // bytes
    // Of blocks of content; then of a block with addresses of such; then of one with addresses of
    // blocks of addresses. 0: none. All blocks before the end of the content are there.
    uint32_t address[FS_DIRECT + 2];
};

// A directory is a file of these. The first two are "." and "..".
struct fs_entry {
    uint16_t inode;          // 0: unused
    char name[FS_NAME_SIZE]; // filled up with zeroes; no zero if all bytes are needed
};

_Static_assert(sizeof(struct fs_inode) == 64, "FS_INODES_PER_BLOCK counts on it");
_Static_assert(sizeof(struct fs_entry) == 16, "struct dirent of kernel/fs.h is the same");
_Static_assert(sizeof(struct fs_log_header) == FS_BLOCK_SIZE, "a header is one block");

// FNV-1a, one word at a time.
static inline uint32_t fs_checksum(uint32_t sum, const uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        sum = (sum ^ words[i]) * 16777619u;
    return sum;
}

#define FS_CHECKSUM_START 2166136261u
