// open, close, dup, and what a descriptor says of its file.
#include "usertest.h"

// The lowest free number is given; there are NOFILE, of which the first three are open.
void descriptors_run_out(void)
{
    make_file("file", "0123456789", 10);
    int count = 0, fd, fds[2];
    while ((fd = open("file", O_RDONLY)) >= 0)
        CHECK_EQUAL(fd, 3 + count++);
    CHECK_EQUAL(count, NOFILE - 3);
    CHECK_EQUAL(dup(0), -1);
    CHECK_EQUAL(pipe(fds), -1);
    CHECK_EQUAL(open("new", O_CREATE | O_RDWR), -1);
    CHECK_EQUAL(open("file", O_TRUNC | O_RDWR), -1);
    close_file(7);
    CHECK_EQUAL(pipe(fds), -1); // it needs two, and takes none of one
    CHECK_EQUAL(open("new", O_RDONLY), -1);
    CHECK_EQUAL(dup(3), 7);
    for (fd = NOFILE - 1; fd >= 3; fd--)
        close_file(fd);
    fd = open_file("file", O_RDONLY);
    CHECK_EQUAL(read(fd, big, 100), 10); // not emptied
    close_file(fd);
    remove_file("file");
}

void descriptors_that_are_none(void)
{
    static const int none[] = {-1, 3, NOFILE - 1, NOFILE, 1000, 0x7fffffff, -0x7fffffff - 1};
    struct stat stat;
    for (uint i = 0; i < sizeof none / sizeof *none; i++) {
        CHECK_EQUAL(read(none[i], big, 1), -1);
        CHECK_EQUAL(write(none[i], big, 1), -1);
        CHECK_EQUAL(close(none[i]), -1);
        CHECK_EQUAL(dup(none[i]), -1);
        CHECK_EQUAL(fstat(none[i], &stat), -1);
    }
    int fd = dup(1);
    close_file(fd);
    CHECK_EQUAL(close(fd), -1);
}

// dup and fork give the same open file, with one offset; open gives another.
void offsets(void)
{
    char two[3] = "";
    make_file("file", "0123456789", 10);
    int fd = open_file("file", O_RDONLY), same = dup(fd), other = open_file("file", O_RDONLY);
    read_whole(fd, two, 2);
    read_whole(same, two, 2);
    CHECK_EQUAL(strcmp(two, "23"), 0);
    int pid = start();
    if (pid == 0) {
        read_whole(fd, two, 2);
        exit(strcmp(two, "45"));
    }
    expect_end(pid, 0);
    close_file(fd);
    read_whole(same, two, 2);
    CHECK_EQUAL(strcmp(two, "67"), 0);
    read_whole(other, two, 2);
    CHECK_EQUAL(strcmp(two, "01"), 0);
    close_file(same);
    close_file(other);
    remove_file("file");
}

void flags_of_open(void)
{
    make_file("file", "0123456789", 10);
    CHECK_EQUAL(open("absent", O_RDONLY), -1);
    CHECK_EQUAL(open("absent", O_RDWR), -1);
    CHECK_EQUAL(open("absent", O_TRUNC | O_RDWR), -1);
    int fd = open_file("file", O_RDONLY);
    CHECK_EQUAL(write(fd, "x", 1), -1);
    CHECK_EQUAL(read(fd, big, 100), 10);
    CHECK_EQUAL(read(fd, big, 100), 0);
    close_file(fd);
    fd = open_file("file", O_WRONLY);
    CHECK_EQUAL(read(fd, big, 1), -1);
    CHECK_EQUAL(write(fd, "xy", 2), 2);
    close_file(fd);
    fd = open_file("file", O_RDWR);
    read_whole(fd, big, 2);
    CHECK(memcmp(big, "xy", 2) == 0);
    write_whole(fd, "ab", 2);
    read_whole(fd, big, 2);
    CHECK(memcmp(big, "45", 2) == 0);
    close_file(fd);
    fd = open_file("file", O_CREATE | O_RDWR); // it is there already, and stays
    CHECK_EQUAL(read(fd, big, 100), 10);
    close_file(fd);
    fd = open_file("file", O_APPEND | O_WRONLY);
    write_whole(fd, "++", 2);
    close_file(fd);
    fd = open_file("file", O_TRUNC | O_RDWR);
    CHECK_EQUAL(read(fd, big, 1), 0);
    close_file(fd);
    remove_file("file");
}

// A process that ends, or is killed, closes what it has open; exec does not.
void files_of_processes_that_end(void)
{
    int fds[2];
    for (int way = 0; way < 2; way++) {
        CHECK_EQUAL(pipe(fds), 0);
        int pid = start();
        if (pid == 0) {
            int fd = open_file("file", O_CREATE | O_RDWR);
            write_whole(fd, big, 3000);
            remove_file("file");
            write_whole(fds[1], "x", 1);
            if (way)
                sleep(10000);
            exit(KILLED);
        }
        close_file(fds[1]);
        read_whole(fds[0], big, 1);
        if (way)
            CHECK_EQUAL(kill(pid), 0);
        expect_end(pid, KILLED);
        CHECK_EQUAL(read(fds[0], big, 1), 0);
        close_file(fds[0]);
    }
}
