// What the file system's functions do and refuse, one after the other; each test starts with an
// empty disk and ends with a check of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disk.h"
#include "fs/alloc.h"
#include "fs/buffer.h"
#include "fs/inode_table.h"
#include "fs/log.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "fs/volume.h"
#include "machine.h"
#include "processes.h"
#include <stdlib.h>
#include <string.h>

static struct random chance = {7};
static struct shape shape;
static struct inode *root;

static void mount_root(void *unused)
{
    (void)unused;
    const char *wrong = fs_mount(disk_device());
    if (wrong)
        fail_msg("%s", wrong);
    root = fs_root();
}

static void start(uint32_t blocks, uint32_t inodes, uint32_t log_blocks)
{
    shape = (struct shape){blocks, inodes, log_blocks};
    format(disk_new(blocks), &shape);
    disk_use_random(&chance);
    boot(64, 2);
}

static void check_disk(void)
{
    unsigned notes;
    assert_int_equal(
        faults_on(disk_content(), (uint64_t)shape.blocks * FS_BLOCK_SIZE, true, &notes), 0);
    assert_int_equal(notes, 0);
}

// Runs a test as a process, on a disk that it has chosen.
static void run(void (*body)(void *))
{
    run_process(&chance, disk_end_one, mount_root, 0);
    run_process(&chance, disk_end_one, body, 0);
    inode_put(root);
    check_disk();
    shut_down();
    disk_free();
}

// Short ways to say things.

static int create(const char *path)
{
    struct inode *inode = fs_open(root, path, O_CREATE | O_RDWR);
    if (!inode)
        return -1;
    inode_put(inode);
    return 0;
}

static int opens(const char *path, int flags)
{
    struct inode *inode = fs_open(root, path, flags);
    if (!inode)
        return -1;
    inode_put(inode);
    return 0;
}

static int make_directory(const char *path)
{
    return fs_make_directory(root, path);
}

static int unlink_path(const char *path)
{
    return fs_unlink(root, path);
}

static int64_t write_at(struct inode *inode, const void *bytes, uint64_t offset, uint64_t size)
{
    return inode_write(inode, kernel_place(bytes), &offset, size, false);
}

static int64_t read_at(struct inode *inode, void *bytes, uint64_t offset, uint64_t size)
{
    inode_lock(inode);
    int64_t result = inode_read(inode, kernel_place(bytes), offset, size);
    inode_unlock(inode);
    return result;
}

static struct disk_usage usage(void)
{
    struct disk_usage usage;
    fs_usage(&usage);
    return usage;
}

static bool exists(const char *path)
{
    struct inode *inode = fs_lookup(root, path);
    if (inode)
        inode_put(inode);
    return inode;
}

// Tests.

static void names_body(void *unused)
{
    (void)unused;
    assert_int_equal(create("exactly14bytes"), 0);
    assert_true(exists("exactly14bytes-and-more")); // cut
    assert_int_equal(make_directory("exactly14bytesX"), -1);
    assert_false(exists("exactly14byte"));
    assert_int_equal(create(""), -1);
    assert_int_equal(create("/"), -1);
    assert_int_equal(create("///"), -1);
    assert_int_equal(make_directory(""), -1);
    assert_int_equal(make_directory("/"), -1);
    assert_int_equal(make_directory("d//"), 0);
    assert_int_equal(create("//d///f"), 0);
    assert_true(exists("d/../d/./f"));
    assert_true(exists("d/f/")); // empty names are skipped
    assert_false(exists("d/f/."));
    assert_false(exists("d/f/x"));
    assert_int_equal(create("d/f/x"), -1);
    assert_int_equal(create("none/x"), -1);
    assert_true(exists("/../../d"));
    struct inode *cwd = fs_lookup(root, "d"), *same = fs_lookup(cwd, "");
    assert_ptr_equal(cwd, same);
    inode_put(same);
    assert_int_equal(fs_make_directory(cwd, "../e"), 0);
    assert_true(exists("/e"));
    inode_put(cwd);
}

static void names(void **state)
{
    (void)state;
    start(300, 32, 30);
    run(names_body);
}

static void opening_body(void *unused)
{
    (void)unused;
    make_directory("d");
    assert_int_equal(fs_make_device(root, "dev", 3, 4), 0);
    assert_int_equal(fs_make_device(root, "dev", 3, 4), -1);
    assert_int_equal(create("f"), 0);
    assert_int_equal(create("f"), 0);   // the same again
    assert_int_equal(create("dev"), 0); // there is no O_EXCL
    assert_int_equal(create("d"), -1);
    assert_int_equal(create("."), -1);
    assert_int_equal(opens("d", O_RDONLY), 0);
    assert_int_equal(opens("d", O_WRONLY), -1);
    assert_int_equal(opens("d", O_RDWR), -1);
    assert_int_equal(opens("d", O_TRUNC), -1);
    assert_int_equal(opens("d", O_CREATE), -1);
    assert_int_equal(opens("", O_RDONLY), 0);
    assert_int_equal(opens("none", O_RDWR), -1);
    struct inode *inode = fs_open(root, "f", O_RDWR);
    assert_int_equal(write_at(inode, "text", 0, 4), 4);
    assert_int_equal(opens("f", O_RDWR | O_TRUNC), 0);
    inode_lock(inode);
    assert_int_equal(inode_size(inode), 0);
    inode_unlock(inode);
    inode_put(inode);
    inode = fs_lookup(root, "dev");
    assert_int_equal(inode_type(inode), FS_DEVICE);
    assert_int_equal(inode_major(inode), 3);
    assert_int_equal(write_at(inode, "text", 0, 4), -1);
    assert_int_equal(inode_truncate(inode), -1);
    inode_put(inode);
    assert_int_equal(write_at(root, "text", 0, 4), -1);
}

static void opening(void **state)
{
    (void)state;
    start(300, 32, 30);
    run(opening_body);
}

static void linking_body(void *unused)
{
    (void)unused;
    make_directory("d");
    create("f");
    assert_int_equal(fs_link(root, "f", "g"), 0);
    assert_int_equal(fs_link(root, "f", "g"), -1);
    assert_int_equal(fs_link(root, "f", "f"), -1);
    assert_int_equal(fs_link(root, "f", "d"), -1);
    assert_int_equal(fs_link(root, "d", "e"), -1);
    assert_int_equal(fs_link(root, "none", "h"), -1);
    assert_int_equal(fs_link(root, "f", "none/h"), -1);
    assert_int_equal(fs_link(root, "f", ""), -1);
    assert_int_equal(fs_link(root, "f", "d/f"), 0);
    assert_int_equal(unlink_path("d"), -1); // not empty
    assert_int_equal(unlink_path("."), -1);
    assert_int_equal(unlink_path("d/."), -1);
    assert_int_equal(unlink_path("d/.."), -1);
    assert_int_equal(unlink_path("/"), -1);
    assert_int_equal(unlink_path(""), -1);
    assert_int_equal(unlink_path("none"), -1);
    assert_int_equal(unlink_path("d/f"), 0);
    assert_int_equal(unlink_path("d"), 0);
    struct inode *inode = fs_lookup(root, "g");
    assert_int_equal(inode_links(inode), 2);
    uint16_t links = inode->disk.links;
    inode->disk.links = 32767;
    assert_int_equal(fs_link(root, "g", "one-too-many"), -1);
    inode->disk.links = links;
    inode_put(inode);
}

static void linking(void **state)
{
    (void)state;
    start(300, 32, 30);
    run(linking_body);
}

static void removed_directory_body(void *unused)
{
    (void)unused;
    make_directory("d");
    struct inode *cwd = fs_lookup(root, "d");
    assert_int_equal(fs_unlink(cwd, "../d"), 0);
    struct disk_usage before = usage();
    assert_null(fs_open(cwd, "f", O_CREATE | O_RDWR));
    assert_int_equal(fs_make_directory(cwd, "d"), -1);
    assert_int_equal(fs_make_device(cwd, "d", 1, 1), -1);
    create("f");
    assert_int_equal(fs_link(cwd, "/f", "f"), -1);
    assert_null(fs_lookup(cwd, "."));
    assert_null(fs_lookup(cwd, ".."));
    struct inode *same = fs_lookup(cwd, "");
    assert_ptr_equal(same, cwd);
    inode_put(same);
    inode_put(cwd);
    unlink_path("f");
    assert_int_equal(usage().free_blocks, before.free_blocks + 1);
    assert_int_equal(usage().free_inodes, before.free_inodes + 1);
}

static void removed_directory(void **state)
{
    (void)state;
    start(300, 32, 30);
    run(removed_directory_body);
}

static void open_file_stays_body(void *unused)
{
    (void)unused;
    static char bytes[100 * 1024], back[sizeof bytes];
    struct disk_usage before = usage();
    memset(bytes, 'y', sizeof bytes);
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    assert_int_equal(unlink_path("f"), 0);
    assert_int_equal(write_at(inode, bytes, 0, sizeof bytes), sizeof bytes);
    assert_int_equal(create("f"), 0); // another one
    assert_int_equal(read_at(inode, back, 0, sizeof back), sizeof back);
    assert_memory_equal(bytes, back, sizeof back);
    assert_int_equal(unlink_path("f"), 0);
    inode_put(inode);
    assert_int_equal(usage().free_blocks, before.free_blocks);
    assert_int_equal(usage().free_inodes, before.free_inodes);
}

static void open_file_stays(void **state)
{
    (void)state;
    start(400, 32, 30);
    run(open_file_stays_body);
}

static void full_disk_body(void *unused)
{
    (void)unused;
    static char bytes[400 * 1024], back[sizeof bytes];
    memset(bytes, 'z', sizeof bytes);
    make_directory("d");
    create("g");
    struct disk_usage before = usage();
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    int64_t written = write_at(inode, bytes, 0, sizeof bytes);
    assert_in_range(written, 1, sizeof bytes - 1); // short
    assert_int_equal(usage().free_blocks, 0);
    assert_int_equal(inode_size(inode), written);
    assert_int_equal(write_at(inode, bytes, written, 1024), -1);
    assert_int_equal(write_at(inode, bytes, 0, 5000), 5000); // needs no blocks
    assert_int_equal(make_directory("e"), -1);
    assert_int_equal(make_directory("d/e"), -1);
    assert_int_equal(create("d/h"), 0); // there is room in the directory
    assert_int_equal(read_at(inode, back, 0, sizeof back), written);
    assert_memory_equal(bytes, back, written);
    assert_int_equal(unlink_path("d/h"), 0);
    assert_int_equal(unlink_path("f"), 0);
    inode_put(inode);
    assert_int_equal(usage().free_blocks, before.free_blocks);
    assert_int_equal(usage().free_inodes, before.free_inodes);
}

static void full_disk(void **state)
{
    (void)state;
    start(330, 32, 30);
    run(full_disk_body);
}

static void no_inodes_body(void *unused)
{
    (void)unused;
    char name[] = "0";
    struct disk_usage before = usage();
    for (unsigned i = 0; i < 6; i++, name[0]++)
        assert_int_equal(create(name), 0);
    assert_int_equal(usage().free_inodes, 0);
    uint64_t blocks = usage().free_blocks;
    assert_int_equal(create("one-too-many"), -1);
    assert_int_equal(make_directory("one-too-many"), -1);
    assert_int_equal(fs_make_device(root, "one-too-many", 1, 1), -1);
    assert_int_equal(usage().free_blocks, blocks);
    assert_int_equal(fs_link(root, "0", "link"), 0);
    assert_int_equal(unlink_path("link"), 0);
    for (name[0] = '0'; name[0] < '6'; name[0]++)
        assert_int_equal(unlink_path(name), 0);
    assert_int_equal(usage().free_inodes, before.free_inodes);
    assert_int_equal(usage().free_blocks, before.free_blocks);
}

static void no_inodes(void **state)
{
    (void)state;
    start(300, 8, 30);
    run(no_inodes_body);
}

static void largest_file_body(void *unused)
{
    (void)unused;
    const uint64_t limit = (uint64_t)FS_MAX_BLOCKS * FS_BLOCK_SIZE;
    char bytes[2000] = "text", back[2000];
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    inode->disk.size = limit - 1500; // by hand: the disk has no room for what comes before
    assert_int_equal(write_at(inode, bytes, limit - 1500, 2000), 1500);
    assert_int_equal(inode_size(inode), limit);
    assert_int_equal(write_at(inode, bytes, limit, 1), -1);
    assert_int_equal(read_at(inode, back, limit - 1500, 2000), 1500);
    assert_memory_equal(bytes, back, 1500);
    assert_int_equal(read_at(inode, back, limit / 2, 2000), -1); // missing blocks are damage
    assert_int_equal(read_at(inode, back, limit, 1), 0);
    assert_int_equal(read_at(inode, back, UINT64_MAX, UINT64_MAX), 0);
    assert_int_equal(unlink_path("f"), 0);
    inode_put(inode);
}

static void largest_file(void **state)
{
    (void)state;
    start(300, 8, 30);
    run(largest_file_body);
}

// A descriptor's offset can lie there when another one has emptied the file.
static void behind_the_end_body(void *unused)
{
    (void)unused;
    char bytes[3000] = "text";
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    assert_int_equal(write_at(inode, bytes, 1, 1), -1);
    assert_int_equal(write_at(inode, bytes, UINT64_MAX - 5, 10), -1);
    assert_int_equal(write_at(inode, bytes, 1, 0), 0);
    assert_int_equal(inode_size(inode), 0);
    assert_int_equal(write_at(inode, bytes, 0, 1000), 1000);
    struct disk_usage before = usage();
    assert_int_equal(write_at(inode, bytes, 1001, 1), -1);
    assert_int_equal(write_at(inode, bytes, 1001, 3000), -1);
    assert_int_equal(inode_size(inode), 1000);
    assert_int_equal(usage().free_blocks, before.free_blocks);
    assert_int_equal(write_at(inode, bytes, 1000, 3000), 3000);
    uint64_t offset = 9999;
    assert_int_equal(inode_write(inode, kernel_place(bytes), &offset, 1, true), 1);
    assert_int_equal(offset, 4001);
    inode_put(inode);
}

static void behind_the_end(void **state)
{
    (void)state;
    start(300, 8, 30);
    run(behind_the_end_body);
}

static void bad_places_body(void *unused)
{
    (void)unused;
    static _Alignas(4096) char memory[4 * 4096];
    set_user_memory(memory, sizeof memory);
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    uint64_t offset = 0;
    struct disk_usage before = usage();
    struct place good = {(uint64_t)memory, true}, bad = {(uint64_t)memory + sizeof memory, true};
    struct place half = {(uint64_t)memory + sizeof memory - 4096, true};
    assert_int_equal(inode_write(inode, bad, &offset, 10, false), -1);
    assert_int_equal(inode_write(inode, half, &offset, 8192, false), -1);
    assert_int_equal(inode_write(inode, good, &offset, UINT64_MAX, false), -1);
    assert_int_equal(inode_size(inode), 0);
    assert_int_equal(usage().free_blocks, before.free_blocks);
    assert_int_equal(inode_write(inode, good, &offset, 0, false), 0);
    assert_int_equal(inode_write(inode, good, &offset, sizeof memory, false), sizeof memory);
    assert_int_equal(offset, sizeof memory);
    assert_int_equal(inode_write(inode, good, &offset, 1, true), 1);
    inode_lock(inode);
    assert_int_equal(inode_read(inode, bad, 0, 10), -1);
    assert_int_equal(inode_read(inode, half, 0, 8192), -1);
    assert_int_equal(inode_read(inode, good, 0, sizeof memory), sizeof memory);
    inode_unlock(inode);
    inode_put(inode);
}

static void bad_places(void **state)
{
    (void)state;
    start(300, 8, 30);
    run(bad_places_body);
}

static void full_table_body(void *unused)
{
    (void)unused;
    struct inode *held[64];
    char name[] = "f00";
    unsigned count = 0;
    for (unsigned i = 0; i < 20; i++, count++) {
        name[1] = '0' + i / 10;
        name[2] = '0' + i % 10;
        held[i] = fs_open(root, name, O_CREATE | O_RDWR);
        if (!held[i])
            break;
    }
    assert_int_equal(count, 7); // and the root
    assert_false(exists(name));
    inode_put(held[--count]);
    assert_int_equal(create(name), 0);
    while (count)
        inode_put(held[--count]);
}

static void full_table(void **state)
{
    (void)state;
    start(300, 64, 30);
    assert_true(inode_table_init(8));
    run(full_table_body);
}

// A disk whose bitmap has many blocks, each with only a few free blocks left, so that a file
// touches more of them than the log has room for.

enum {
    SCATTERED_BITMAP = 12,
    SCATTERED_BLOCKS = SCATTERED_BITMAP * 8192,
    SCATTERED_FREE = 4 * SCATTERED_BITMAP,
    SCATTERED_FILE = SCATTERED_FREE - 3,
};

static void start_scattered(void)
{
    start(SCATTERED_BLOCKS, 64, FS_LOG_MIN);
    uint8_t *image = disk_after_cut();
    const struct fs_super *super = (const struct fs_super *)image;
    uint8_t *bitmap = image + (uint64_t)super->bitmap_start * FS_BLOCK_SIZE;
    for (uint32_t i = 0; i < SCATTERED_BLOCKS / 8; i++)
        bitmap[i] = i % 1024 == 1000 ? 0xf0 : 0xff;
}

static char scattered_bytes[SCATTERED_FILE * FS_BLOCK_SIZE];

static void make_scattered(void *unused)
{
    (void)unused;
    memset(scattered_bytes, 's', sizeof scattered_bytes);
    struct inode *inode = fs_open(root, "f", O_CREATE | O_RDWR);
    assert_int_equal(write_at(inode, scattered_bytes, 0, sizeof scattered_bytes),
                     sizeof scattered_bytes);
    inode_put(inode);
}

static void truncate_scattered(void *unused)
{
    (void)unused;
    assert_int_equal(opens("f", O_RDWR | O_TRUNC), 0);
}

static void remove_scattered(void *unused)
{
    (void)unused;
    assert_int_equal(unlink_path("f"), 0);
}

// After a power cut the file is there whole, or is empty or gone; and what it had is free then.
static void check_scattered(void *unused)
{
    static char back[sizeof scattered_bytes];
    mount_root(unused);
    struct inode *inode = fs_lookup(root, "f");
    uint64_t size = inode ? inode_size(inode) : 0;
    assert_true(size == 0 || size == sizeof back);
    assert_int_equal(usage().free_blocks, SCATTERED_FREE - (size ? SCATTERED_FILE + 1 : 0));
    assert_int_equal(usage().free_inodes, inode ? 61 : 62);
    if (size) {
        assert_int_equal(read_at(inode, back, 0, sizeof back), sizeof back);
        assert_memory_equal(back, scattered_bytes, sizeof back);
    }
    if (inode)
        inode_put(inode);
}

// With a power cut at one write after the other, until one does not come to it any more. The blocks
// that are in use without a file are no fault here.
static void cut_scattered(void (*body)(void *))
{
    start_scattered();
    run_process(&chance, disk_end_one, mount_root, 0);
    bool cut = true;
    for (unsigned writes = 1; cut; writes += 3) {
        run_process(&chance, disk_end_one, make_scattered, 0);
        disk_cut_after(writes, 0);
        run_process(&chance, disk_end_one, body, 0);
        cut = processes_were_stopped();
        disk_after_cut();
        boot(64, 2);
        run_process(&chance, disk_end_one, check_scattered, 0);
    }
    shut_down();
    disk_free();
}

static void cut_truncation(void **state)
{
    (void)state;
    cut_scattered(truncate_scattered);
}

static void cut_removal(void **state)
{
    (void)state;
    cut_scattered(remove_scattered);
}

// Disks that must not be mounted.

static const char *mount_result;

static void try_mount(void *unused)
{
    (void)unused;
    mount_result = fs_mount(disk_device());
}

static void damaged(void (*damage)(struct fs_super *), bool sum)
{
    start(300, 32, 30);
    struct fs_super *super = (struct fs_super *)disk_after_cut();
    damage(super);
    if (sum)
        super->checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)super,
                                      offsetof(struct fs_super, checksum) / 4);
    run_process(&chance, disk_end_one, try_mount, 0);
    assert_non_null(mount_result);
    shut_down();
    disk_free();
}

static void wrong_magic(struct fs_super *super)
{
    super->magic++;
}
static void wrong_version(struct fs_super *super)
{
    super->version++;
}
static void wrong_sum(struct fs_super *super)
{
    super->checksum++;
}
static void too_large(struct fs_super *super)
{
    super->blocks++;
}
static void no_room(struct fs_super *super)
{
    super->blocks = super->data_start;
}
static void small_log(struct fs_super *super)
{
    super->log_blocks = FS_LOG_MIN - 1;
}
static void gap(struct fs_super *super)
{
    super->inode_start++;
}
static void overlap(struct fs_super *super)
{
    super->bitmap_start--;
}
static void wild_inodes(struct fs_super *super)
{
    super->inodes = UINT32_MAX;
}
static void no_root(struct fs_super *super)
{
    uint8_t *inode = (uint8_t *)super + (uint64_t)super->inode_start * FS_BLOCK_SIZE +
                     FS_ROOT * sizeof(struct fs_inode);
    memset(inode, 0, sizeof(struct fs_inode));
}

static void refused(void **state)
{
    (void)state;
    damaged(wrong_magic, true);
    damaged(wrong_version, true);
    damaged(wrong_sum, false);
    damaged(too_large, true);
    damaged(no_room, true);
    damaged(small_log, true);
    damaged(gap, true);
    damaged(overlap, true);
    damaged(wild_inodes, true);
    damaged(no_root, true);
}

// More processes than buffers: those that find none get one in the order in which they came.

enum { FEW_BUFFERS = 4, MANY_USERS = 12 };

static void use_buffers(void *argument)
{
    uint32_t own = volume.super.data_start + (uintptr_t)argument;
    for (unsigned i = 0; i < 20; i++) {
        struct buffer *buffer = buffer_get_blank(own);
        memset(buffer->data, own, BLOCK_SIZE);
        for (unsigned j = 0; j < 20; j++) // others run
            spin_released();
        assert_int_equal(*(uint8_t *)buffer->data, (uint8_t)own);
        assert_int_equal(buffer->block, own);
        buffer_put(buffer);
    }
}

static void few_buffers(void **state)
{
    (void)state;
    start(300, 8, 30);
    run_process(&chance, disk_end_one, mount_root, 0);
    inode_put(root);
    assert_true(buffer_init(FEW_BUFFERS));
    for (uintptr_t i = 0; i < MANY_USERS; i++)
        add_process(use_buffers, (void *)i);
    run_processes(&chance, disk_end_one);
    shut_down();
    disk_free();
}

// usage: test_calls [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),          cmocka_unit_test(opening),
        cmocka_unit_test(linking),        cmocka_unit_test(removed_directory),
        cmocka_unit_test(full_disk),      cmocka_unit_test(open_file_stays),
        cmocka_unit_test(no_inodes),      cmocka_unit_test(largest_file),
        cmocka_unit_test(behind_the_end), cmocka_unit_test(bad_places),
        cmocka_unit_test(full_table),     cmocka_unit_test(cut_removal),
        cmocka_unit_test(cut_truncation), cmocka_unit_test(refused),
        cmocka_unit_test(few_buffers),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("calls", tests, 0, 0);
}
