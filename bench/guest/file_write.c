// Measured: a file of 268 KiB made anew in calls of 4 KiB; so it covers finding blocks, and has it
// on the disk, which is the RAM disk, by the end of each call. Not measured: open, which frees the
// blocks of the sample before, and close.

#include "emit.h"
#include "kernel/fcntl.h"
#include "sample.h"
#include "transfer.h"

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    int file = open(TRANSFER_PATH, O_CREATE | O_TRUNC | O_WRONLY);
    char *buffer = buffer_get();
    uint64 start = sample_start();
    uint64 moved = transfer_all(file, buffer, write_piece);
    sample_keep(start, cycles_now(), PIECES * PIECE);
    buffer_put();
    close(file);
    if (moved != PIECES * PIECE)
        fail("file_write: %lu bytes were written", moved);
    return sample_report();
}

BENCHMARK(80, file_write) = {
    .family = "file_write",
    .unit = "byte",
    .measure = measure,
};
