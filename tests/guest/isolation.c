// What fork must keep apart: each process sees its own writes and nobody else's, whoever writes
// first, over any number of generations, in every kind of page.
#include "test.h"

#define PAGES 6

static int initialized = 0x1234;
static int zeroed;
static char data_pages[2 * PAGE_SIZE] = {1};
static char bss_pages[2 * PAGE_SIZE];

TEST(fork_child_has_a_copy_of_everything)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    initialized = 77;
    zeroed = 88;
    volatile int local = 99;
    int pid = start();
    if (pid == 0) {
        CHECK(is_filled(heap, PAGES, 1));
        CHECK_EQUAL(initialized, 77);
        CHECK_EQUAL(zeroed, 88);
        CHECK_EQUAL(local, 99);
        exit(0);
    }
    expect_end(pid, 0);
}

TEST(row11_child_writes_stay_private)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    int pid = start();
    if (pid == 0) {
        fill(heap, PAGES, 2);
        CHECK(is_filled(heap, PAGES, 2));
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, PAGES, 1));
}

// The parent's writable translations are fresh in its TLB when it forks, and it writes before the
// child runs.
TEST(row13_parent_writes_stay_private)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    int pid = start();
    if (pid == 0) {
        sleep(1);
        CHECK(is_filled(heap, PAGES, 1));
        exit(0);
    }
    fill(heap, PAGES, 2);
    CHECK(is_filled(heap, PAGES, 2));
    expect_end(pid, 0);
    CHECK(is_filled(heap, PAGES, 2));
}

TEST(row13_parent_writes_while_the_child_reads)
{
    char *heap = take_pages(1);
    for (int round = 0; round < 40; round++) {
        fill(heap, 1, round);
        int pid = start();
        if (pid == 0) {
            for (int i = 0; i < 20; i++)
                CHECK(is_filled(heap, 1, round));
            exit(0);
        }
        fill(heap, 1, round + 100);
        expect_end(pid, 0);
    }
}

TEST(fork_both_write_the_same_pages)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    int pid = start();
    if (pid == 0) {
        for (int round = 0; round < 20; round++) {
            fill(heap, PAGES, 100 + round);
            CHECK(is_filled(heap, PAGES, 100 + round));
        }
        exit(0);
    }
    for (int round = 0; round < 20; round++) {
        fill(heap, PAGES, 200 + round);
        CHECK(is_filled(heap, PAGES, 200 + round));
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, PAGES, 219));
}

// A page of the grandchild is shared by three: each of the others must be safe from its writes.
TEST(row11_grandchild_writes_stay_private)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    int child = start();
    if (child == 0) {
        int grandchild = start();
        if (grandchild == 0) {
            fill(heap, PAGES, 3);
            CHECK(is_filled(heap, PAGES, 3));
            exit(0);
        }
        expect_end(grandchild, 0);
        CHECK(is_filled(heap, PAGES, 1));
        exit(0);
    }
    expect_end(child, 0);
    CHECK(is_filled(heap, PAGES, 1));
    fill(heap, PAGES, 4);
    CHECK(is_filled(heap, PAGES, 4));
}

// Each generation writes one page more, and shares the rest with all before it.
TEST(row11_ten_generations)
{
    const int generations = 10;
    char *heap = take_pages(generations);
    for (int i = 0; i < generations; i++)
        fill(heap + i * PAGE_SIZE, 1, 1);
    int written = 0;
    while (written < generations) {
        int pid = start();
        if (pid != 0) {
            expect_end(pid, 0);
            break;
        }
        fill(heap + written * PAGE_SIZE, 1, 50 + written);
        written++;
    }
    for (int i = 0; i < generations; i++)
        CHECK(is_filled(heap + i * PAGE_SIZE, 1, i < written ? 50 + i : 1));
    exit(0);
}

TEST(row11_every_generation_writes_every_page)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 0);
    int generation = 0;
    for (;;) {
        int pid = generation < 8 ? start() : -1;
        if (pid == 0) {
            generation++;
            CHECK(is_filled(heap, PAGES, generation - 1));
            fill(heap, PAGES, generation);
            continue;
        }
        if (pid > 0)
            expect_end(pid, 0);
        CHECK(is_filled(heap, PAGES, generation));
        exit(0);
    }
}

// A page that became private again by a write is shared again by the next fork.
TEST(row11_pages_shared_again_and_again)
{
    char *heap = take_pages(PAGES);
    for (int round = 0; round < 12; round++) {
        fill(heap, PAGES, round);
        int pid = start();
        if (pid == 0) {
            CHECK(is_filled(heap, PAGES, round));
            if (round % 2)
                fill(heap, PAGES, 1000);
            int second = start();
            if (second == 0) {
                CHECK(is_filled(heap, PAGES, round % 2 ? 1000 : round));
                fill(heap, PAGES, 2000);
                exit(0);
            }
            expect_end(second, 0);
            CHECK(is_filled(heap, PAGES, round % 2 ? 1000 : round));
            exit(0);
        }
        if (round % 3 == 0)
            fill(heap, PAGES, round);
        expect_end(pid, 0);
        CHECK(is_filled(heap, PAGES, round));
    }
}

// Pages are written between two forks, so that one process has pages with one, two and three
// owners at once.
TEST(row11_pages_with_different_numbers_of_owners)
{
    char *one = take_pages(1), *two = take_pages(1), *three = take_pages(1);
    fill(one, 1, 1);
    fill(two, 1, 1);
    fill(three, 1, 1);
    int first = start();
    if (first == 0) {
        sleep(3);
        CHECK(is_filled(one, 1, 1) && is_filled(two, 1, 1) && is_filled(three, 1, 1));
        exit(0);
    }
    fill(one, 1, 2);
    fill(two, 1, 2);
    int second = start();
    if (second == 0) {
        sleep(2);
        CHECK(is_filled(one, 1, 2) && is_filled(two, 1, 2) && is_filled(three, 1, 1));
        fill(two, 1, 3);
        fill(three, 1, 3);
        CHECK(is_filled(one, 1, 2) && is_filled(two, 1, 3) && is_filled(three, 1, 3));
        exit(0);
    }
    fill(one, 1, 4);
    CHECK(is_filled(one, 1, 4) && is_filled(two, 1, 2) && is_filled(three, 1, 1));
    expect_ends(2, 0);
    CHECK(is_filled(one, 1, 4) && is_filled(two, 1, 2) && is_filled(three, 1, 1));
}

// Many siblings that end in the order in which they were made, or against it.
static void siblings(int latest_first)
{
    const int count = 8;
    char *heap = take_pages(2);
    fill(heap, 2, 1);
    for (int i = 0; i < count; i++) {
        int pid = start();
        if (pid == 0) {
            sleep(latest_first ? (count - i) / 3 : i / 3);
            CHECK(is_filled(heap, 2, 1));
            fill(heap, 2, 10 + i);
            CHECK(is_filled(heap, 2, 10 + i));
            exit(0);
        }
    }
    expect_ends(count, 0);
    CHECK(is_filled(heap, 2, 1));
}

TEST(siblings_end_in_order)
{
    siblings(0);
}

TEST(siblings_end_latest_first)
{
    siblings(1);
}

// The parent is gone before the child reads: the child must still have its pages.
TEST(row1_pages_outlive_the_parent)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    int middle = start();
    if (middle == 0) {
        int pid = start();
        if (pid == 0) {
            sleep(2);
            CHECK(is_filled(heap, PAGES, 1));
            exit(0);
        }
        exit(0);
    }
    expect_end(middle, 0);
    // Whoever gets the middle process's frames now must not get the orphan's.
    char *more = take_pages(32);
    fill(more, 32, 9);
    sleep(3);
    CHECK(is_filled(heap, PAGES, 1));
    CHECK(is_filled(more, 32, 9));
}

// The child is gone, and its frames are in use again: the parent must still have its pages.
TEST(row1_pages_outlive_the_child)
{
    char *heap = take_pages(PAGES);
    fill(heap, PAGES, 1);
    for (int round = 0; round < 5; round++) {
        int pid = start();
        if (pid == 0)
            exit(0);
        expect_end(pid, 0);
        char *more = take_pages(16);
        fill(more, 16, 100 + round);
        CHECK(is_filled(heap, PAGES, 1));
        CHECK(is_filled(more, 16, 100 + round));
    }
}

// A write at any place of a page, of any size, lets the rest of it be.
TEST(row2_write_anywhere_in_a_page)
{
    static const uint offsets[] = {0, 1, 7, 8, 100, 2047, 2048, 4000, 4088, 4094, 4095};
    char *heap = take_pages(1);
    for (uint i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        uint offset = offsets[i];
        fill(heap, 1, i);
        uchar before = heap[offset];
        int pid = start();
        if (pid == 0) {
            *(volatile uchar *)&heap[offset] = ~before;
            CHECK_EQUAL((uchar)heap[offset], (uchar)~before);
            heap[offset] = before;
            CHECK(is_filled(heap, 1, i));
            exit(0);
        }
        expect_end(pid, 0);
        CHECK(is_filled(heap, 1, i));
        *(volatile uchar *)&heap[offset] = ~before;
        CHECK_EQUAL((uchar)heap[offset], (uchar)~before);
        heap[offset] = before;
        CHECK(is_filled(heap, 1, i));
    }
}

// An access over a page border writes into two pages that are both shared.
TEST(row2_write_over_a_page_border)
{
    char *heap = take_pages(2);
    fill(heap, 2, 1);
    uint64 *across = (uint64 *)(heap + PAGE_SIZE - 8);
    int pid = start();
    if (pid == 0) {
        memset(across, 0xee, 16);
        CHECK_EQUAL(across[0], 0xeeeeeeeeeeeeeeeeUL);
        CHECK_EQUAL(across[1], 0xeeeeeeeeeeeeeeeeUL);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, 2, 1));
}

TEST(data_and_bss_are_private)
{
    memset(data_pages, 1, sizeof data_pages);
    memset(bss_pages, 2, sizeof bss_pages);
    initialized = 1;
    zeroed = 2;
    int pid = start();
    if (pid == 0) {
        memset(data_pages, 3, sizeof data_pages);
        memset(bss_pages, 4, sizeof bss_pages);
        initialized = 3;
        zeroed = 4;
        sleep(2);
        for (uint i = 0; i < sizeof data_pages; i++) {
            CHECK_EQUAL(data_pages[i], 3);
            CHECK_EQUAL(bss_pages[i], 4);
        }
        exit(initialized == 3 && zeroed == 4 ? 0 : 2);
    }
    sleep(1);
    for (uint i = 0; i < sizeof data_pages; i++) {
        CHECK_EQUAL(data_pages[i], 1);
        CHECK_EQUAL(bss_pages[i], 2);
    }
    initialized = 5;
    zeroed = 6;
    expect_end(pid, 0);
    CHECK_EQUAL(initialized, 5);
    CHECK_EQUAL(zeroed, 6);
}

// Both use the same stack addresses for different depths of calls.
static __attribute__((noinline)) int sum_on_stack(int depth, int value)
{
    volatile int local = value + depth;
    int below = depth ? sum_on_stack(depth - 1, value) : 0;
    return below + local;
}

TEST(stack_is_private)
{
    volatile char local[64];
    for (uint i = 0; i < sizeof local; i++)
        local[i] = 1;
    int pid = start();
    if (pid == 0) {
        for (uint i = 0; i < sizeof local; i++)
            local[i] = 2;
        CHECK_EQUAL(sum_on_stack(10, 1000), 11 * 1000 + 55);
        sleep(1);
        CHECK_EQUAL(sum_on_stack(10, 1000), 11 * 1000 + 55);
        for (uint i = 0; i < sizeof local; i++)
            CHECK_EQUAL(local[i], 2);
        exit(0);
    }
    CHECK_EQUAL(sum_on_stack(10, 2000), 11 * 2000 + 55);
    expect_end(pid, 0);
    for (uint i = 0; i < sizeof local; i++)
        CHECK_EQUAL(local[i], 1);
}

// Heap over several page-table pages: each of them must be copied or shared whole.
TEST(fork_over_many_page_tables)
{
    const long pages = 1100;
    char *heap = take_pages(pages);
    for (long i = 0; i < pages; i++)
        *(uint64 *)(heap + i * PAGE_SIZE) = i + 1;
    int pid = start();
    if (pid == 0) {
        for (long i = 0; i < pages; i++) {
            uint64 *word = (uint64 *)(heap + i * PAGE_SIZE);
            CHECK_EQUAL(*word, i + 1);
            if (i % 3 == 0)
                *word = ~i;
        }
        for (long i = 0; i < pages; i++)
            CHECK_EQUAL(*(uint64 *)(heap + i * PAGE_SIZE), i % 3 == 0 ? ~i : i + 1);
        exit(0);
    }
    for (long i = 0; i < pages; i += 2)
        *(uint64 *)(heap + i * PAGE_SIZE) = i + 5000;
    expect_end(pid, 0);
    for (long i = 0; i < pages; i++)
        CHECK_EQUAL(*(uint64 *)(heap + i * PAGE_SIZE), i % 2 ? i + 1 : i + 5000);
}

// Every write fault costs frames for a moment only: nothing may be lost, however often.
TEST(row15_copies_give_the_old_page_back)
{
    char *heap = take_pages(16);
    fill(heap, 16, 1);
    own_all_pages();
    uint64 before = frames_unused();
    for (int round = 0; round < 30; round++) {
        int pid = start();
        if (pid == 0) {
            fill(heap, 16, 2);
            exit(0);
        }
        if (round % 2)
            fill(heap, 16, 1);
        expect_end(pid, 0);
        own_all_pages();
        fill(heap, 16, 1);
        CHECK_EQUAL(frames_unused(), before);
    }
    CHECK_EQUAL(audit(), 0);
}

// A page is usable after its fault was served: a lost valid or user bit would fault for ever.
TEST(row18_a_copied_page_takes_one_fault)
{
    char *heap = take_pages(64);
    fill(heap, 64, 1);
    struct counters before, after;
    int pid = start();
    if (pid == 0) {
        own_all_pages();
        CHECK_EQUAL(counters(COUNTERS_PROCESS, &before), 0);
        for (int round = 0; round < 3; round++)
            fill(heap, 64, 2 + round);
        CHECK_EQUAL(counters(COUNTERS_PROCESS, &after), 0);
        uint64 faults = after.faults_copy + after.faults_reuse + after.faults_spurious -
                        before.faults_copy - before.faults_reuse - before.faults_spurious;
        CHECK(faults <= 64);
        CHECK(is_filled(heap, 64, 4));
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, 64, 1));
}

// Frames go from user pages to page tables and back; a stale count would be found here.
TEST(row19_frames_change_between_pages_and_page_tables)
{
    for (int round = 0; round < 6; round++) {
        int pid = start();
        if (pid == 0) {
            long pages = round % 2 ? 600 : 40;
            char *heap = take_pages(pages);
            for (long i = 0; i < pages; i++)
                heap[i * PAGE_SIZE] = 1;
            int second = start();
            if (second == 0) {
                for (long i = 0; i < pages; i += 7)
                    heap[i * PAGE_SIZE] = 2;
                exit(0);
            }
            for (long i = 0; i < pages; i += 5)
                heap[i * PAGE_SIZE] = 3;
            expect_end(second, 0);
            exit(0);
        }
        expect_end(pid, 0);
        CHECK_EQUAL(audit(), 0);
    }
}
