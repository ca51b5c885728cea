// Several processes do to the same names and files what cannot be done twice.
#include "usertest.h"

enum { MANY = 6, OFTEN = 60 };

static void make_and_remove(int number)
{
    for (int i = 0; i < OFTEN; i++) {
        int fd = open("one", O_CREATE | O_RDWR);
        if (fd >= 0) {
            write(fd, &number, sizeof number);
            close_file(fd);
        }
        unlink("one");
    }
}

void create_against_unlink(void)
{
    run_at_once(MANY, make_and_remove);
    unlink("one");
    CHECK_EQUAL(open("one", O_RDONLY), -1);
}

// Of all who make the same directory one succeeds; the same for who removes it.
static int won[2];

static void win_once(int number)
{
    (void)number;
    for (int i = 0; i < OFTEN; i++) {
        char name[16];
        strcpy(name, numbered("d", i));
        if (mkdir(name) == 0)
            write_whole(won[1], "m", 1);
        if (unlink(name) == 0)
            write_whole(won[1], "u", 1);
    }
}

void mkdir_against_unlink(void)
{
    int made = 0, removed = 0;
    CHECK_EQUAL(pipe(won), 0);
    int pid = start();
    if (pid == 0) {
        close_file(won[0]);
        run_at_once(MANY, win_once);
        exit(0);
    }
    close_file(won[1]);
    for (char c; read(won[0], &c, 1) == 1;) {
        made += c == 'm';
        removed += c == 'u';
    }
    expect_end(pid, 0);
    close_file(won[0]);
    CHECK(made >= OFTEN);
    CHECK_EQUAL(made, removed);
}

static void link_and_unlink(int number)
{
    char name[16];
    for (int i = 0; i < OFTEN; i++) {
        strcpy(name, numbered("l", (number + i) % 3));
        link("file", name);
        if (i % 2)
            unlink(name);
    }
}

void link_against_unlink(void)
{
    struct stat stat_of;
    make_file("file", "0123456789", 10);
    run_at_once(MANY, link_and_unlink);
    for (int i = 0; i < 3; i++)
        unlink(numbered("l", i));
    CHECK_EQUAL(stat("file", &stat_of), 0);
    CHECK_EQUAL(stat_of.nlink, 1);
    CHECK_EQUAL(stat_of.size, 10);
    remove_file("file");
}

// A file gets another name just when its last one goes.
static void move_around(int number)
{
    for (int i = 0; i < OFTEN; i++) {
        if ((number + i) % 2 ? link("a", "b") == 0 : link("b", "a") == 0)
            unlink((number + i) % 2 ? "a" : "b");
    }
}

void links_that_move(void)
{
    make_file("a", "0123456789", 10);
    run_at_once(MANY, move_around);
    int there = 0;
    for (int i = 0; i < 2; i++) {
        int fd = open(i ? "b" : "a", O_RDONLY);
        if (fd >= 0) {
            CHECK_EQUAL(read(fd, big, 100), 10);
            close_file(fd);
            there++;
        }
    }
    CHECK(there > 0);
    unlink("a");
    unlink("b");
}

// Each has files of its own, in one directory.
static void make_own_files(int number)
{
    char name[16];
    for (int i = 0; i < 12; i++) {
        strcpy(name, numbered("f", number * 100 + i));
        make_pattern_file(name, 3000 + i * 500, number);
        if (i % 3 == 0)
            remove_file(name);
    }
    for (int i = 0; i < 12; i++) {
        if (i % 3 == 0)
            continue;
        strcpy(name, numbered("f", number * 100 + i));
        check_pattern_file(name, 3000 + i * 500, number);
        remove_file(name);
    }
}

void files_of_many(void)
{
    run_at_once(MANY, make_own_files);
}

static int shared_fd;

static void write_by_one_file(int number)
{
    for (int i = 0; i < 40; i++) {
        memset(big, number + 1, 50);
        write_whole(shared_fd, big, 50);
    }
}

static void write_by_own_file(int number)
{
    shared_fd = open_file("file", O_APPEND | O_WRONLY);
    write_by_one_file(number);
    close_file(shared_fd);
}

// No write is lost, and none is torn, with one offset that all share or with O_APPEND.
void writers_of_one_file(void)
{
    for (int way = 0; way < 2; way++) {
        int counts[MANY + 1] = {0};
        shared_fd = open_file("file", O_CREATE | O_WRONLY);
        run_at_once(MANY, way ? write_by_own_file : write_by_one_file);
        close_file(shared_fd);
        int fd = open_file("file", O_RDONLY);
        for (int i = 0; i < MANY * 40; i++) {
            read_whole(fd, big, 50);
            CHECK(big[0] >= 1 && big[0] <= MANY);
            for (int k = 1; k < 50; k++)
                CHECK_EQUAL(big[k], big[0]);
            counts[big[0]]++;
        }
        CHECK_EQUAL(read(fd, big, 1), 0);
        for (int i = 1; i <= MANY; i++)
            CHECK_EQUAL(counts[i], 40);
        close_file(fd);
        remove_file("file");
    }
}

// Emptied, written and read at once: what is read is a part of what somebody wrote.
static void empty_and_write(int number)
{
    for (int i = 0; i < OFTEN / 2; i++) {
        int fd = open("file", number == 0 ? O_CREATE | O_TRUNC | O_RDWR : O_CREATE | O_RDWR);
        CHECK(fd >= 0);
        if (number % 2) {
            memset(big, 'w', 5000);
            write_whole(fd, big, 5000);
        } else {
            int got = read(fd, big, 5000);
            for (int k = 0; k < got; k++)
                CHECK_EQUAL(big[k], 'w');
        }
        close_file(fd);
    }
}

void truncate_against_write(void)
{
    run_at_once(MANY, empty_and_write);
    remove_file("file");
}

// One walks into directories that another removes.
static void walk_and_remove(int number)
{
    for (int i = 0; i < OFTEN; i++) {
        if (number % 2) {
            mkdir("x");
            mkdir("x/y");
            unlink("x/y");
            unlink("x");
        } else if (chdir("x") == 0) {
            chdir("y");
            int fd = open("file", O_CREATE | O_RDWR);
            if (fd >= 0) {
                close_file(fd);
                unlink("file");
            }
            CHECK_EQUAL(chdir("/"), 0);
            exit(0);
        }
    }
}

void chdir_against_unlink(void)
{
    for (int round = 0; round < 4; round++)
        run_at_once(MANY, walk_and_remove);
    unlink("x/y/file");
    unlink("x/file");
    unlink("x/y");
    unlink("x");
}
