// Random changes by several processes, power cuts at random writes, and a comparison with a model.
//
// usage: power_cuts [-s SEED] [-n CUTS] [-v]
#include "check.h"
#include "compare.h"
#include "disk.h"
#include "fs/buffer.h"
#include "fs/log.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "kernel/param.h"
#include "machine.h"
#include "processes.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORKERS = 5, CUTS_OF_ONE_DISK = 8, LOG_HEADER = 1 };

struct worker {
    struct owner owner;
    struct model model;
    struct change change; // under way
    bool busy;
    unsigned index;
    struct random random;
};

static struct {
    uint64_t seed;
    bool verbose;
    struct random random;
    struct shape shape;
    uint32_t buffers;
    uint64_t largest; // bytes of one write
    bool tight;       // changes may fail: blocks or inodes may run out, or the disk fails
    uint64_t fail_reads, fail_writes; // one in so many; 0: none
    unsigned worker_count;
    unsigned changes; // of each worker, in one round
    struct worker workers[MAX_WORKERS];
} test;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "seed %lu: %s\n", test.seed, what);
    exit(1);
}

static void say_change(const struct worker *worker, const char *what, int64_t result)
{
    static const char *const names[] = {"create", "mkdir", "mknod", "link",  "unlink",
                                        "trunc",  "write", "open",  "close", "read"};
    const struct change *change = &worker->change;
    if (test.verbose)
        fprintf(stderr, "%s: %s %s top%d/%d old top%d/%d handle %d size %lu at %lu%s = %ld\n",
                worker->owner.directory, what, names[change->action], change->where.top,
                change->where.child, change->other.top, change->other.child, change->handle,
                change->size, change->offset, change->append ? " append" : "", result);
}

// A change is done on the file system, and then on the model. False: the disk has failed, and
// nobody knows whether the change is there.
static bool change_one(struct worker *worker)
{
    worker->change = model_choose(&worker->model, &worker->random, test.largest);
    worker->busy = true;
    say_change(worker, "begin", 0);
    int64_t result = perform(&worker->owner, &worker->change);
    say_change(worker, "end", result);
    bool whole = worker->change.action != WRITE || result == (int64_t)worker->change.size;
    if (log_is_read_only() && (result < 0 || !whole))
        return false;
    struct model after = model_copy(&worker->model);
    bool possible = model_apply(&after, &worker->change);
    if (result >= 0 && !possible)
        fail("a change worked that should not");
    if (result < 0 && possible && !test.tight)
        fail("a change did not work");
    if (result >= 0 && !whole) {
        if (!test.tight)
            fail("a write was short");
        model_free(&after);
        after = model_copy(&worker->model);
        worker->change.size = result;
        model_apply(&after, &worker->change);
    }
    if (result >= 0) {
        struct model old = worker->model;
        worker->model = after;
        after = old;
    }
    model_free(&after);
    worker->busy = false;
    return true;
}

// All workers at the same names, with no model: only the structure must be right then.
static void race(struct worker *worker)
{
    static const char *const names[] = {"/shared/a", "/shared/b", "/shared/a/c", "/shared/b/c"};
    struct inode *cwd = fs_root();
    const char *name = names[random_below(&worker->random, 4)];
    struct inode *inode = 0;
    switch (random_below(&worker->random, 7)) {
    case 0:
        inode = fs_open(cwd, name, O_CREATE | O_RDWR);
        break;
    case 1:
        fs_make_directory(cwd, name);
        break;
    case 2:
    case 3:
        fs_unlink(cwd, name);
        break;
    case 4:
        fs_link(cwd, name, names[random_below(&worker->random, 4)]);
        break;
    case 5:
        inode = fs_lookup(cwd, name);
        fs_unlink(cwd, name);
        if (inode && fs_make_directory(inode, "d") == 0)
            fs_unlink(inode, "d");
        break;
    case 6:
        inode = fs_open(cwd, name, O_RDWR);
        uint64_t offset = 0;
        if (inode)
            inode_write(inode, kernel_place(names), &offset, sizeof names, true);
        break;
    }
    if (inode)
        inode_put(inode);
    inode_put(cwd);
}

static void work(void *argument)
{
    struct worker *worker = argument;
    bool known = true;
    for (unsigned i = 0; i < test.changes && known; i++) {
        if (random_one_in(&worker->random, 5))
            race(worker);
        else
            known = change_one(worker);
    }
}

static void close_handles(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < test.worker_count; i++) {
        struct worker *worker = &test.workers[i];
        for (int handle = 0; handle < HANDLES; handle++) {
            worker->change = (struct change){.action = CLOSE, .handle = handle};
            perform(&worker->owner, &worker->change);
            model_apply(&worker->model, &worker->change);
        }
    }
}

// After a power cut: a write may have ended in any of its pieces, but a small one is whole or
// absent, unless it may stop in the middle for lack of blocks, or as the disk fails.
static bool partly_written(struct worker *worker)
{
    struct change part = worker->change;
    if (part.action != WRITE || !model_object(&worker->model, &part))
        return false;
    bool one_piece = part.size <= (MAXOPBLOCKS - 1) * FS_BLOCK_SIZE && test.shape.log_blocks > 40 &&
                     test.buffers > 80 && !test.tight;
    int64_t size = written_part(&worker->owner, &worker->model, &part);
    if (size <= 0 || one_piece)
        return false;
    part.size = size;
    model_apply(&worker->model, &part);
    return matches(&worker->owner, &worker->model, true);
}

static void check_worker(struct worker *worker)
{
    for (int i = 0; i < HANDLES; i++)
        worker->owner.handles[i] = 0;
    // What was open is closed by the cut.
    struct model before = model_copy(&worker->model), after = model_copy(&worker->model);
    if (worker->busy)
        model_apply(&after, &worker->change);
    for (int i = 0; i < HANDLES; i++) {
        struct change change = {.action = CLOSE, .handle = i};
        model_apply(&before, &change);
        model_apply(&after, &change);
    }
    bool is_before = matches(&worker->owner, &before, !worker->busy);
    bool is_after = !is_before && worker->busy && matches(&worker->owner, &after, false);
    if (!is_before && !is_after && !(worker->busy && partly_written(worker))) {
        say_change(worker, "was cut:", 0);
        matches(&worker->owner, &before, true);
        matches(&worker->owner, &after, true);
        fail("after a power cut there is neither the state before nor the one after");
    }
    if (is_before || is_after) {
        model_free(&worker->model);
        worker->model = model_copy(is_before ? &before : &after);
    } else { // partly written: the handles are still open in the model
        for (int i = 0; i < HANDLES; i++)
            model_apply(&worker->model, &(struct change){.action = CLOSE, .handle = i});
    }
    model_free(&before);
    model_free(&after);
    worker->busy = false;
}

static void check_workers(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < test.worker_count; i++)
        check_worker(&test.workers[i]);
}

static void check_usage(const uint8_t *image)
{
    struct disk_usage usage;
    fs_usage(&usage);
    uint64_t size = (uint64_t)test.shape.blocks * FS_BLOCK_SIZE;
    struct fs_summary summary = fs_summarise(replayed(image, size));
    if (usage.free_blocks != summary.free_blocks || usage.free_inodes != summary.free_inodes) {
        fprintf(stderr, "free: %lu blocks, %lu inodes; on the disk: %u, %u\n", usage.free_blocks,
                usage.free_inodes, summary.free_blocks, summary.free_inodes);
        fail("what is free is counted wrong");
    }
}

static void check_structure(const uint8_t *image, bool orphans)
{
    unsigned notes;
    uint64_t size = (uint64_t)test.shape.blocks * FS_BLOCK_SIZE;
    if (faults_on(image, size, false, &notes) || (notes && !orphans)) {
        faults_on(image, size, true, &notes);
        fail("the structure is damaged");
    }
}

static void mount(void *unused)
{
    (void)unused;
    const char *wrong = fs_mount(disk_device());
    if (wrong)
        fail(wrong);
}

static void start_machine(void)
{
    boot(64, 2);
    if (!buffer_init(test.buffers))
        abort();
    run_process(&test.random, disk_end_one, mount, 0);
}

static void set_up_workers(void *unused)
{
    (void)unused;
    mount(0);
    struct inode *root = fs_root();
    if (fs_make_directory(root, "/shared"))
        fail("set-up");
    for (unsigned i = 0; i < test.worker_count; i++) {
        struct worker *worker = &test.workers[i];
        *worker = (struct worker){.random = {random_next(&test.random)}};
        model_init(&worker->model);
        snprintf(worker->owner.directory, sizeof worker->owner.directory, "/p%u", i);
        if (fs_make_directory(root, worker->owner.directory))
            fail("set-up");
    }
    inode_put(root);
}

// With enough buffers, so that what was just read is not read again: then nothing is lost.
static void set_up_failures(struct random *random)
{
    test.tight = true;
    test.largest = 30 * 1024;
    test.buffers = 300;
    if (random_one_in(random, 2))
        test.fail_reads = 30;
    else
        test.fail_writes = 20 + random_below(random, 200);
}

// Some of them with commits so large that their headers, of two sectors, can be torn.
static void set_up_large(struct random *random)
{
    test.largest = 300 * 1024;
    test.tight = true;
    test.shape.blocks += 2500;
    if (random_one_in(random, 2))
        return;
    test.shape.log_blocks = 200 + random_below(random, 50);
    test.buffers = 600;
}

static void set_up(void)
{
    struct random *random = &test.random;
    test.tight = random_one_in(random, 3);
    test.shape.log_blocks = random_one_in(random, 2) ? FS_LOG_MIN + random_below(random, 20)
                                                     : FS_LOG_MIN + random_below(random, 150);
    test.shape.inodes = test.tight ? 20 + random_below(random, 40) : 200;
    test.shape.blocks =
        test.shape.log_blocks + (test.tight ? 60 + random_below(random, 300) : 2500);
    test.largest = 30 * 1024;
    test.buffers = random_one_in(random, 2) ? 24 + random_below(random, 60) : 300;
    if (random_one_in(random, 10)) // files with all kinds of blocks of addresses
        set_up_large(random);
    test.worker_count = 1 + random_below(random, MAX_WORKERS);
    test.fail_reads = test.fail_writes = 0;
    if (random_one_in(random, 8))
        set_up_failures(random);
    format(disk_new(test.shape.blocks), &test.shape);
    boot(64, 2);
    if (!buffer_init(test.buffers))
        abort();
    run_process(random, disk_end_one, set_up_workers, 0);
}

// Until power goes off, or all workers have done their part. True: it goes off now, if not before.
static bool work_until_cut(void)
{
    test.changes = 1 + random_below(&test.random, 40);
    uint64_t writes = 1 + random_below(&test.random, 4 * test.changes * test.worker_count);
    disk_cut_after(writes, random_one_in(&test.random, 3) ? LOG_HEADER : 0);
    disk_fail_one_in(test.fail_reads, test.fail_writes);
    for (unsigned i = 0; i < test.worker_count; i++)
        add_process(work, &test.workers[i]);
    run_processes(&test.random, disk_end_one);
    bool cut = processes_were_stopped();
    disk_cut_after(0, 0);
    disk_fail_one_in(0, 0);
    return cut || test.fail_reads || test.fail_writes;
}

// Power may go off again while the log is being written to its place.
static void restart(void)
{
    check_structure(disk_after_cut(), true);
    if (random_one_in(&test.random, 4)) {
        disk_cut_after(1 + random_below(&test.random, 20), 0);
        start_machine();
        if (processes_were_stopped())
            check_structure(disk_after_cut(), true);
    }
    disk_cut_after(0, 0);
    start_machine();
    check_structure(disk_content(), false);
    check_usage(disk_content());
    run_process(&test.random, disk_end_one, check_workers, 0);
}

static unsigned test_one_disk(uint64_t seed)
{
    test.seed = seed;
    test.random.state = seed;
    disk_use_random(&test.random);
    set_up();
    unsigned cuts = 0;
    for (unsigned i = 0; i < CUTS_OF_ONE_DISK; i++) {
        if (work_until_cut()) {
            restart();
            cuts++;
        }
    }
    run_process(&test.random, disk_end_one, close_handles, 0);
    check_structure(disk_content(), false);
    check_usage(disk_content());
    run_process(&test.random, disk_end_one, check_workers, 0);
    for (unsigned i = 0; i < test.worker_count; i++)
        model_free(&test.workers[i].model);
    return cuts;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, wanted = 1000, cuts = 0, disks = 0;
    int option;
    while ((option = getopt(argc, argv, "s:n:v")) != -1) {
        if (option == 's')
            seed = strtoull(optarg, 0, 0);
        else if (option == 'n')
            wanted = strtoull(optarg, 0, 0);
        else if (option == 'v')
            test.verbose = true;
        else
            return 2;
    }
    show_lines(test.verbose);
    for (; cuts < wanted; disks++)
        cuts += test_one_disk(seed + disks);
    shut_down();
    disk_free();
    printf("%lu power cuts on %lu disks\n", cuts, disks);
    return 0;
}
