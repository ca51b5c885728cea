// sbrk, bad addresses, memory that runs out.
#include "usertest.h"

void break_moves(void)
{
    char *start_of_heap = sbrk(0);
    CHECK_EQUAL(sbrk(-1), -1);
    for (int size = 1; size < 200000; size = size * 3 + 1) {
        char *old = sbrk(size);
        CHECK_EQUAL(old, start_of_heap);
        CHECK(is_zero(old, size));
        memset(old, 0xa5, size);
        CHECK_EQUAL(sbrk(-size - 1), -1);
        CHECK_EQUAL(sbrk(-size), old + size);
        CHECK_EQUAL(sbrk(0), old);
    }
    for (int i = 0; i < 5000; i++) {
        char *byte = sbrk(1);
        CHECK_EQUAL(byte, start_of_heap + i);
        *byte = i;
    }
    CHECK_EQUAL(sbrk(-0x7fffffff - 1), start_of_heap + 5000); // more than there is: nothing
    CHECK_EQUAL(sbrk(-5000), start_of_heap + 5000);
}

// What lies beyond the break, below the stack or in text ends who touches it.
void memory_that_is_none(void)
{
    char *heap = take_pages(2);
    sbrk(-(int)PAGE_SIZE);
    const uint64 bad[] = {(uint64)heap + PAGE_SIZE,
                          (uint64)guard_page(),
                          (uint64)guard_page() - 8 + PAGE_SIZE,
                          (uint64)memory_that_is_none,
                          1UL << 37,
                          1UL << 38,
                          -8UL};
    for (uint i = 0; i < sizeof bad / sizeof *bad; i++) {
        int pid = start();
        if (pid == 0)
            store_to(bad[i]);
        expect_end(pid, KILLED);
    }
    int pid = start();
    if (pid == 0)
        jump_to((uint64)heap);
    expect_end(pid, KILLED);
}

static int deep(int depth)
{
    volatile char frame[200];
    frame[depth % 200] = depth;
    return depth ? deep(depth - 1) + frame[0] : 0;
}

void stack_that_overflows(void)
{
    int pid = start();
    if (pid == 0)
        exit(deep(10000));
    expect_end(pid, KILLED);
}

// Each call with a pointer, for each address that is no process's.
void bad_pointers(void)
{
    make_file("file", "0123456789", 10);
    int fds[2], fd = open_file("file", O_RDWR), child = start();
    if (child == 0)
        exit(0);
    CHECK_EQUAL(pipe(fds), 0);
    write_whole(fds[1], "0123456789", 10);
    for (const uint64 *at = bad_addresses; *at; at++) {
        char *bad = (char *)*at;
        char *argv[] = {"x", bad, 0};
        CHECK_EQUAL(open(bad, O_RDONLY), -1);
        CHECK_EQUAL(open(bad, O_CREATE), -1);
        CHECK_EQUAL(mkdir(bad), -1);
        CHECK_EQUAL(mknod(bad, 1, 1), -1);
        CHECK_EQUAL(unlink(bad), -1);
        CHECK_EQUAL(chdir(bad), -1);
        CHECK_EQUAL(link(bad, "new"), -1);
        CHECK_EQUAL(link("file", bad), -1);
        CHECK_EQUAL(exec(bad, argv), -1);
        CHECK_EQUAL(exec(own_path, argv), -1);
        CHECK_EQUAL(exec(own_path, (char **)bad), -1);
        CHECK_EQUAL(pipe((int *)bad), -1);
        CHECK_EQUAL(fstat(fd, (struct stat *)bad), -1);
        CHECK_EQUAL(wait((int *)bad), -1);
        CHECK_EQUAL(read(fd, bad, 5), -1);
        CHECK_EQUAL(write(fd, bad, 5), -1);
        CHECK_EQUAL(read(fds[0], bad, 5), -1);
        CHECK_EQUAL(write(fds[1], bad, 5), -1);
        CHECK_EQUAL(write(1, bad, 5), -1);
        CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)bad), -1);
        CHECK_EQUAL(processes((struct process_info *)bad, 10), -1);
        CHECK_EQUAL(disk_usage((struct disk_usage *)bad), -1);
    }
    CHECK_EQUAL(open("new", O_RDONLY), -1);
    expect_end(child, 0);
    close_file(fd);
    remove_file("file");
}

// Memory behind the end of the heap's last page is no place for what a call brings.
void borders(void)
{
    char *page = take_pages(1), *end = page + PAGE_SIZE;
    make_file("file", "0123456789", 10);
    int fd = open_file("file", O_RDWR);
    CHECK_EQUAL(read(fd, end - 4, 4), 4);
    CHECK(memcmp(end - 4, "0123", 4) == 0);
    CHECK(read(fd, end - 4, 5) <= 4); // a part, or none
    CHECK_EQUAL(pipe((int *)(end - 4)), -1);
    CHECK_EQUAL(fstat(fd, (struct stat *)(end - 8)), -1);
    memcpy(end - 4, "file", 4); // no zero before memory ends
    CHECK_EQUAL(open(end - 4, O_RDONLY), -1);
    CHECK_EQUAL(unlink(end - 4), -1);
    memcpy(end - 5, "file", 5);
    CHECK_EQUAL(unlink(end - 5), 0);
    close_file(fd);
}

// Sizes that are negative, or large enough to wrap around.
void sizes_of_reads_and_writes(void)
{
    static const int sizes[] = {-1, -4096, -0x7fffffff, -0x7fffffff - 1};
    int fds[2];
    make_file("file", "0123456789", 10);
    int fd = open_file("file", O_RDWR);
    CHECK_EQUAL(pipe(fds), 0);
    write_whole(fds[1], "ab", 2);
    for (uint i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_EQUAL(read(fd, big, sizes[i]), -1);
        CHECK_EQUAL(write(fd, big, sizes[i]), -1);
        CHECK_EQUAL(read(fds[0], big, sizes[i]), -1);
        CHECK_EQUAL(write(fds[1], big, sizes[i]), -1);
        CHECK_EQUAL(write(1, big, sizes[i]), -1);
    }
    CHECK_EQUAL(read(fd, big, 0), 0);
    CHECK_EQUAL(write(fd, big, 0), 0);
    CHECK_EQUAL(read(fd, big, 0x7fffffff), 10); // what there is, into what there is
    CHECK_EQUAL(read(fds[0], big, 0x7fffffff), 2);
    // Registers are 64 bits wide; of a size the lower 32 count.
    CHECK_EQUAL(system_call(SYS_write, fd, (long)big, 1L << 63), 0);
    CHECK_EQUAL(system_call(SYS_write, fd, (long)big, -1L), -1);
    CHECK_EQUAL(system_call(SYS_read, 1L << 40 | 77, (long)big, 1), -1);
    close_file(fd);
    remove_file("file");
}

void numbers_that_are_no_call(void)
{
    static const long numbers[] = {0,       -1,       27,       100,
                                   1000000, 1L << 32, 1L << 63, (1L << 32) + SYS_getpid};
    for (uint i = 0; i < sizeof numbers / sizeof *numbers; i++)
        CHECK_EQUAL(system_call(numbers[i], 1, 2, 3), -1);
}

// All memory is taken, and each call that needs some is made.
static void calls_without_memory(void)
{
    int fds[2];
    char *argv[] = {own_path, "-x", "status", "7", 0};
    struct stat stat;
    leave_free(0);
    CHECK_EQUAL(fork(), -1);
    CHECK_EQUAL(pipe(fds), -1);
    CHECK_EQUAL(exec(own_path, argv), -1);
    int fd = open("file", O_RDWR);
    CHECK(fd >= 0);
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.size, 10);
    CHECK_EQUAL(write(fd, "xyz", 3), 3);
    CHECK_EQUAL(read(fd, stat.dev ? (char *)&stat : 0, 7), 7);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(mkdir("folder"), 0);
    CHECK_EQUAL(unlink("folder"), 0);
    exit(0);
}

void memory_runs_out(void)
{
    make_file("file", "0123456789", 10);
    int pid = start_at_gate();
    if (pid == 0)
        calls_without_memory();
    open_gate();
    expect_end(pid, 0);
    pid = start(); // all is back
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
    remove_file("file");
}

static void take_and_fork(int number)
{
    for (int round = 0; round < 8; round++) {
        long pages = 200 << (number + round) % 6;
        if (sbrk_mapped(pages * PAGE_SIZE) != (char *)-1) {
            int pid = fork();
            if (pid == 0)
                exit(0);
            if (pid > 0)
                wait(0);
            sbrk(-(int)(pages * PAGE_SIZE));
        }
    }
}

// Several processes want more together than there is. A call fails, or who needs a page for a
// write is killed; the rest goes on.
void memory_runs_out_for_many(void)
{
    int ballast = start_ballast(9000);
    int pid = start_at_gate();
    if (pid == 0) {
        for (int i = 0; i < 6; i++) {
            if (fork() == 0) {
                take_and_fork(i);
                exit(0);
            }
        }
        for (int status; wait(&status) > 0;)
            CHECK(status == 0 || status == KILLED);
        exit(0);
    }
    open_gate();
    int status;
    CHECK_EQUAL(wait(&status), pid);
    CHECK(status == 0 || status == KILLED);
    end_ballast(ballast);
}
