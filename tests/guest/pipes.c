// Pipes: what goes in comes out, in order, once; and both ends learn of the other's end.
#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "test.h"

static int ends[2]; // of the pipe that the test is about
#define READER ends[0]
#define WRITER ends[1]

static void make_pipe(void)
{
    CHECK_EQUAL(pipe(ends), 0);
}

static uchar pattern(uint64 i)
{
    return i * 7 + (i >> 8) * 13 + (i >> 16);
}

static char buffer[5000];

// Writes the bytes of the pattern from `from` on.
static void send(uint64 from, uint64 size, int fd)
{
    for (uint64 i = 0; i < size; i++)
        buffer[i] = pattern(from + i);
    CHECK_EQUAL(write(fd, buffer, size), size);
}

// Reads until the end with reads of up to so many bytes; how many came, all as in the pattern.
static uint64 receive_all(int fd, uint64 piece)
{
    uint64 done = 0;
    for (int count; (count = read(fd, buffer, piece)) != 0; done += count) {
        CHECK(count > 0 && count <= (int)piece);
        for (int i = 0; i < count; i++) {
            if ((uchar)buffer[i] != pattern(done + i))
                check_failed(__FILE__, __LINE__, "the pattern", done + i, piece);
        }
    }
    return done;
}

TEST(pipe_carries_bytes)
{
    make_pipe();
    CHECK_EQUAL(write(WRITER, "one two", 7), 7);
    char text[20];
    CHECK_EQUAL(read(READER, text, 4), 4);
    CHECK_EQUAL(memcmp(text, "one ", 4), 0);
    CHECK_EQUAL(write(WRITER, " three", 6), 6);
    CHECK_EQUAL(read(READER, text, 20), 9); // what there is
    CHECK_EQUAL(memcmp(text, "two three", 9), 0);
    CHECK_EQUAL(read(READER, text, 0), 0); // and does not wait
    CHECK_EQUAL(write(WRITER, text, 0), 0);
}

// Every piece of the ring, with every size of reads and writes.
TEST(pipe_carries_much)
{
    static const int sizes[] = {1, 7, 8, 511, 512, 513, 3959, 3960, 3961, 4096, 5000};
    static const int pieces[] = {3, 512, 5000};
    enum { SIZES = sizeof sizes / sizeof *sizes, PIECES = sizeof pieces / sizeof *pieces };
    for (uint round = 0; round < SIZES * PIECES; round++) {
        uint64 total = 0;
        int size = sizes[round % SIZES], count = size < 100 ? 600 : 20;
        make_pipe();
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(close(READER), 0);
            for (int i = 0; i < count; i++, total += size)
                send(total, size, WRITER);
            exit(0);
        }
        CHECK_EQUAL(close(WRITER), 0);
        CHECK_EQUAL(receive_all(READER, pieces[round / SIZES]), size * count);
        CHECK_EQUAL(close(READER), 0);
        expect_end(pid, 0);
    }
}

TEST(pipe_read_waits_for_data)
{
    make_pipe();
    for (int i = 0; i < 10; i++) {
        int pid = start();
        if (pid == 0) {
            sleep(i % 2);
            exit(write(WRITER, "word", 4) == 4 ? 0 : FAILED);
        }
        char text[10];
        CHECK_EQUAL(read(READER, text, 10), 4);
        expect_end(pid, 0);
    }
}

// Data that was written is read before the end is seen, and the end by every read.
TEST(pipe_ends_when_all_writers_have)
{
    make_pipe();
    int copy = dup(WRITER);
    int pid = start();
    if (pid == 0)
        exit(write(copy, "last", 4) == 4 ? 0 : FAILED);
    expect_end(pid, 0);
    CHECK_EQUAL(close(WRITER), 0);
    char text[10];
    CHECK_EQUAL(read(READER, text, 10), 4);
    CHECK_EQUAL(write(copy, "x", 1), 1);
    CHECK_EQUAL(close(copy), 0);
    CHECK_EQUAL(read(READER, text, 10), 1);
    CHECK_EQUAL(read(READER, text, 10), 0);
    CHECK_EQUAL(read(READER, text, 10), 0);
}

// Readers that wait see the end when it comes.
TEST(pipe_end_wakes_readers)
{
    make_pipe();
    for (int i = 0; i < 5; i++) {
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(close(WRITER), 0);
            exit(read(READER, buffer, 10) == 0 ? 0 : FAILED);
        }
    }
    sleep(1);
    CHECK_EQUAL(close(WRITER), 0);
    expect_ends(5, 0);
}

TEST(pipe_without_readers)
{
    make_pipe();
    CHECK_EQUAL(write(WRITER, "x", 1), 1);
    CHECK_EQUAL(close(READER), 0);
    CHECK_EQUAL(write(WRITER, "x", 1), -1);
    CHECK_EQUAL(write(WRITER, "x", 1), -1);
}

// Writers that wait learn that nobody will read.
TEST(pipe_end_wakes_writers)
{
    make_pipe();
    for (int i = 0; i < 5; i++) {
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(close(READER), 0);
            while (write(WRITER, buffer, sizeof buffer) > 0)
                ;
            exit(write(WRITER, buffer, sizeof buffer) == -1 ? 0 : FAILED);
        }
    }
    sleep(1);
    CHECK_EQUAL(read(READER, buffer, 100), 100);
    CHECK_EQUAL(close(READER), 0);
    expect_ends(5, 0);
}

TEST(pipe_ends_have_a_direction)
{
    make_pipe();
    struct stat stat;
    CHECK_EQUAL(write(READER, "x", 1), -1);
    CHECK_EQUAL(read(WRITER, buffer, 1), -1);
    CHECK_EQUAL(fstat(READER, &stat), -1);
    CHECK_EQUAL(fstat(WRITER, &stat), -1);
    CHECK_EQUAL(write(WRITER, "x", 1), 1);
    CHECK_EQUAL(read(READER, buffer, 1), 1);
}

// Records of several writers are whole, even those that are larger than the pipe.
enum { WRITERS = 4, RECORDS = 25 };

static void write_records(int tag, int size)
{
    static int record[1250];
    for (int i = 0; i < RECORDS; i++) {
        for (int word = 0; word < size; word++)
            record[word] = tag << 16 | i;
        CHECK_EQUAL(write(WRITER, record, size * sizeof *record), size * sizeof *record);
    }
    exit(0);
}

static void read_whole(void *out, int size)
{
    for (int done = 0, count; done < size; done += count) {
        count = read(READER, (char *)out + done, size - done);
        CHECK(count > 0);
    }
}

static void expect_records(int size)
{
    static int record[1250];
    int seen[WRITERS] = {0};
    make_pipe();
    for (int tag = 0; tag < WRITERS; tag++) {
        int pid = start();
        if (pid == 0)
            write_records(tag, size);
    }
    for (int i = 0; i < WRITERS * RECORDS; i++) {
        read_whole(record, size * sizeof *record);
        int tag = record[0] >> 16;
        CHECK(tag >= 0 && tag < WRITERS);
        for (int word = 0; word < size; word++)
            CHECK_EQUAL(record[word], tag << 16 | seen[tag]);
        seen[tag]++;
    }
    expect_ends(WRITERS, 0);
    CHECK_EQUAL(close(READER), 0);
    CHECK_EQUAL(close(WRITER), 0);
}

TEST(pipe_writes_are_whole)
{
    expect_records(2);
    expect_records(100);
    expect_records(1250);
}

// Several readers share out what is written: each number comes to one of them.
TEST(pipe_has_several_readers)
{
    enum { READERS = 4, NUMBERS = 2000 };
    int sums[2];
    make_pipe();
    CHECK_EQUAL(pipe(sums), 0);
    for (int i = 0; i < READERS; i++) {
        int pid = start();
        if (pid == 0) {
            uint64 number, sum[2] = {0, 0};
            CHECK_EQUAL(close(WRITER), 0);
            while (read(READER, &number, sizeof number) == sizeof number) {
                sum[0] += number;
                sum[1]++;
            }
            CHECK_EQUAL(write(sums[1], sum, sizeof sum), sizeof sum);
            exit(0);
        }
    }
    for (uint64 number = 0; number < NUMBERS; number++)
        CHECK_EQUAL(write(WRITER, &number, sizeof number), sizeof number);
    CHECK_EQUAL(close(WRITER), 0);
    uint64 sum = 0, count = 0, part[2];
    for (int i = 0; i < READERS; i++) {
        CHECK_EQUAL(read(sums[0], part, sizeof part), sizeof part);
        sum += part[0];
        count += part[1];
    }
    CHECK_EQUAL(count, NUMBERS);
    CHECK_EQUAL(sum, (uint64)NUMBERS * (NUMBERS - 1) / 2);
    expect_ends(READERS, 0);
}

// Readers are killed: the one that waits for data, and those that wait for their turn. The others
// go on.
TEST(pipe_readers_are_killed)
{
    int pids[6];
    make_pipe();
    for (int i = 0; i < 6; i++) {
        pids[i] = start();
        if (pids[i] == 0)
            exit(read(READER, buffer, 1) == 1 ? 7 : FAILED);
    }
    sleep(1);
    // Those that wait for their turn first: while another has it, they end all the same. And before
    // there is a byte, which one that had not even begun to read would take, and then end.
    for (int i = 4; i >= 0; i -= 2) {
        CHECK_EQUAL(kill(pids[i]), 0);
        expect_end(pids[i], KILLED);
    }
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(write(WRITER, "x", 1), 1);
    expect_ends(3, 7);
}

TEST(pipe_writers_are_killed)
{
    int pids[6];
    make_pipe();
    for (int i = 0; i < 6; i++) {
        pids[i] = start();
        if (pids[i] == 0) {
            while (write(WRITER, buffer, sizeof buffer) == sizeof buffer)
                ;
            exit(FAILED);
        }
    }
    sleep(1);
    for (int i = 0; i < 6; i++) {
        CHECK_EQUAL(kill(pids[i]), 0);
        expect_end(pids[i], KILLED);
    }
    CHECK_EQUAL(close(WRITER), 0);
    while (read(READER, buffer, sizeof buffer) > 0)
        ;
}

// A writer with much to write and a reader of single bytes.
TEST(pipe_is_emptied_byte_by_byte)
{
    make_pipe();
    int pid = start();
    if (pid == 0) {
        send(0, 5000, WRITER);
        send(5000, 5000, WRITER);
        exit(0);
    }
    CHECK_EQUAL(close(WRITER), 0);
    CHECK_EQUAL(receive_all(READER, 1), 10000);
    expect_end(pid, 0);
}

// What cannot be delivered stays.
TEST(pipe_read_to_bad_addresses)
{
    make_pipe();
    CHECK_EQUAL(write(WRITER, "kept", 4), 4);
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(read(READER, (void *)*bad, 4), -1);
    CHECK_EQUAL(read(READER, 0, 4), -1); // text
    CHECK_EQUAL(read(READER, guard_page(), 4), -1);
    CHECK_EQUAL(read(READER, sbrk(0) - 2, 4), -1); // begins in the heap, and leaves it
    CHECK_EQUAL(system_call(SYS_read, READER, (long)buffer, -1), -1);
    CHECK_EQUAL(system_call(SYS_read, READER, (long)buffer, 0x80000000), -1);
    CHECK_EQUAL(read(READER, buffer, sizeof buffer), 4);
    CHECK_EQUAL(memcmp(buffer, "kept", 4), 0);
}

TEST(pipe_write_from_bad_addresses)
{
    make_pipe();
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(write(WRITER, (void *)*bad, 4), -1);
    CHECK_EQUAL(write(WRITER, guard_page(), 4), -1);
    CHECK_EQUAL(write(WRITER, sbrk(0) - 2, 4), -1);
    CHECK_EQUAL(system_call(SYS_write, WRITER, (long)buffer, -1), -1);
    CHECK_EQUAL(write(WRITER, "x", 1), 1);
    CHECK_EQUAL(read(READER, buffer, sizeof buffer), 1);
}

// A write that is larger than memory ends where memory does, or when nobody reads.
TEST(pipe_write_of_a_huge_size)
{
    make_pipe();
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(close(READER), 0);
        long written = write(WRITER, buffer, 0x7fffffff);
        exit(written > 0 && written < 0x7fffffff ? 0 : FAILED);
    }
    CHECK_EQUAL(close(WRITER), 0);
    while (read(READER, buffer, sizeof buffer) > 0)
        ;
    expect_end(pid, 0);
}

TEST(pipe_to_bad_addresses)
{
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(pipe((int *)*bad), -1);
    CHECK_EQUAL(pipe(0), -1);
    CHECK_EQUAL(pipe((int *)(sbrk(0) - 4)), -1); // room for one
    CHECK_EQUAL(dup(0), 3);                      // they were all given back
    CHECK_EQUAL(dup(0), 4);
}

// The copy-on-write page is the reader's own afterwards.
TEST(row3_pipe_read_into_a_shared_page)
{
    char *page = take_pages(2);
    fill(page, 2, 1);
    make_pipe();
    int watcher = start_at_gate();
    if (watcher == 0)
        exit(is_filled(page, 2, 1) ? 0 : FAILED);
    send(0, 100, WRITER);
    CHECK_EQUAL(read(READER, page + PAGE_SIZE - 50, 100), 100); // across the border
    for (int i = 0; i < 100; i++)
        CHECK_EQUAL((uchar)page[PAGE_SIZE - 50 + i], pattern(i));
    int pid = start();
    if (pid == 0) {
        send(0, 8, WRITER);
        CHECK_EQUAL(read(READER, page, 8), 8);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(memcmp(page, buffer, 8) != 0);
    open_gate();
    expect_end(watcher, 0);
}

TEST(pipe_without_memory)
{
    make_pipe(); // frames for everything else
    CHECK_EQUAL(close(READER), 0);
    CHECK_EQUAL(close(WRITER), 0);
    leave_free(0);
    CHECK_EQUAL(pipe(ends), -1);
    CHECK_EQUAL(dup(0), 3);
    sbrk(-(long)(4 * PAGE_SIZE));
    make_pipe();
    CHECK_EQUAL(audit(), 0); // which sees the pipe's frame
}

// As many pipes as one process can have, in use by several.
TEST(pipes_in_a_ring)
{
    enum { PIPES = 6, ROUNDS = 200 };
    int ring[PIPES][2];
    for (int i = 0; i < PIPES; i++)
        CHECK_EQUAL(pipe(ring[i]), 0);
    CHECK_EQUAL(audit(), 0);
    for (int i = 1; i < PIPES; i++) {
        int pid = start();
        if (pid == 0) {
            int number;
            for (int round = 0; round < ROUNDS; round++) {
                CHECK_EQUAL(read(ring[i - 1][0], &number, sizeof number), sizeof number);
                number++;
                CHECK_EQUAL(write(ring[i][1], &number, sizeof number), sizeof number);
            }
            exit(0);
        }
    }
    for (int round = 0; round < ROUNDS; round++) {
        int number = round * 100;
        CHECK_EQUAL(write(ring[0][1], &number, sizeof number), sizeof number);
        CHECK_EQUAL(read(ring[PIPES - 1][0], &number, sizeof number), sizeof number);
        CHECK_EQUAL(number, round * 100 + PIPES - 1);
    }
    expect_ends(PIPES - 1, 0);
}

// Both ends are closed at the same time on different harts, many times.
TEST(pipe_is_closed_at_both_ends)
{
    for (int i = 0; i < 50; i++) {
        make_pipe();
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(close(READER), 0);
            int written = write(WRITER, buffer, sizeof buffer);
            exit(written == -1 || written == sizeof buffer ? 0 : FAILED);
        }
        CHECK_EQUAL(close(WRITER), 0);
        CHECK(read(READER, buffer, i * 100) >= 0);
        CHECK_EQUAL(close(READER), 0);
        expect_end(pid, 0);
    }
}
