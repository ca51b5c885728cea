// Each variant is the strategy that it is said to be, by the counters.
#include "test.h"

#define PAGES 50

// How often something happened between two reads of the counters.
static struct counters events(const struct counters *from, const struct counters *to)
{
    struct counters difference = *to;
    difference.pages_copied -= from->pages_copied;
    difference.pages_shared -= from->pages_shared;
    difference.faults_copy -= from->faults_copy;
    difference.faults_reuse -= from->faults_reuse;
    return difference;
}

static char *heap;
static struct counters first, second;

// So far from the stack that no fault there serves a page of it, too.
static void take_heap(void)
{
    enum { AWAY = 16 };
    heap = (char *)take_pages(AWAY + PAGES) + AWAY * PAGE_SIZE;
}

static void begin(void)
{
    own_all_pages();
    for (int i = 0; i < PAGES; i++)
        heap[i * PAGE_SIZE] = 1;
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
}

static struct counters end(void)
{
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &second), 0);
    return events(&first, &second);
}

static void write_every_page(void)
{
    for (int i = 0; i < PAGES; i++)
        heap[i * PAGE_SIZE]++;
}

TEST(strategy_eager_copies_at_fork_and_never_later, .variants = "eager")
{
    heap = take_pages(PAGES);
    begin();
    int pid = start();
    if (pid == 0) {
        begin();
        write_every_page();
        struct counters child = end();
        CHECK_EQUAL(child.faults_copy + child.faults_reuse + child.pages_copied, 0);
        exit(0);
    }
    write_every_page();
    struct counters parent = end();
    CHECK(parent.pages_copied >= PAGES + 2);
    CHECK_EQUAL(parent.pages_shared, 0);
    CHECK_EQUAL(parent.faults_copy + parent.faults_reuse, 0);
    expect_end(pid, 0);
    CHECK_EQUAL(second.metadata_bytes_peak, 0);
}

TEST(strategy_cow_shares_at_fork,
     .variants = "cow-array cow-reuse cow-hash cow-atomic cow-exclusive cow-around cow-batch")
{
    heap = take_pages(PAGES);
    begin();
    int pid = start();
    struct counters parent = pid ? end() : first;
    if (pid == 0)
        exit(0);
    CHECK(parent.pages_shared >= PAGES + 2);
    CHECK(parent.pages_copied <= 3); // the stack, and where this test keeps its counters
    expect_end(pid, 0);
}

// A child that has all pages, and does nothing until it is killed.
static int start_owner(void)
{
    int pid = start();
    if (pid == 0) {
        sleep(1000000);
        exit(1);
    }
    own_all_pages();
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
    return pid;
}

TEST(strategy_cow_copies_what_others_have,
     .variants = "cow-array cow-reuse cow-hash cow-atomic cow-exclusive cow-around")
{
    heap = take_pages(PAGES);
    write_every_page();
    int pid = start_owner();
    write_every_page();
    struct counters parent = end();
    CHECK_EQUAL(parent.faults_copy, PAGES);
    CHECK_EQUAL(parent.pages_copied, PAGES);
    CHECK_EQUAL(parent.faults_reuse, 0);
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
}

static void end_owner(int pid)
{
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
}

// Windows of 2, 4, 8 and then 16 pages.
TEST(strategy_batch_takes_the_next_pages_along, .variants = "cow-batch")
{
    take_heap();
    write_every_page();
    int pid = start_owner();
    write_every_page();
    struct counters parent = end();
    CHECK_EQUAL(parent.pages_copied, PAGES);
    CHECK(parent.faults_copy <= 8);
    CHECK_EQUAL(parent.faults_reuse, 0);
    end_owner(pid);
}

TEST(strategy_batch_begins_small, .variants = "cow-batch")
{
    take_heap();
    write_every_page();
    int pid = start_owner();
    for (int i = 0; i < PAGES; i += 4)
        heap[i * PAGE_SIZE]++;
    struct counters parent = end();
    CHECK_EQUAL(parent.faults_copy, (PAGES + 3) / 4);
    CHECK(parent.pages_copied >= PAGES / 2 - 2 && parent.pages_copied <= PAGES / 2 + 2);
    end_owner(pid);
}

// With little memory, only writes that are made get a frame.
TEST(strategy_batch_leaves_the_last_memory, .variants = "cow-batch")
{
    take_heap();
    write_every_page();
    int pid = start_owner();
    int ballast = start_ballast(300);
    own_all_pages();
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
    write_every_page();
    struct counters parent = end();
    CHECK_EQUAL(parent.faults_copy, PAGES);
    CHECK_EQUAL(parent.pages_copied, PAGES);
    end_ballast(ballast);
    end_owner(pid);
}

// A window ends with its leaf table.
TEST(strategy_batch_crosses_tables, .variants = "cow-batch")
{
    enum { MANY = 1100 };
    heap = take_pages(MANY);
    fill(heap, MANY, 1);
    int pid = start_owner();
    fill(heap, MANY, 2);
    CHECK(is_filled(heap, MANY, 2));
    end_owner(pid);
    pid = start();
    if (pid == 0) {
        fill(heap, MANY, 3);
        CHECK(is_filled(heap, MANY, 3));
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, MANY, 2));
}

static struct counters write_as_last_owner(void)
{
    take_heap();
    write_every_page();
    int pid = start();
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
    own_all_pages();
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
    write_every_page();
    return end();
}

TEST(strategy_last_owner_copies, .variants = "cow-array")
{
    struct counters parent = write_as_last_owner();
    CHECK_EQUAL(parent.faults_copy, PAGES);
    CHECK_EQUAL(parent.pages_copied, PAGES);
    CHECK_EQUAL(parent.faults_reuse, 0);
}

TEST(strategy_last_owner_reuses,
     .variants = "cow-reuse cow-hash cow-atomic cow-exclusive cow-batch")
{
    struct counters parent = write_as_last_owner();
    CHECK_EQUAL(parent.faults_copy, 0);
    CHECK_EQUAL(parent.pages_copied, 0);
    CHECK_EQUAL(parent.faults_reuse, PAGES);
}

// One fault makes a page and its neighbors writable, up to 16 of them.
TEST(strategy_around_serves_its_neighbors, .variants = "cow-around")
{
    struct counters parent = write_as_last_owner();
    CHECK_EQUAL(parent.faults_copy, 0);
    CHECK_EQUAL(parent.pages_copied, 0);
    CHECK(parent.faults_reuse >= PAGES / 16 && parent.faults_reuse <= PAGES / 16 + 2);
}

static void pass(int fd)
{
    CHECK_EQUAL(write(fd, "", 1), 1);
}

static void wait_for(int fd)
{
    char byte;
    CHECK_EQUAL(read(fd, &byte, 1), 1);
}

// The child has its own copy of every other page, and shares those between them with its parent.
TEST(strategy_around_leaves_what_others_have, .variants = "cow-around")
{
    int written[2], checked[2];
    CHECK(pipe(written) == 0 && pipe(checked) == 0);
    heap = take_pages(PAGES);
    write_every_page();
    int pid = start();
    if (pid == 0) {
        for (int i = 0; i < PAGES; i += 2)
            heap[i * PAGE_SIZE] = 2;
        pass(written[1]);
        wait_for(checked[0]);
        for (int i = 0; i < PAGES; i++)
            CHECK_EQUAL(heap[i * PAGE_SIZE], 2 - i % 2);
        exit(0);
    }
    wait_for(written[0]);
    own_all_pages();
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
    for (int i = 0; i < PAGES; i++)
        heap[i * PAGE_SIZE] = 3;
    struct counters parent = end();
    CHECK_EQUAL(parent.faults_copy, PAGES / 2);
    CHECK(parent.faults_reuse <= PAGES / 16 + 2);
    pass(checked[1]);
    expect_end(pid, 0);
}

// The last owner may be the child as well.
TEST(strategy_child_as_last_owner_reuses,
     .variants = "cow-reuse cow-hash cow-atomic cow-exclusive cow-batch")
{
    heap = take_pages(PAGES);
    write_every_page();
    int pid = start();
    if (pid == 0) {
        own_all_pages();
        sleep(2);
        CHECK_EQUAL(counters(COUNTERS_PROCESS, &first), 0);
        write_every_page();
        struct counters child = end();
        CHECK(machine.harts > 1 || child.faults_reuse >= PAGES);
        exit(0);
    }
    write_every_page();
    expect_end(pid, 0);
}

TEST(strategy_array_has_an_entry_for_each_frame,
     .variants = "cow-array cow-reuse cow-atomic cow-exclusive cow-around cow-batch")
{
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &first), 0);
    CHECK(first.metadata_bytes >= 4 * first.frames_total);
    CHECK(first.metadata_bytes <= 5 * first.frames_total + 64 * PAGE_SIZE);
}

// The test shares its text and little else with the runner. A table that has become much too
// large is given back by the next fork.
TEST(strategy_hash_holds_shared_frames_only, .variants = "cow-hash")
{
    heap = take_pages(2000);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &first), 0);
    CHECK(first.metadata_bytes <= 8 * PAGE_SIZE);
    int pid = start();
    if (pid == 0) {
        sleep(1000000);
        exit(1);
    }
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &second), 0);
    CHECK(second.metadata_bytes >= 2000 * 8);
    CHECK(second.metadata_bytes <= 2000 * 45);
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
    CHECK(sbrk(-2000 * (int)PAGE_SIZE) != (char *)-1);
    pid = start();
    if (pid == 0)
        exit(0);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &second), 0);
    CHECK(second.metadata_bytes <= 8 * PAGE_SIZE);
    expect_end(pid, 0);
}
