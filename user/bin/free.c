// free: how much memory and how much of the disk is there, and free.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    (void)argv;
    if (argc != 1) {
        fprintf(2, "usage: free\n");
        return 1;
    }
    struct counters now;
    if (counters(COUNTERS_SYSTEM, &now) < 0) {
        fprintf(2, "free: the system does not tell\n");
        return 1;
    }
    printf("%16s %10s %10s %10s\n", "", "total", "free", "lowest");
    printf("%-16s %10lu %10lu %10lu\n", "frames of 4 KiB", now.frames_total, now.frames_free,
           now.frames_free_low);
    struct disk_usage disk;
    if (disk_usage(&disk) < 0)
        return 0; // no file system: nothing to tell of
    printf("%-16s %10lu %10lu\n", "blocks of 1 KiB", disk.blocks, disk.free_blocks);
    printf("%-16s %10lu %10lu\n", "inodes", disk.inodes, disk.free_inodes);
    return 0;
}
