// The file is in the block cache.

#include "emit.h"
#include "kernel/fcntl.h"
#include "sample.h"
#include "transfer.h"

ABOUT(file_read) = {
    .name = "file_read",
    .title = {.en = "read a file of 268 KiB, 4 KiB per call",
              .zh = "读一个 268 KiB 的文件，每次调用 4 KiB"},
    .unit = {.zh = "字节"},
    .region = {.en = "around 67 calls of `read` of 4 KiB", .zh = "67 次 `read`（每次 4 KiB）前后"},
    .covers = {.en = "finding blocks in the cache, copying", .zh = "在缓存中查找块，复制"},
    .omits = {.en = "`open`, `close`, any disk", .zh = "`open`，`close`，任何磁盘"},
    .budgets = {{.what = {.en = "reading a file", .zh = "读文件"},
                 .limits = {{.variants = "*", .at_most = 1}}}},
};

static void make_file(void)
{
    int file = open(TRANSFER_PATH, O_CREATE | O_WRONLY);
    char *buffer = buffer_get();
    transfer_all(file, buffer, write_piece);
    buffer_put();
    close(file);
}

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    int file = open(TRANSFER_PATH, O_RDONLY);
    if (file < 0) {
        make_file();
        file = open(TRANSFER_PATH, O_RDONLY);
    }
    char *buffer = buffer_get();
    uint64 start = sample_start();
    uint64 moved = transfer_all(file, buffer, read);
    sample_keep(start, region_end(), PIECES * PIECE);
    buffer_put();
    close(file);
    if (moved != PIECES * PIECE)
        fail("file_read: %lu bytes were read", moved);
    return sample_report();
}

BENCHMARK(81, file_read) = {
    .family = "file_read",
    .unit = "byte",
    .measure = measure,
};
