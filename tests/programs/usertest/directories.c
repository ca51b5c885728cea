// Directories: their entries, the current one, deep ones, large ones.
#include "usertest.h"

// Entries of the current directory, without . and ..
static int count_entries(void)
{
    struct dirent entry;
    int fd = open_file(".", O_RDONLY), count = 0;
    while (read(fd, &entry, sizeof entry) == sizeof entry)
        count += entry.inum != 0;
    close_file(fd);
    return count - 2;
}

void directories_are_read(void)
{
    struct dirent entry;
    struct stat own, parent;
    CHECK_EQUAL(count_entries(), 0);
    CHECK_EQUAL(stat(".", &own), 0);
    CHECK_EQUAL(stat("..", &parent), 0);
    CHECK_EQUAL(own.type, T_DIR);
    int fd = open_file(".", O_RDONLY);
    read_whole(fd, &entry, sizeof entry);
    CHECK_EQUAL(strcmp(entry.name, "."), 0);
    CHECK_EQUAL(entry.inum, own.ino);
    read_whole(fd, &entry, sizeof entry);
    CHECK_EQUAL(strcmp(entry.name, ".."), 0);
    CHECK_EQUAL(entry.inum, parent.ino);
    CHECK_EQUAL(read(fd, &entry, sizeof entry), 0);
    close_file(fd);
    CHECK_EQUAL(open(".", O_RDWR), -1);
    CHECK_EQUAL(open(".", O_WRONLY), -1);
    CHECK_EQUAL(open(".", O_CREATE | O_RDWR), -1);
    fd = open_file(".", O_RDONLY);
    CHECK_EQUAL(write(fd, &entry, sizeof entry), -1);
    close_file(fd);
}

void directories_are_made_and_removed(void)
{
    CHECK_EQUAL(mkdir("a"), 0);
    CHECK_EQUAL(mkdir("a"), -1);
    CHECK_EQUAL(mkdir("a/b"), 0);
    CHECK_EQUAL(mkdir("absent/b"), -1);
    make_file("a/file", "x", 1);
    CHECK_EQUAL(mkdir("a/file"), -1);
    CHECK_EQUAL(mkdir("a/file/b"), -1);
    CHECK_EQUAL(chdir("a/file"), -1);
    CHECK_EQUAL(chdir("a"), 0);
    CHECK_EQUAL(unlink("."), -1);
    CHECK_EQUAL(unlink(".."), -1);
    CHECK_EQUAL(unlink("b/."), -1);
    CHECK_EQUAL(unlink("b/.."), -1);
    CHECK_EQUAL(chdir("b/../.."), 0);
    CHECK_EQUAL(unlink("a"), -1);
    remove_file("a/file");
    CHECK_EQUAL(unlink("a"), -1);
    remove_file("a/b");
    remove_file("a");
    CHECK_EQUAL(count_entries(), 0);
}

// Somebody's current directory may be removed. Nothing can be made there then.
void removed_current_directory(void)
{
    CHECK_EQUAL(mkdir("a"), 0);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(chdir("a"), 0);
        remove_file("../a");
        CHECK_EQUAL(open("file", O_CREATE | O_RDWR), -1);
        CHECK_EQUAL(mkdir("b"), -1);
        CHECK_EQUAL(mknod("c", 1, 1), -1);
        CHECK_EQUAL(link("/README", "d"), -1);
        CHECK_EQUAL(mkdir("../a"), -1);
        int fd = open(".", O_RDONLY);
        if (fd >= 0)
            close(fd);
        chdir(".."); // may lead nowhere
        exit(0);
    }
    expect_end(pid, 0);
    CHECK_EQUAL(open("a", O_RDONLY), -1);
    CHECK_EQUAL(count_entries(), 0);
}

// Deeper than any path could say.
void deep_directories(void)
{
    const int depth = 150;
    for (int i = 0; i < depth; i++) {
        CHECK_EQUAL(mkdir("d"), 0);
        CHECK_EQUAL(chdir("d"), 0);
    }
    make_file("bottom", "x", 1);
    for (int i = 0; i < depth; i += 10)
        CHECK_EQUAL(chdir("../../../../../../../../../.."), 0);
    CHECK_EQUAL(count_entries(), 1);
    CHECK_EQUAL(unlink("d"), -1);
    for (int i = 0; i < depth; i++)
        CHECK_EQUAL(chdir("d"), 0);
    remove_file("bottom");
    for (int i = 0; i < depth; i++) {
        CHECK_EQUAL(chdir(".."), 0);
        remove_file("d");
    }
}

// More entries than a few blocks hold; they are removed in another order than made.
void large_directories(void)
{
    const int count = 400;
    for (int i = 0; i < count; i++) {
        if (i % 50 == 0)
            CHECK_EQUAL(mkdir(numbered("n", i)), 0);
        else
            make_file(numbered("n", i), &i, sizeof i);
    }
    CHECK_EQUAL(count_entries(), count);
    for (int i = 1; i < count; i += 13) {
        int number = -1;
        if (i % 50 == 0)
            continue;
        int fd = open_file(numbered("n", i), O_RDONLY);
        read_whole(fd, &number, sizeof number);
        CHECK_EQUAL(number, i);
        close_file(fd);
    }
    for (int i = 0; i < count; i += 2)
        remove_file(numbered("n", i));
    CHECK_EQUAL(count_entries(), count / 2);
    for (int i = 0; i < count; i += 2) // into the gaps
        CHECK_EQUAL(link("n1", numbered("m", i)), 0);
    CHECK_EQUAL(count_entries(), count);
    for (int i = 0; i < count; i += 2)
        remove_file(numbered("m", i));
    for (int i = count - 1; i > 0; i -= 2)
        remove_file(numbered("n", i));
    CHECK_EQUAL(count_entries(), 0);
}

void current_directory_of_children(void)
{
    CHECK_EQUAL(mkdir("a"), 0);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(chdir("a"), 0);
        make_file("file", "x", 1);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK_EQUAL(open("file", O_RDONLY), -1);
    CHECK_EQUAL(chdir("a"), 0);
    char *argv[] = {own_path, "-x", "open", "file", 0};
    CHECK_EQUAL(run_program(own_path, argv), 0);
    CHECK_EQUAL(chdir("absent"), -1);
    remove_file("file");
    CHECK_EQUAL(chdir(".."), 0);
    remove_file("a");
}
