// System calls on files: right results, wrong arguments, and that no failed call leaves anything.
// Every test removes the files that it makes; the runner looks for lost blocks and inodes.
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"
#include "test.h"

static char buffer[4096];

static int make_file(const char *path)
{
    int fd = open(path, O_CREATE | O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static void write_text(int fd, const char *text)
{
    CHECK_EQUAL(write(fd, text, strlen(text)), strlen(text));
}

static void make_text_file(const char *path, const char *text)
{
    int fd = make_file(path);
    write_text(fd, text);
    CHECK_EQUAL(close(fd), 0);
}

// What the file holds, from its start, is this text and no more.
static void expect_text(const char *path, const char *text)
{
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    memset(buffer, 0, sizeof buffer);
    CHECK_EQUAL(read(fd, buffer, sizeof buffer - 1), strlen(text));
    if (strcmp(buffer, text) != 0)
        check_failed(__FILE__, __LINE__, buffer, 0, 0);
    CHECK_EQUAL(close(fd), 0);
}

static int exists(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return 0;
    CHECK_EQUAL(close(fd), 0);
    return 1;
}

TEST(file_is_written_and_read)
{
    int fd = make_file("f");
    write_text(fd, "one ");
    write_text(fd, "two");
    CHECK_EQUAL(read(fd, buffer, 10), 0); // at the end
    CHECK_EQUAL(close(fd), 0);
    expect_text("/f", "one two");

    fd = open("f", O_RDWR);
    CHECK_EQUAL(read(fd, buffer, 4), 4);
    write_text(fd, "2"); // where the read ended
    CHECK_EQUAL(close(fd), 0);
    expect_text("f", "one 2wo");
    CHECK_EQUAL(unlink("f"), 0);
    CHECK(!exists("f"));
}

TEST(open_flags)
{
    CHECK_EQUAL(open("f", O_RDWR), -1); // not there
    make_text_file("f", "text");

    int fd = open("f", O_RDONLY);
    CHECK_EQUAL(write(fd, "x", 1), -1);
    CHECK_EQUAL(close(fd), 0);
    fd = open("f", O_WRONLY);
    CHECK_EQUAL(read(fd, buffer, 1), -1);
    write_text(fd, "T");
    CHECK_EQUAL(close(fd), 0);
    expect_text("f", "Text");

    CHECK_EQUAL(open("f", O_CREATE | O_RDONLY), 3); // leaves it as it is
    CHECK_EQUAL(close(3), 0);
    expect_text("f", "Text");
    CHECK_EQUAL(close(open("f", O_CREATE | O_TRUNC | O_WRONLY)), 0);
    expect_text("f", "");
    CHECK_EQUAL(unlink("f"), 0);
}

// A descriptor's offset is left behind the end when another one empties the file.
TEST(file_write_behind_the_end)
{
    int behind = make_file("f");
    write_text(behind, "12345678");
    int fd = open("f", O_TRUNC | O_RDWR);
    struct stat stat;
    CHECK_EQUAL(write(behind, "z", 1), -1);
    CHECK_EQUAL(write(behind, buffer, sizeof buffer), -1);
    CHECK_EQUAL(write(behind, "z", 0), 0);
    CHECK_EQUAL(read(behind, buffer, 1), 0);
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.size, 0);
    write_text(fd, "1234567");
    CHECK_EQUAL(write(behind, "z", 1), -1);
    write_text(fd, "8");
    CHECK_EQUAL(write(behind, "z", 1), 1); // the offset had stayed, and is the end again
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(close(behind), 0);
    expect_text("f", "12345678z");
    CHECK_EQUAL(unlink("f"), 0);
}

// Then the place does not matter, wherever the file's offset is.
TEST(file_nothing_is_read_and_written)
{
    char *nowhere = (char *)-1;
    make_text_file("f", "text");
    int fd = open("f", O_RDWR);
    CHECK_EQUAL(read(fd, nowhere, 0), 0);
    CHECK_EQUAL(write(fd, nowhere, 0), 0);
    CHECK_EQUAL(read(fd, nowhere, 1), -1);
    CHECK_EQUAL(read(fd, buffer, 4), 4);
    CHECK_EQUAL(read(fd, nowhere, 0), 0);
    CHECK_EQUAL(read(fd, nowhere, 1), 0); // so it is at the end
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("f"), 0);
}

static int inode_of(const char *path)
{
    struct stat status;
    CHECK_EQUAL(stat(path, &status), 0);
    return status.ino;
}

// A new file gets the lowest number that is free, so that numbers stay low.
TEST(file_inode_numbers_stay_low)
{
    char *names[] = {"a", "b", "c"};
    int numbers[3];
    for (int i = 0; i < 3; i++) {
        make_text_file(names[i], "");
        numbers[i] = inode_of(names[i]);
        CHECK(i == 0 || numbers[i] > numbers[i - 1]);
    }
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(unlink("c"), 0);
        CHECK_EQUAL(unlink("a"), 0);
        CHECK_EQUAL(mkdir("a"), 0);
        CHECK_EQUAL(inode_of("a"), numbers[0]);
        make_text_file("c", "");
        CHECK_EQUAL(inode_of("c"), numbers[2]);
        CHECK_EQUAL(unlink("a"), 0);
        make_text_file("a", "");
        CHECK_EQUAL(inode_of("a"), numbers[0]);
    }
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(unlink(names[i]), 0);
}

// Every write goes to the end, wherever that is by then.
TEST(open_to_append)
{
    int fd = make_file("f");
    int appending = open("f", O_WRONLY | O_APPEND);
    write_text(appending, "one");
    write_text(fd, "ONE two");
    write_text(appending, " three");
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(close(appending), 0);
    expect_text("f", "ONE two three");
    CHECK_EQUAL(unlink("f"), 0);
}

// Writes of one open file by several processes: none is lost, and none is split.
TEST(file_offset_is_shared_by_writers)
{
    enum { WRITERS = 4, RECORDS = 20, SIZE = 50 };
    int fd = make_file("f");
    for (int i = 0; i < WRITERS; i++) {
        int pid = start();
        if (pid == 0) {
            memset(buffer, 'a' + i, SIZE);
            for (int record = 0; record < RECORDS; record++)
                CHECK_EQUAL(write(fd, buffer, SIZE), SIZE);
            exit(0);
        }
    }
    expect_ends(WRITERS, 0);
    CHECK_EQUAL(close(fd), 0);
    fd = open("f", O_RDONLY);
    int seen[WRITERS] = {0};
    for (int i = 0; i < WRITERS * RECORDS; i++) {
        CHECK_EQUAL(read(fd, buffer, SIZE), SIZE);
        for (int at = 0; at < SIZE; at++)
            CHECK_EQUAL(buffer[at], buffer[0]);
        seen[buffer[0] - 'a']++;
    }
    for (int i = 0; i < WRITERS; i++)
        CHECK_EQUAL(seen[i], RECORDS);
    CHECK_EQUAL(unlink("f"), 0);
}

// Readers of one open file get each byte once.
TEST(file_offset_is_shared_by_readers)
{
    enum { READERS = 4, NUMBERS = 500 };
    int fd = make_file("f"), ends[2];
    for (int number = 0; number < NUMBERS; number++)
        ((int *)buffer)[number] = number;
    CHECK_EQUAL(write(fd, buffer, NUMBERS * sizeof(int)), NUMBERS * sizeof(int));
    CHECK_EQUAL(close(fd), 0);
    fd = open("f", O_RDONLY);
    CHECK_EQUAL(pipe(ends), 0);
    for (int i = 0; i < READERS; i++) {
        int pid = start();
        if (pid == 0) {
            int number, sum = 0;
            while (read(fd, &number, sizeof number) == sizeof number)
                sum += number;
            CHECK_EQUAL(write(ends[1], &sum, sizeof sum), sizeof sum);
            exit(0);
        }
    }
    int total = 0, sum;
    for (int i = 0; i < READERS; i++) {
        CHECK_EQUAL(read(ends[0], &sum, sizeof sum), sizeof sum);
        total += sum;
    }
    CHECK_EQUAL(total, NUMBERS * (NUMBERS - 1) / 2);
    expect_ends(READERS, 0);
    CHECK_EQUAL(unlink("f"), 0);
}

TEST(fstat_of_each_kind)
{
    struct stat stat;
    memset(&stat, 0x5a, sizeof stat);
    int fd = make_file("f");
    write_text(fd, "12345");
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.dev, ROOTDEV);
    CHECK_EQUAL(stat.type, T_FILE);
    CHECK_EQUAL(stat.nlink, 1);
    CHECK_EQUAL(stat.size, 5);
    uint inode = stat.ino;
    CHECK_EQUAL(link("f", "g"), 0);
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.nlink, 2);
    CHECK_EQUAL(unlink("f"), 0);
    CHECK_EQUAL(unlink("g"), 0);
    CHECK_EQUAL(fstat(fd, &stat), 0); // it is there until it is closed
    CHECK_EQUAL(stat.nlink, 0);
    CHECK_EQUAL(stat.ino, inode);
    write_text(fd, "6");
    CHECK_EQUAL(close(fd), 0);

    CHECK_EQUAL(fstat(open("/", O_RDONLY), &stat), 0);
    CHECK_EQUAL(stat.type, T_DIR);
    CHECK_EQUAL(stat.ino, ROOTINO);
    CHECK_EQUAL(fstat(0, &stat), 0);
    CHECK_EQUAL(stat.type, T_DEVICE);
    CHECK_EQUAL(stat.size, 0);
}

TEST(row4_fstat_to_bad_addresses)
{
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(fstat(0, (struct stat *)*bad), -1);
    CHECK_EQUAL(fstat(0, 0), -1);
    CHECK_EQUAL(fstat(0, (struct stat *)(sbrk(0) - 8)), -1);
}

// A directory is read as entries, and written to by no one.
TEST(directory_is_read)
{
    struct dirent entry;
    int fd = open("/tests", O_RDONLY), found = 0;
    CHECK_EQUAL(read(fd, &entry, sizeof entry), sizeof entry);
    CHECK_EQUAL(strcmp(entry.name, "."), 0);
    while (read(fd, &entry, sizeof entry) == sizeof entry)
        found += entry.inum && strcmp(entry.name, "runner") == 0;
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(write(fd, &entry, sizeof entry), -1);
    CHECK_EQUAL(open("/tests", O_RDWR), -1);
    CHECK_EQUAL(open("/tests", O_WRONLY), -1);
    CHECK_EQUAL(open("/tests", O_CREATE), -1);
}

TEST(mknod_makes_devices)
{
    CHECK_EQUAL(mknod("mine", 1, 0), 0);
    CHECK_EQUAL(mknod("mine", 1, 0), -1);
    int fd = open("mine", O_WRONLY);
    write_text(fd, "# over another node\n");
    CHECK_EQUAL(read(fd, buffer, 1), -1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("mine"), 0);

    CHECK_EQUAL(mknod("nobody", 9, 0), 0); // a number that no driver has
    fd = open("nobody", O_RDWR);
    CHECK(fd >= 0);
    CHECK_EQUAL(read(fd, buffer, 1), -1);
    CHECK_EQUAL(write(fd, buffer, 1), -1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("nobody"), 0);

    static const short numbers[] = {10, 11, 255, 32767, -1, -32768}; // that none can have
    for (uint i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (mknod("odd", numbers[i], 0) < 0)
            continue;
        CHECK_EQUAL(open("odd", O_RDWR), -1);
        CHECK_EQUAL(unlink("odd"), 0);
    }
    CHECK_EQUAL(dup(0), 3);
}

// Calls that take a path, for tests that give them bad ones.
static long with_path(int call, const char *path)
{
    switch (call) {
    case 0:
        return open(path, O_CREATE | O_RDWR);
    case 1:
        return open(path, O_RDONLY);
    case 2:
        return chdir(path);
    case 3:
        return mkdir(path);
    case 4:
        return mknod(path, 1, 1);
    case 5:
        return link(path, "/f");
    case 6:
        return link("/tests/minimal", path);
    case 7:
        return unlink(path);
    default:
        return exec(path, (char *[]){"x", 0});
    }
}
enum { PATH_CALLS = 9 };

static void expect_refused(const char *path)
{
    for (int call = 0; call < PATH_CALLS; call++) {
        if (with_path(call, path) != -1)
            check_failed(__FILE__, __LINE__, "the call fails", call, -1);
    }
}

TEST(row4_paths_at_bad_addresses)
{
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        expect_refused((const char *)*bad);
    expect_refused(guard_page());
    char *end = sbrk(PAGE_SIZE) + PAGE_SIZE - 3;
    memset(end, 'x', 3); // the text has no end
    expect_refused(end);
}

TEST(paths_that_lead_nowhere)
{
    static char path[3 * MAXPATH];
    expect_refused("absent/name");
    expect_refused("/tests/minimal/name");
    expect_refused("/console/name");
    memset(path, 'a', sizeof path - 1);
    expect_refused(path); // too long, by its first MAXPATH bytes and by all
    path[MAXPATH] = 0;
    expect_refused(path);

    // The longest that fits.
    for (int i = 0; i < MAXPATH - 1; i += 2)
        memcpy(path + i, "./", 2);
    path[MAXPATH - 2] = 'f';
    path[MAXPATH - 1] = 0;
    CHECK_EQUAL(strlen(path), MAXPATH - 1);
    CHECK_EQUAL(close(make_file(path)), 0);
    CHECK_EQUAL(unlink("/f"), 0);
}

// open() that fails for want of a descriptor has not made or emptied a file.
TEST(open_without_a_descriptor)
{
    make_text_file("f", "kept");
    while (dup(0) >= 0)
        ;
    CHECK_EQUAL(open("g", O_CREATE | O_RDWR), -1);
    CHECK_EQUAL(open("f", O_TRUNC | O_RDWR), -1);
    for (int fd = 3; fd < NOFILE; fd++)
        CHECK_EQUAL(close(fd), 0);
    CHECK(!exists("g"));
    expect_text("f", "kept");
    CHECK_EQUAL(unlink("f"), 0);
}

TEST(row4_read_and_write_at_bad_addresses)
{
    make_text_file("f", "text");
    int fd = open("f", O_RDWR);
    for (const uint64 *bad = bad_addresses; *bad; bad++) {
        CHECK_EQUAL(read(fd, (void *)*bad, 4), -1);
        CHECK_EQUAL(write(fd, (void *)*bad, 4), -1);
        CHECK_EQUAL(write(1, (void *)*bad, 4), -1);
    }
    CHECK_EQUAL(read(fd, 0, 4), -1); // text
    CHECK_EQUAL(read(fd, guard_page(), 4), -1);
    CHECK_EQUAL(read(fd, sbrk(0) - 2, 4), -1);
    CHECK_EQUAL(write(fd, guard_page(), 4), -1);
    CHECK_EQUAL(system_call(SYS_read, fd, (long)buffer, -1), -1);
    CHECK_EQUAL(system_call(SYS_read, fd, (long)buffer, -0x80000000), -1);
    CHECK_EQUAL(system_call(SYS_write, fd, (long)buffer, -1), -1);
    CHECK_EQUAL(system_call(SYS_write, fd, (long)buffer, 0x80000000), -1);
    CHECK_EQUAL(close(fd), 0);
    expect_text("f", "text");
    CHECK_EQUAL(unlink("f"), 0);
}

// The size is an int, whatever the upper half of the register holds.
TEST(read_and_write_of_huge_sizes)
{
    make_text_file("f", "text");
    int fd = open("f", O_RDWR);
    CHECK_EQUAL(system_call(SYS_read, fd, (long)buffer, 0x7fffffff), 4);
    CHECK_EQUAL(system_call(SYS_write, fd, (long)buffer, 0x100000001), 1);
    long written = system_call(SYS_write, fd, (long)buffer, 0x7fffffff); // more than there is
    CHECK(written == -1 || (written > 0 && written < 0x7fffffff));
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("f"), 0);
}

// Data for a file comes from pages that are shared, and goes to them.
TEST(row3_read_into_a_shared_page)
{
    char *page = take_pages(2);
    fill(page, 2, 1);
    int fd = make_file("f");
    CHECK_EQUAL(write(fd, page + PAGE_SIZE - 100, 200), 200);
    CHECK_EQUAL(close(fd), 0);
    int watcher = start_at_gate();
    if (watcher == 0)
        exit(is_filled(page, 2, 1) ? 0 : FAILED);
    fd = open("f", O_RDONLY);
    CHECK_EQUAL(read(fd, page + PAGE_SIZE - 8, 200), 200);
    fill(buffer, 1, 1);
    CHECK_EQUAL(memcmp(page + PAGE_SIZE - 8, buffer + PAGE_SIZE - 100, 100), 0);
    CHECK_EQUAL(unlink("f"), 0);
    open_gate();
    expect_end(watcher, 0);
}

TEST(exec_by_a_relative_path)
{
    char *argv[] = {"minimal", 0};
    CHECK_EQUAL(run_program("tests/minimal", argv), 17);
    CHECK_EQUAL(run_program("minimal", argv), 127);
    CHECK_EQUAL(chdir("/tests/bad"), 0);
    CHECK_EQUAL(run_program("../minimal", argv), 17);
    CHECK_EQUAL(run_program("./../.././tests//minimal", argv), 17);
    CHECK_EQUAL(chdir(".."), 0);
    CHECK_EQUAL(run_program("minimal", argv), 17);
}

// A program that is run can be removed; what is read for exec does not change meanwhile.
TEST(exec_of_a_file_that_changes)
{
    static char program[3 * PAGE_SIZE];
    char *argv[] = {"plain", 0};
    int fd = open("/tests/good/plain", O_RDONLY);
    int size = read(fd, program, sizeof program);
    CHECK(size > 0);
    CHECK_EQUAL(close(fd), 0);
    int writer = start();
    if (writer == 0) {
        for (int i = 0; i < 20; i++) {
            fd = open("copy", O_CREATE | O_TRUNC | O_RDWR);
            CHECK_EQUAL(write(fd, program, size), size);
            CHECK_EQUAL(close(fd), 0);
        }
        exit(0);
    }
    for (int i = 0; i < 20; i++) {
        int pid = start();
        if (pid == 0) {
            exec("copy", argv);
            exit(127);
        }
        int status;
        if (wait(&status) == writer) {
            CHECK_EQUAL(status, 0);
            CHECK_EQUAL(wait(&status), pid);
            i = 20;
        }
        CHECK(status == 42 || status == 127 || status == KILLED); // cut off, it ends anyhow
    }
    while (wait(0) > 0)
        ;
    CHECK_EQUAL(run_program("copy", argv), 42);
    CHECK_EQUAL(unlink("copy"), 0);
}

TEST(disk_usage_counts)
{
    struct disk_usage before, with, after;
    CHECK_EQUAL(disk_usage(&before), 0);
    CHECK(before.free_blocks < before.blocks && before.free_inodes < before.inodes);
    int fd = make_file("f");
    memset(buffer, 'x', sizeof buffer);
    CHECK_EQUAL(write(fd, buffer, 3 * BSIZE), 3 * BSIZE);
    CHECK_EQUAL(disk_usage(&with), 0);
    CHECK_EQUAL(before.free_blocks - with.free_blocks, 3);
    CHECK_EQUAL(before.free_inodes - with.free_inodes, 1);
    CHECK_EQUAL(unlink("f"), 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(disk_usage(&after), 0);
    CHECK_EQUAL(memcmp(&before, &after, sizeof before), 0);
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(disk_usage((struct disk_usage *)*bad), -1);
    CHECK_EQUAL(disk_usage(0), -1);
}

// Which takes transactions. A debug build stops where they begin with interrupts off.
TEST(killed_process_gives_its_unlinked_file_back)
{
    for (int by_kill = 0; by_kill < 2; by_kill++) {
        int pid = start();
        if (!pid) {
            int fd = make_file("f");
            memset(buffer, 'x', sizeof buffer);
            CHECK_EQUAL(write(fd, buffer, sizeof buffer), sizeof buffer);
            CHECK_EQUAL(unlink("f"), 0);
            if (by_kill)
                kill(getpid());
            *(volatile char *)USER_END = 1;
        }
        expect_end(pid, KILLED);
    }
}
