// The disk is full, or has no inodes left.
#include "usertest.h"

// Writes until there is no more room. How many bytes. What found room is followed by large writes
// again: another process may have removed a file, and a byte at a time would take minutes.
static int fill_disk(const char *path, uint seed)
{
    int fd = open_file(path, O_CREATE | O_WRONLY), total = 0, size = BIG_SIZE;
    for (;;) {
        fill_bytes(big, size, seed, total);
        int written = write(fd, big, size);
        if (written <= 0 && size == 1)
            break;
        total += written > 0 ? written : 0;
        if (written == size)
            size = BIG_SIZE;
        else
            size = size > BSIZE ? BSIZE : 1;
    }
    close_file(fd);
    return total;
}

void disk_runs_out_of_blocks(void)
{
    uint64 before = free_blocks();
    make_pattern_file("small", 3000, 7);
    int size = fill_disk("large", 1);
    CHECK(size > (int)before / 2 * BSIZE);
    CHECK(free_blocks() <= 1);
    CHECK_EQUAL(mkdir("folder"), free_blocks() ? 0 : -1);
    unlink("folder");
    int fd = open("new", O_CREATE | O_RDWR); // an empty file needs no block
    if (fd >= 0) {
        CHECK(write(fd, big, 5 * BSIZE) <= BSIZE);
        close_file(fd);
        remove_file("new");
    }
    check_pattern_file("small", 3000, 7);
    check_pattern_file("large", size, 1);
    fd = open_file("small", O_RDWR); // what has its blocks can be written to
    fill_bytes(big, 2000, 7, 0);
    write_whole(fd, big, 2000);
    close_file(fd);
    remove_file("large");
    check_pattern_file("small", 3000, 7);
    remove_file("small");
    CHECK_EQUAL(free_blocks(), before);
}

static void fill_a_part(int number)
{
    char path[16];
    strcpy(path, numbered("part", number));
    int size = fill_disk(path, number);
    check_pattern_file(path, size, number);
    if (number % 2)
        remove_file(path);
}

// Several processes fill the disk together.
void disk_runs_out_for_many(void)
{
    uint64 before = free_blocks();
    run_at_once(4, fill_a_part);
    remove_file("part0");
    remove_file("part2");
    CHECK_EQUAL(free_blocks(), before);
}

// In directories of some hundred each, since a large one is slow to search.
void disk_runs_out_of_inodes(void)
{
    enum { EACH = 200 };
    uint64 before = free_inodes();
    int made = 0, folders = 0;
    for (;; made++) {
        if (made % EACH == 0) {
            if (made)
                CHECK_EQUAL(chdir(".."), 0);
            if (mkdir(numbered("d", folders)))
                break;
            CHECK_EQUAL(chdir(numbered("d", folders++)), 0);
        }
        int fd = open(numbered("f", made), O_CREATE | O_RDWR);
        if (fd < 0)
            break;
        close_file(fd);
    }
    if (made % EACH)
        CHECK_EQUAL(chdir(".."), 0);
    CHECK_EQUAL(made + folders, before);
    CHECK_EQUAL(free_inodes(), 0);
    CHECK_EQUAL(mkdir("one_more"), -1);
    CHECK_EQUAL(mknod("one_more", 1, 1), -1);
    CHECK_EQUAL(open("one_more", O_CREATE | O_RDWR), -1);
    CHECK_EQUAL(open("one_more", O_RDONLY), -1);
    CHECK_EQUAL(link("d0/f0", "one_more"), 0); // a name needs no inode
    remove_file("one_more");
    remove_file("d0/f0");
    make_file("d0/f0", "x", 1);
    for (int i = 0; i < made; i++) {
        if (i % EACH == 0 && i)
            CHECK_EQUAL(chdir(".."), 0);
        if (i % EACH == 0)
            CHECK_EQUAL(chdir(numbered("d", i / EACH)), 0);
        remove_file(numbered("f", i));
    }
    if (made)
        CHECK_EQUAL(chdir(".."), 0);
    for (int i = 0; i < folders; i++)
        remove_file(numbered("d", i));
    CHECK_EQUAL(free_inodes(), before);
}
