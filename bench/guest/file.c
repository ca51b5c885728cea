// Measured: a file of 268 KiB, the size that every file system of the interface can hold, written
// or read in calls of 4 KiB: file_write makes it anew, so it covers finding blocks, and has it on
// the disk, which is the RAM disk, by the end of each call; file_read finds it in the block cache.
// Not measured: open, which for file_write frees the blocks of the sample before, and close.
//
// The buffer is a heap page, so that the runner has no page more for the benchmarks of fork.

#include "kernel/fcntl.h"
#include "emit.h"
#include "sample.h"

enum { PIECE = 4096, PIECES = 67 };

static const char path[] = "/bench/file";

// Moves all of the file by calls of move(). Bytes moved.
static uint64 move_all(int file, char *buffer, int (*move)(int, void *, int))
{
    uint64 moved = 0;
    for (int i = 0; i < PIECES; i++)
        moved += move(file, buffer, PIECE);
    return moved;
}

static int write_piece(int file, void *buffer, int size)
{
    return write(file, buffer, size);
}

static enum verdict measure_file(int flags, int (*move)(int, void *, int))
{
    int file = open(path, flags);
    char *buffer = sbrk(PIECE);
    memset(buffer, 'x', PIECE);
    uint64 start = sample_start();
    uint64 moved = move_all(file, buffer, move);
    sample_keep(start, cycles_now(), PIECES * PIECE);
    sbrk(-PIECE);
    close(file);
    if (moved != PIECES * PIECE)
        fail("%s: %lu bytes were read or written, not %lu", path, moved, (uint64)PIECES * PIECE);
    return sample_report();
}

static enum verdict measure_write(uint64 pages)
{
    (void)pages;
    return measure_file(O_CREATE | O_TRUNC | O_WRONLY, write_piece);
}

// Where file_write has not run before, the file must be made.
static void make_file(void)
{
    int file = open(path, O_RDONLY);
    if (file < 0) {
        file = open(path, O_CREATE | O_WRONLY);
        char *buffer = sbrk(PIECE);
        move_all(file, buffer, write_piece);
        sbrk(-PIECE);
    }
    close(file);
}

static enum verdict measure_read(uint64 pages)
{
    (void)pages;
    make_file();
    return measure_file(O_RDONLY, read);
}

BENCHMARK(80, file_write) = {
    .family = "file_write",
    .unit = "byte",
    .covers = "write a new file of 268 KiB on the RAM disk, 4 KiB a call",
    .heap = NO_HEAP,
    .switches = 0,
    .measure = measure_write,
};

BENCHMARK(81, file_read) = {
    .family = "file_read",
    .unit = "byte",
    .covers = "read a file of 268 KiB, 4 KiB a call",
    .heap = NO_HEAP,
    .switches = 0,
    .measure = measure_read,
};
