// Content of files, links, names.
#include "usertest.h"

// Pieces of all sizes around a block's, written and read, and not at the same borders.
void write_and_read(void)
{
    static const int sizes[] = {1, 2, 511, 512, 1000, BSIZE - 1, BSIZE, BSIZE + 1, 3 * BSIZE, 5000};
    for (uint i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int fd = open_file("file", O_CREATE | O_TRUNC | O_RDWR), total = 0;
        for (; total < 20 * BSIZE && total < 300 * sizes[i]; total += sizes[i]) {
            fill_bytes(big, sizes[i], i, total);
            write_whole(fd, big, sizes[i]);
        }
        close_file(fd);
        check_pattern_file("file", total, i);
        fd = open_file("file", O_RDONLY);
        for (int at = 0, got; at < total; at += got) {
            got = read(fd, big, sizes[9 - i]);
            CHECK(got > 0);
            CHECK(are_bytes(big, got, i, at));
        }
        close_file(fd);
    }
    remove_file("file");
}

// Larger than every file may be by the interface, and over the next level of addresses.
void large_files(void)
{
    uint64 before = free_blocks();
    const int size = (MAXFILE + 100) * BSIZE + 7;
    make_pattern_file("large", size, 1);
    check_pattern_file("large", size, 1);
    CHECK(before - free_blocks() >= size / BSIZE);
    make_pattern_file("large", MAXFILE * BSIZE, 2); // emptied first
    check_pattern_file("large", MAXFILE * BSIZE, 2);
    int fd = open_file("large", O_RDWR);
    fill_bytes(big, 30000, 5, 0);
    write_whole(fd, big, 30000); // into the middle of what there is
    close_file(fd);
    fd = open_file("large", O_RDONLY);
    read_whole(fd, big, 30001);
    CHECK(are_bytes(big, 30000, 5, 0));
    CHECK(are_bytes(big + 30000, 1, 2, 30000));
    close_file(fd);
    remove_file("large");
    CHECK_EQUAL(free_blocks(), before);
}

// Emptied by one while others have it open, and are in the middle of it.
void truncation(void)
{
    make_pattern_file("file", 10000, 1);
    int reader = open_file("file", O_RDONLY), writer = open_file("file", O_WRONLY);
    read_whole(reader, big, 5000);
    write_whole(writer, big, 6000);
    close_file(open_file("file", O_TRUNC | O_WRONLY));
    CHECK_EQUAL(read(reader, big, 1), 0);
    CHECK_EQUAL(write(writer, "end", 3), -1); // its offset lies behind the end
    CHECK_EQUAL(write(writer, "end", 0), 0);
    int fd = open_file("file", O_RDWR);
    CHECK_EQUAL(read(fd, big, 1), 0);
    fill_bytes(big, 5999, 2, 0);
    write_whole(fd, big, 5999);
    CHECK_EQUAL(write(writer, "end", 3), -1);
    write_whole(fd, big, 1);
    write_whole(writer, "end", 3); // at its offset, which is the end again
    read_whole(fd, big, 3);
    CHECK(memcmp(big, "end", 3) == 0);
    CHECK_EQUAL(read(fd, big, 1), 0);
    read_whole(reader, big, 1003);
    CHECK(memcmp(big + 1000, "end", 3) == 0);
    close_file(fd);
    close_file(reader);
    close_file(writer);
    remove_file("file");
}

// A file without a name lives on as long as it is open.
void unlinked_files(void)
{
    uint64 blocks = free_blocks(), inodes = free_inodes();
    make_pattern_file("file", 50000, 1);
    int fd = open_file("file", O_RDWR), again = open_file("file", O_RDONLY);
    remove_file("file");
    CHECK_EQUAL(open("file", O_RDONLY), -1);
    CHECK(free_blocks() < blocks);
    CHECK_EQUAL(free_inodes(), inodes - 1);
    make_pattern_file("file", 1000, 2); // the name is another file's now
    fill_bytes(big, 10000, 3, 0);
    write_whole(fd, big, 10000);
    close_file(fd);
    read_whole(again, big, 50000);
    CHECK(are_bytes(big, 10000, 3, 0));
    CHECK(are_bytes(big + 10000, 40000, 1, 10000));
    check_pattern_file("file", 1000, 2);
    remove_file("file");
    CHECK_EQUAL(free_inodes(), inodes - 1);
    close_file(again);
    CHECK_EQUAL(free_inodes(), inodes);
    CHECK_EQUAL(free_blocks(), blocks);
}

void links(void)
{
    struct stat one, two;
    make_file("one", "0123456789", 10);
    CHECK_EQUAL(mkdir("folder"), 0);
    CHECK_EQUAL(link("one", "folder/two"), 0);
    CHECK_EQUAL(stat("one", &one), 0);
    CHECK_EQUAL(stat("folder/two", &two), 0);
    CHECK_EQUAL(one.ino, two.ino);
    CHECK_EQUAL(one.nlink, 2);
    CHECK_EQUAL(one.type, T_FILE);
    CHECK_EQUAL(link("one", "one"), -1);
    CHECK_EQUAL(link("one", "folder/two"), -1);
    CHECK_EQUAL(link("one", "folder"), -1);
    CHECK_EQUAL(link("absent", "new"), -1);
    CHECK_EQUAL(link("one", "absent/new"), -1);
    CHECK_EQUAL(link("one", "one/new"), -1);
    CHECK_EQUAL(link("folder", "new"), -1);
    CHECK_EQUAL(link(".", "new"), -1);
    CHECK_EQUAL(unlink("one"), 0);
    CHECK_EQUAL(stat("folder/two", &two), 0);
    CHECK_EQUAL(two.nlink, 1);
    CHECK_EQUAL(two.size, 10);
    CHECK_EQUAL(unlink("folder"), -1); // not empty
    CHECK_EQUAL(unlink("folder/two"), 0);
    CHECK_EQUAL(unlink("folder/two"), -1);
    CHECK_EQUAL(unlink("folder"), 0);
    CHECK_EQUAL(unlink("folder"), -1);
}

void many_links(void)
{
    const int count = 300;
    struct stat stat_of;
    make_file("f", "x", 1);
    for (int i = 0; i < count; i++)
        CHECK_EQUAL(link("f", numbered("link", i)), 0);
    CHECK_EQUAL(stat("f", &stat_of), 0);
    CHECK_EQUAL(stat_of.nlink, count + 1);
    for (int i = 0; i < count; i++)
        remove_file(numbered("link", (i * 7) % count));
    remove_file("f");
}

// Fourteen bytes of a name count; what is longer is cut.
void long_names(void)
{
    make_file("12345678901234", "a", 1);
    int fd = open_file("12345678901234567890", O_RDONLY);
    read_whole(fd, big, 1);
    CHECK_EQUAL(big[0], 'a');
    close_file(fd);
    CHECK_EQUAL(mkdir("123456789012345"), -1);
    CHECK_EQUAL(open("1234567890123", O_RDONLY), -1);
    CHECK_EQUAL(link("12345678901234", "1234567890123499"), -1);
    CHECK_EQUAL(mkdir("abcdefghijklmno"), 0);
    make_file("abcdefghijklmn/xxxxxxxxxxxxxxx", "b", 1);
    remove_file("abcdefghijklmnopq/xxxxxxxxxxxxxx");
    remove_file("abcdefghijklmn");
    remove_file("12345678901234");
}

// A path of MAXPATH - 1 bytes is the longest; each way to write a path leads to the same.
void paths(void)
{
    static char path[4 * MAXPATH];
    static const char *const same[] = {"a/b/file",          "./a/b/file",    "a//b///file",
                                       "a/./b/././file",    "a/../a/b/file", "a/b/../b/file",
                                       "a/b/../../a/b/file"};
    CHECK_EQUAL(mkdir("a"), 0);
    CHECK_EQUAL(mkdir("a/b/"), 0);
    make_file("a/b/file", "x", 1);
    for (uint i = 0; i < sizeof same / sizeof *same; i++)
        close_file(open_file(same[i], O_RDONLY));
    static const char *const nowhere[] = {"a/b/absent", "absent/file", "a/b/file/x",
                                          "a/b/file/.", "a/b/file/..", "/a/b/file/../file",
                                          "..."};
    for (uint i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        CHECK_EQUAL(open(nowhere[i], O_RDONLY), -1);
        CHECK_EQUAL(chdir(nowhere[i]), -1);
        CHECK_EQUAL(unlink(nowhere[i]), -1);
    }
    static const char *const no_name[] = {"", "/", "//", "."};
    for (uint i = 0; i < sizeof no_name / sizeof *no_name; i++) {
        CHECK_EQUAL(mkdir(no_name[i]), -1);
        CHECK_EQUAL(unlink(no_name[i]), -1);
        CHECK_EQUAL(link("a/b/file", no_name[i]), -1);
        CHECK_EQUAL(mknod(no_name[i], 1, 1), -1);
        CHECK_EQUAL(open(no_name[i], O_CREATE | O_RDWR), -1);
    }
    for (int slashes = 100; slashes < 3 * MAXPATH; slashes += slashes < 130 ? 1 : 50) {
        strcpy(path, "a/b");
        memset(path + 3, '/', slashes);
        strcpy(path + 3 + slashes, "file");
        int fd = open(path, O_RDONLY);
        CHECK_EQUAL(fd >= 0, strlen(path) < MAXPATH);
        if (fd >= 0)
            close_file(fd);
    }
    remove_file("a/b/file");
    remove_file("a/b");
    remove_file("a");
}

void devices(void)
{
    struct stat stat_of;
    CHECK_EQUAL(mknod("console", 1, 0), 0);
    CHECK_EQUAL(mknod("console", 1, 0), -1);
    int fd = open_file("console", O_RDWR);
    CHECK_EQUAL(fstat(fd, &stat_of), 0);
    CHECK_EQUAL(stat_of.type, T_DEVICE);
    CHECK_EQUAL(write(fd, "", 0), 0);
    close_file(fd);
    CHECK_EQUAL(mknod("none", 9, 7), 0); // a number that nothing serves
    fd = open("none", O_RDWR);
    if (fd >= 0) {
        CHECK_EQUAL(read(fd, big, 1), -1);
        CHECK_EQUAL(write(fd, big, 1), -1);
        close_file(fd);
    }
    static const short majors[] = {NDEV, 100, 0x7fff, -1};
    for (uint i = 0; i < sizeof majors / sizeof *majors; i++) {
        if (mknod("odd", majors[i], 1) == 0) {
            CHECK_EQUAL(open("odd", O_RDWR), -1);
            remove_file("odd");
        }
    }
    remove_file("none");
    remove_file("console");
}
