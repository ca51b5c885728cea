#include "usertest.h"

uchar big[BIG_SIZE];

int open_file(const char *path, int flags)
{
    int fd = open(path, flags);
    if (fd < 0)
        printf("# open %s with flags %x\n", path, flags);
    CHECK(fd >= 0);
    return fd;
}

void close_file(int fd)
{
    CHECK_EQUAL(close(fd), 0);
}

void write_whole(int fd, const void *from, int size)
{
    CHECK_EQUAL(write(fd, from, size), size);
}

void read_whole(int fd, void *to, int size)
{
    for (int done = 0, got; done < size; done += got) {
        got = read(fd, (char *)to + done, size - done);
        CHECK(got > 0);
    }
}

void make_file(const char *path, const void *content, int size)
{
    int fd = open_file(path, O_CREATE | O_TRUNC | O_WRONLY);
    write_whole(fd, content, size);
    close_file(fd);
}

void remove_file(const char *path)
{
    if (unlink(path)) {
        printf("# unlink %s\n", path);
        CHECK(0);
    }
}

static uchar byte_at(uint seed, uint offset)
{
    return (seed * 31 + offset) * 0x9e3779b1 >> 23;
}

void fill_bytes(uchar *bytes, int size, uint seed, uint offset)
{
    for (int i = 0; i < size; i++)
        bytes[i] = byte_at(seed, offset + i);
}

int are_bytes(const uchar *bytes, int size, uint seed, uint offset)
{
    for (int i = 0; i < size; i++) {
        if (bytes[i] != byte_at(seed, offset + i))
            return 0;
    }
    return 1;
}

void make_pattern_file(const char *path, int size, uint seed)
{
    int fd = open_file(path, O_CREATE | O_TRUNC | O_WRONLY);
    for (int at = 0, piece; at < size; at += piece) {
        piece = size - at < BIG_SIZE ? size - at : BIG_SIZE;
        fill_bytes(big, piece, seed, at);
        write_whole(fd, big, piece);
    }
    close_file(fd);
}

void check_pattern_file(const char *path, int size, uint seed)
{
    struct stat stat;
    int fd = open_file(path, O_RDONLY);
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.size, size);
    for (int at = 0, got; at < size; at += got) {
        got = read(fd, big, BIG_SIZE);
        CHECK(got > 0);
        CHECK(are_bytes(big, got, seed, at));
    }
    CHECK_EQUAL(read(fd, big, 1), 0);
    close_file(fd);
}

uint64 free_blocks(void)
{
    struct disk_usage usage;
    CHECK_EQUAL(disk_usage(&usage), 0);
    return usage.free_blocks;
}

uint64 free_inodes(void)
{
    struct disk_usage usage;
    CHECK_EQUAL(disk_usage(&usage), 0);
    return usage.free_inodes;
}

const char *numbered(const char *start, int number)
{
    static char name[32];
    char digits[12];
    int count = 0;
    strcpy(name, start);
    do
        digits[count++] = '0' + number % 10;
    while (number /= 10);
    for (char *end = name + strlen(name); count; *end = 0)
        *end++ = digits[--count];
    return name;
}

void run_at_once(int count, void (*work)(int))
{
    int gate[2];
    CHECK_EQUAL(pipe(gate), 0);
    for (int i = 0; i < count; i++) {
        if (start() == 0) {
            char byte;
            close(gate[1]);
            read(gate[0], &byte, 1); // until all are there
            close(gate[0]);
            work(i);
            exit(0);
        }
    }
    close_file(gate[1]);
    close_file(gate[0]);
    expect_ends(count, 0);
}
