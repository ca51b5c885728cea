// Damages a file system at random, mounts it and uses everything on it: no access outside of
// memory, no panic, no circle of waiting, no end that does not come.
//
// usage: damage [-s SEED] [-n DISKS] [-v]
#include "disk.h"
#include "fs/inode_table.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "machine.h"
#include "processes.h"
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 3, STEPS = 60 };

static const struct shape shape = {.blocks = 1500, .inodes = 64, .log_blocks = 40};
static uint8_t *sound; // an image without damage
static struct random random_numbers;
static bool verbose;

// The image without damage: directories, links, a device, files of all sizes.

static void make_file(struct inode *root, const char *path, uint64_t size)
{
    struct inode *inode = fs_open(root, path, O_CREATE | O_RDWR);
    char *bytes = malloc(size + 1);
    memset(bytes, 'x', size + 1);
    uint64_t offset = 0;
    if (!inode || inode_write(inode, kernel_place(bytes), &offset, size, false) != (int64_t)size)
        abort();
    free(bytes);
    inode_put(inode);
}

static void make_sound(void *unused)
{
    (void)unused;
    if (fs_mount(disk_device()))
        abort();
    struct inode *root = fs_root();
    fs_make_directory(root, "/a");
    fs_make_directory(root, "/a/b");
    fs_make_directory(root, "/a/b/c");
    fs_make_directory(root, "/a/empty");
    fs_make_device(root, "/a/device", 1, 0);
    make_file(root, "/a/small", 100);
    make_file(root, "/a/b/middle", 20 * 1024);
    make_file(root, "/a/b/c/large", 300 * 1024);
    fs_link(root, "/a/small", "/a/b/link");
    char name[] = "/a/b/0";
    for (; name[5] <= '9'; name[5]++)
        make_file(root, name, 10);
    inode_put(root);
}

// Damage.

static uint64_t below(uint64_t limit)
{
    return random_below(&random_numbers, limit);
}

static uint32_t wild_number(void)
{
    static const uint32_t numbers[] = {0,    1,          2,          0xffff,     0x7fffffff,
                                       1500, 0xffffffff, 0x80000000, 0xfffffffe, 16};
    return below(2) ? numbers[below(sizeof numbers / sizeof *numbers)] : below(1600);
}

static const struct fs_super *super(void)
{
    return (const struct fs_super *)sound;
}

static void damage_super(uint8_t *image)
{
    struct fs_super *here = (struct fs_super *)image;
    uint32_t *words = (uint32_t *)image;
    unsigned field = below(sizeof *here / sizeof *words);
    words[field] = below(3) ? wild_number() : words[field] + below(3) - 1;
    if (below(4))
        here->checksum =
            fs_checksum(FS_CHECKSUM_START, words, offsetof(struct fs_super, checksum) / 4);
}

// A commit that the checksum vouches for.
static void damage_log(uint8_t *image)
{
    struct fs_log_header *header =
        (struct fs_log_header *)(image + super()->log_start * FS_BLOCK_SIZE);
    header->first = below(3) ? below(40) : wild_number();
    header->count = below(3) ? below(40) : wild_number();
    for (unsigned i = 0; i < FS_LOG_LIMIT; i++)
        if (below(4) == 0)
            header->home[i] = below(8) ? below(1500) : wild_number();
    uint32_t sum = fs_checksum(FS_CHECKSUM_START, (uint32_t *)header,
                               offsetof(struct fs_log_header, checksum) / 4);
    uint32_t count = header->count <= FS_LOG_LIMIT ? header->count : 0;
    header->checksum = fs_checksum(sum, header->home, count);
}

static struct fs_inode *inode_at(uint8_t *image, uint32_t number)
{
    return (struct fs_inode *)(image + super()->inode_start * FS_BLOCK_SIZE) + number;
}

static void damage_inode(uint8_t *image)
{
    struct fs_inode *inode = inode_at(image, 1 + below(24));
    switch (below(5)) {
    case 0:
        inode->type = below(5);
        break;
    case 1:
        inode->size = below(2) ? wild_number() : below(400) * 1024;
        break;
    case 2:
        inode->links = below(2) ? below(3) : wild_number();
        break;
    default:
        inode->address[below(FS_DIRECT + 2)] = wild_number();
    }
}

// A block that the inode refers to, from the beginning; 0 where that is none.
static uint8_t *block_of(uint8_t *image, uint32_t number, unsigned address)
{
    uint32_t block = inode_at(sound, number)->address[address];
    return block && block < shape.blocks ? image + (uint64_t)block * FS_BLOCK_SIZE : 0;
}

static void damage_directory(uint8_t *image)
{
    uint32_t number = 1 + below(24);
    struct fs_entry *entries = (struct fs_entry *)block_of(image, number, 0);
    if (!entries || inode_at(sound, number)->type != FS_DIRECTORY)
        return;
    struct fs_entry *entry = &entries[below(16)];
    if (below(4) == 0)
        entry->name[below(FS_NAME_SIZE)] = below(2) ? '/' : 0;
    else
        entry->inode = below(6) ? below(26) : wild_number();
}

static void damage_addresses(uint8_t *image)
{
    uint32_t number = 1 + below(24);
    uint32_t *entries = (uint32_t *)block_of(image, number, FS_DIRECT + below(2));
    if (entries)
        entries[below(2) ? below(FS_ADDRESSES) : below(16)] = wild_number();
}

static void damage_bitmap(uint8_t *image)
{
    uint8_t *bitmap = image + (uint64_t)super()->bitmap_start * FS_BLOCK_SIZE;
    for (unsigned i = 1 + below(200); i; i--) {
        uint32_t bit = below(below(2) ? shape.blocks : super()->data_start + 60);
        bitmap[bit / 8] ^= 1 << bit % 8;
    }
}

static void flip_bits(uint8_t *image)
{
    uint64_t end = (uint64_t)(super()->data_start + 60) * FS_BLOCK_SIZE;
    for (unsigned i = 1 + below(30); i; i--)
        image[below(end)] ^= 1 << below(8);
}

static void damage(uint8_t *image)
{
    static void (*const ways[])(uint8_t *) = {damage_inode,  damage_inode,     damage_directory,
                                              damage_bitmap, damage_addresses, damage_directory,
                                              flip_bits,     damage_log,       damage_super};
    for (unsigned i = 1 + below(6); i; i--)
        ways[below(sizeof ways / sizeof *ways - (i > 1 ? 2 : 0))](image);
}

// Use.

static const char *const names[] = {"a",    "b", "c", "empty", "device", "small", "middle", "large",
                                    "link", "5", ".", "..",    "new",    "",      "newer"};

static const char *some_name(struct random *random)
{
    return names[random_below(random, sizeof names / sizeof *names)];
}

static void use_file(struct random *random, struct inode *inode)
{
    static char bytes[40000];
    uint64_t offset = random_below(random, random_one_in(random, 9) ? 70000000 : 400000);
    inode_lock(inode);
    inode_read(inode, kernel_place(bytes), offset, sizeof bytes);
    inode_read(inode, kernel_place(bytes), 0, sizeof bytes);
    inode_unlock(inode);
    if (random_one_in(random, 2))
        inode_write(inode, kernel_place(bytes), &offset, random_below(random, sizeof bytes),
                    random_one_in(random, 2));
    if (random_one_in(random, 4))
        inode_truncate(inode);
}

static void use_directory(struct random *random, struct inode *dir)
{
    const char *name = some_name(random);
    struct inode *inode;
    switch (random_below(random, 6)) {
    case 0:
        fs_make_directory(dir, name);
        break;
    case 1:
        fs_make_device(dir, name, 1, 2);
        break;
    case 2:
        fs_link(dir, some_name(random), name);
        break;
    case 3:
    case 4:
        fs_unlink(dir, name);
        break;
    default:
        inode = fs_open(dir, name, O_CREATE | (random_one_in(random, 3) ? O_TRUNC : 0));
        if (inode)
            inode_put(inode);
    }
}

static void use(void *argument)
{
    struct random random = {(uint64_t)argument};
    struct inode *here = fs_root();
    for (unsigned i = 0; i < STEPS; i++) {
        struct inode *next = fs_lookup(here, some_name(&random));
        if (next && inode_type(next) == FS_DIRECTORY) {
            inode_put(here);
            here = next;
        } else if (next) {
            use_file(&random, next);
            inode_put(next);
        }
        use_directory(&random, here);
    }
    inode_put(here);
}

static bool mounted;

static void mount(void *unused)
{
    (void)unused;
    const char *wrong = fs_mount(disk_device());
    mounted = !wrong;
    if (verbose && wrong)
        fprintf(stderr, "refused: %s\n", wrong);
}

static bool test_one(uint64_t seed)
{
    random_numbers.state = seed;
    uint64_t blocks = below(20) ? shape.blocks : below(shape.blocks);
    uint8_t *image = malloc((uint64_t)shape.blocks * FS_BLOCK_SIZE);
    memcpy(image, sound, (uint64_t)shape.blocks * FS_BLOCK_SIZE);
    damage(image);
    memcpy(disk_new(blocks + 1), image, blocks * FS_BLOCK_SIZE);
    free(image);
    boot(64, 2);
    run_process(&random_numbers, disk_end_one, mount, 0);
    for (unsigned i = 0; mounted && i < WORKERS; i++)
        add_process(use, (void *)(seed * WORKERS + i));
    run_processes(&random_numbers, disk_end_one);
    return mounted;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, disks = 300, refused = 0;
    int option;
    while ((option = getopt(argc, argv, "s:n:v")) != -1) {
        if (option == 's')
            seed = strtoull(optarg, 0, 0);
        else if (option == 'n')
            disks = strtoull(optarg, 0, 0);
        else if (option == 'v')
            verbose = true;
        else
            return 2;
    }
    show_lines(verbose);
    disk_use_random(&random_numbers);
    format(disk_new(shape.blocks), &shape);
    boot(64, 2);
    run_process(&random_numbers, disk_end_one, make_sound, 0);
    sound = malloc((uint64_t)shape.blocks * FS_BLOCK_SIZE);
    memcpy(sound, disk_content(), (uint64_t)shape.blocks * FS_BLOCK_SIZE);
    for (uint64_t i = 0; i < disks; i++) {
        if (verbose)
            fprintf(stderr, "seed %lu\n", seed + i);
        refused += !test_one(seed + i);
    }
    shut_down();
    disk_free();
    printf("%lu damaged disks, %lu of them refused\n", disks, refused);
    return 0;
}
