// open frees the blocks of the sample before.

#include "emit.h"
#include "kernel/fcntl.h"
#include "sample.h"
#include "transfer.h"

ABOUT(file_write) = {
    .name = "file_write",
    .title = {.en = "write a new file of 268 KiB on the RAM disk, 4 KiB per call",
              .zh = "在 RAM 盘上写一个 268 KiB 的新文件，每次调用 4 KiB"},
    .unit = {.zh = "字节"},
    .region = {.en = "around 67 calls of `write` of 4 KiB",
               .zh = "67 次 `write`（每次 4 KiB）前后"},
    .covers = {.en = "finding blocks, the log, the RAM disk's copies: at the end of each call its "
                     "data is safe",
               .zh = "查找块，日志，RAM 盘的复制：每次调用结束时数据都是安全的"},
    .omits = {.en = "`open`, which empties the file, `close`; a real disk",
              .zh = "`open`（它清空文件），`close`；真实的磁盘"},
    .budgets = {{.what = {.en = "writing a file", .zh = "写文件"},
                 .limits = {{.variants = "*", .at_most = 4}}}},
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    int file = open(TRANSFER_PATH, O_CREATE | O_TRUNC | O_WRONLY);
    char *buffer = buffer_get();
    uint64 start = sample_start();
    uint64 moved = transfer_all(file, buffer, write_piece);
    sample_keep(start, region_end(), PIECES * PIECE);
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
