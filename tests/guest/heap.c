// sbrk: growing, shrinking, what it refuses, and what is in new pages.
#include "test.h"

static char *break_now(void)
{
    return sbrk(0);
}

TEST(sbrk_moves_the_break)
{
    char *start_of_heap = break_now();
    CHECK_EQUAL(start_of_heap, stack_page() + PAGE_SIZE);
    static const int steps[] = {1, 1, 100, 4096, 5000, 12345, 3};
    char *expected = start_of_heap;
    for (uint i = 0; i < sizeof steps / sizeof *steps; i++) {
        CHECK_EQUAL(sbrk(steps[i]), expected);
        expected += steps[i];
        CHECK_EQUAL(break_now(), expected);
        expected[-1] = 5;
        CHECK_EQUAL(expected[-1], 5);
    }
    for (uint i = sizeof steps / sizeof *steps; i-- > 0;) {
        CHECK_EQUAL(sbrk(-steps[i]), expected);
        expected -= steps[i];
        CHECK_EQUAL(break_now(), expected);
    }
    CHECK_EQUAL(break_now(), start_of_heap);
}

TEST(sbrk_gives_all_frames_back)
{
    own_all_pages();
    take_pages(1); // the page table that the heap starts in
    uint64 before = frames_free();
    for (int round = 0; round < 4; round++) {
        take_pages(50);
        CHECK_EQUAL(frames_free(), before - 50);
        CHECK(sbrk(-50 * (int)PAGE_SIZE) != (char *)-1);
        CHECK_EQUAL(frames_free(), before);
    }
    CHECK_EQUAL(audit(), 0);
}

TEST(sbrk_refuses_to_go_below_the_heap)
{
    char *start_of_heap = break_now();
    CHECK_EQUAL(sbrk(-1), -1);
    CHECK_EQUAL(sbrk(-(int)PAGE_SIZE), -1);
    sbrk(100);
    CHECK_EQUAL(sbrk(-101), -1);
    CHECK_EQUAL(sbrk(-(int)(uint64)(start_of_heap + 100)), -1);
    CHECK_EQUAL(break_now(), start_of_heap + 100);
    CHECK_EQUAL(sbrk(-100), start_of_heap + 100);
}

// Programs of the interface rely on it.
TEST(sbrk_by_more_than_there_is_does_nothing)
{
    char *now = break_now();
    CHECK_EQUAL(sbrk(-(int)(uint64)now - 1), now);
    CHECK_EQUAL(sbrk(-0x7fffffff - 1), now);
    CHECK_EQUAL(sbrklazy(-0x7fffffff), now);
    CHECK_EQUAL(break_now(), now);
}

static int touch(uint64 address)
{
    int pid = start();
    if (pid == 0) {
        load_from(address);
        exit(0);
    }
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    return status;
}

// Pages that were given back are gone at once, for this process and for its children.
TEST(sbrk_shrunk_pages_are_gone)
{
    char *heap = take_pages(8);
    memset(heap, 1, 8 * PAGE_SIZE);
    CHECK(sbrk(-5 * (int)PAGE_SIZE) != (char *)-1);
    for (int i = 0; i < 8; i++)
        CHECK_EQUAL(touch((uint64)heap + i * PAGE_SIZE), i < 3 ? 0 : KILLED);
}

// In the process itself, with the page's translation fresh in the TLB.
TEST(sbrk_shrunk_page_is_out_of_the_tlb, .status = KILLED)
{
    char *heap = take_pages(2);
    heap[PAGE_SIZE] = 1;
    sbrk(-(int)PAGE_SIZE);
    heap[PAGE_SIZE] = 2;
}

TEST(row16_new_pages_are_zero_after_shrinking)
{
    for (int round = 0; round < 3; round++) {
        char *heap = take_pages(20);
        CHECK(is_zero(heap, 20 * PAGE_SIZE));
        memset(heap, 0xa5, 20 * PAGE_SIZE);
        CHECK(sbrk(-20 * (int)PAGE_SIZE) != (char *)-1);
    }
}

// A process writes so many pages, and is gone.
static void write_and_end(int pages)
{
    int pid = start();
    if (pid == 0) {
        char *heap = take_pages(pages);
        memset(heap, 0xa5, pages * PAGE_SIZE);
        exit(0);
    }
    expect_end(pid, 0);
}

TEST(row16_new_pages_are_zero_after_another_process)
{
    for (int round = 0; round < 3; round++) {
        write_and_end(300);
        int pid = start();
        if (pid == 0) {
            char *heap = take_pages(400);
            CHECK(is_zero(heap, 400 * PAGE_SIZE));
            exit(0);
        }
        expect_end(pid, 0);
    }
}

// The same for the pages of a program: its bss, what is behind its data in their last page, and
// its stack.
TEST(row16_a_new_program_starts_in_zeroed_memory)
{
    for (int round = 0; round < 3; round++) {
        write_and_end(300);
        char *argv[] = {"fresh", 0};
        CHECK_EQUAL(run_program("/tests/fresh", argv), 0);
    }
}

TEST(shrink_then_fork)
{
    char *heap = take_pages(10);
    fill(heap, 10, 1);
    int first = start();
    if (first == 0) {
        sleep(2);
        CHECK(is_filled(heap, 10, 1));
        exit(0);
    }
    CHECK(sbrk(-6 * (int)PAGE_SIZE) != (char *)-1);
    int second = start();
    if (second == 0) {
        char *again = take_pages(6);
        CHECK_EQUAL(again, heap + 4 * PAGE_SIZE);
        CHECK(is_zero(again, 6 * PAGE_SIZE));
        CHECK(is_filled(heap, 4, 1));
        fill(heap, 10, 3);
        CHECK(is_filled(heap, 10, 3));
        exit(0);
    }
    char *again = take_pages(6);
    CHECK(is_zero(again, 6 * PAGE_SIZE));
    fill(heap, 10, 2);
    expect_ends(2, 0);
    CHECK(is_filled(heap, 10, 2));
}

TEST(child_shrinks_and_parent_keeps)
{
    char *heap = take_pages(10);
    fill(heap, 10, 1);
    int pid = start();
    if (pid == 0) {
        CHECK(sbrk(-10 * (int)PAGE_SIZE) != (char *)-1);
        char *again = take_pages(10);
        CHECK(is_zero(again, 10 * PAGE_SIZE));
        fill(again, 10, 2);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(heap, 10, 1));
    CHECK(sbrk(-10 * (int)PAGE_SIZE) != (char *)-1);
}

// Grow and shrink over the borders of page-table pages.
// The break may lie within a page; what is mapped behind it is the process's, before a fork and
// after.
TEST(page_of_an_unaligned_break_is_whole)
{
    char *heap = sbrk(100);
    heap[200] = 1;
    int pid = start();
    if (pid == 0) {
        heap[200] = 2;
        heap[PAGE_SIZE - 1 - (uint64)heap % PAGE_SIZE] = 2;
        exit(heap[200] == 2 ? 0 : 1);
    }
    heap[201] = 1;
    expect_end(pid, 0);
    CHECK_EQUAL(heap[200], 1);
}

TEST(sbrk_over_page_table_borders)
{
    own_all_pages();
    uint64 before = frames_unused();
    for (int round = 0; round < 3; round++) {
        char *heap = take_pages(1500);
        for (int i = 0; i < 1500; i += 50)
            heap[i * PAGE_SIZE] = i;
        CHECK(sbrk(-1000 * (int)PAGE_SIZE) != (char *)-1);
        CHECK_EQUAL(touch((uint64)heap + 600 * PAGE_SIZE), KILLED);
        CHECK_EQUAL(touch((uint64)heap + 1300 * PAGE_SIZE), KILLED);
        CHECK_EQUAL(touch((uint64)heap + 499 * PAGE_SIZE), 0);
        CHECK(sbrk(-500 * (int)PAGE_SIZE) != (char *)-1);
        CHECK(before - frames_unused() <= 4); // page-table pages may stay
    }
}
