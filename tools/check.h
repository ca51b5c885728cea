// Checks a file system that lies in memory. Without state of its own: may be linked into other
// programs, and used by several threads on images of their own. No image whatever makes it read
// outside of the image, or take longer than the image is large.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fs_finding {
    FS_FAULT, // the file system is damaged
    FS_NOTE,  // a state that a power cut may leave, and that the next mount puts right
};

// Takes one finding, as a line without its end: the place, a colon, what is wrong.
typedef void fs_report(void *context, enum fs_finding finding, const char *line);

// Whether it looks like a file system at all: the magic number is there.
bool fs_recognise(const uint8_t *image, size_t size);

// Checks the image of so many bytes and reports all findings. How many faults there are.
//
// The superblock, and all that it says, against the size; the log's header; each inode: type,
// size, addresses; blocks that are used twice, in use but free, or lost; directories: their first
// two entries, names, where entries lead, nothing reached twice; links.
size_t fs_check(const uint8_t *image, size_t size, fs_report *report, void *context);

// Writes what is committed in the log to its place, as a mount does. How many blocks those were: 0
// where there is no commit, where it is in its place already, or where the superblock or the log is
// damaged.
size_t fs_replay(uint8_t *image, size_t size);

// Takes one name on the disk: "inode type links size path", of a device its numbers as size. Bytes
// of the path that do not print are written as \xNN, the backslash as \\.
typedef void fs_list_line(void *context, const char *line);

// Lists all names, directories before what is in them. The image may be damaged.
void fs_list(const uint8_t *image, size_t size, fs_list_line *line, void *context);

struct fs_summary {
    uint32_t blocks, free_blocks;
    uint32_t inodes, free_inodes; // number 0 is in neither
    uint32_t directories, files, devices;
};

// Counts what the bitmap and the inodes say. The superblock is right.
struct fs_summary fs_summarise(const uint8_t *image);
