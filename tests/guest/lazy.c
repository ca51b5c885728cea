// A heap that grows lazily, by sbrklazy() or with LAZY=1 by sbrk(), too: only the break moves, and
// a page is there from its first touch on.
#include "kernel/vm.h"
#include "test.h"

#define SPAN_PAGES 512L // of one page table
#define SPAN_SIZE (SPAN_PAGES * PAGE_SIZE)

static struct counters mine(void)
{
    struct counters now;
    CHECK_EQUAL(counters(COUNTERS_PROCESS, &now), 0);
    return now;
}

// From a page border, untouched.
static char *reserve_pages(long count)
{
    take_pages(0);
    char *start = sbrklazy(count * PAGE_SIZE);
    CHECK(start != (char *)-1);
    return start;
}

// An untouched heap of so many spans; it starts where a span does, so that no table is there.
static char *reserve_spans(long count)
{
    uint64 past = (uint64)sbrk(0) % SPAN_SIZE;
    CHECK(sbrklazy(SPAN_SIZE - past) != (char *)-1);
    char *start = sbrklazy(count * SPAN_SIZE);
    CHECK(start != (char *)-1);
    return start;
}

// Fills free frames with something that is not zero.
static void dirty_free_frames(long count)
{
    int pid = start();
    if (pid == 0) {
        memset(take_pages(count), 0xa5, count * PAGE_SIZE);
        exit(0);
    }
    expect_end(pid, 0);
}

TEST(lazy_sbrk_takes_no_memory, .heap = "lazy")
{
    own_all_pages();
    struct counters before = mine();
    for (int i = 0; i < 10; i++)
        CHECK(sbrk(1000 * PAGE_SIZE) != (char *)-1);
    struct counters grown = mine();
    CHECK_EQUAL(grown.frames_free, before.frames_free);
    CHECK_EQUAL(grown.table_frames, before.table_frames);
    CHECK_EQUAL(grown.pages_zeroed, before.pages_zeroed);
    CHECK(sbrk(-10000 * (int)PAGE_SIZE) != (char *)-1);
    CHECK_EQUAL(mine().frames_free, before.frames_free);
}

// One frame, one fault, one zeroed page for each page that is touched, and only for its first
// touch, whether that reads or writes.
TEST(lazy_each_page_is_filled_once)
{
    static const int order[] = {7, 0, 63, 31, 32, 1, 62};
    const int count = sizeof order / sizeof *order;
    own_all_pages();
    char *heap = reserve_pages(64);
    load_from((uint64)heap + 40 * PAGE_SIZE); // the page table is there
    struct counters before = mine();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count; i++) {
            char *page = heap + order[i] * PAGE_SIZE;
            if ((i + round) % 2)
                store_to((uint64)page + i);
            else
                load_from((uint64)page + i);
        }
        struct counters after = mine();
        CHECK_EQUAL(after.faults_zero - before.faults_zero, count);
        CHECK_EQUAL(after.pages_zeroed - before.pages_zeroed, count);
        CHECK_EQUAL(before.frames_free - after.frames_free, count);
        CHECK_EQUAL(after.faults_spurious, before.faults_spurious);
    }
}

TEST(lazy_row16_untouched_pages_are_zero)
{
    for (int round = 0; round < 3; round++) {
        dirty_free_frames(300);
        char *heap = reserve_pages(400);
        for (long i = 399; i >= 0; i -= 2)
            CHECK(is_zero(heap + i * PAGE_SIZE, PAGE_SIZE));
        for (long i = 0; i < 400; i += 2) { // a write, and then the rest
            heap[i * PAGE_SIZE + 2048] = 1;
            CHECK(is_zero(heap + i * PAGE_SIZE, 2048));
            CHECK(is_zero(heap + i * PAGE_SIZE + 2049, PAGE_SIZE - 2049));
        }
        CHECK(sbrk(-400 * (int)PAGE_SIZE) != (char *)-1);
    }
}

// The first touch comes from the kernel, which writes, or reads, on the process's behalf.
TEST(lazy_system_calls_touch)
{
    dirty_free_frames(300);
    char *heap = reserve_pages(8);
    uint64 before = mine().faults_zero;

    struct counters *over_a_border = (struct counters *)(heap + PAGE_SIZE - 40);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, over_a_border), 0);
    CHECK_EQUAL(over_a_border->version, COUNTERS_VERSION);
    CHECK(is_zero(heap, PAGE_SIZE - 40));
    CHECK_EQUAL(mine().faults_zero - before, 2);

    int *status = (int *)(heap + 3 * PAGE_SIZE - 4);
    int pid = start();
    if (pid == 0)
        exit(7);
    CHECK_EQUAL(wait(status), pid);
    CHECK_EQUAL(*status, 7);
    CHECK_EQUAL(mine().faults_zero - before, 3);

    char **argv = (char **)(heap + 4 * PAGE_SIZE - 8);
    CHECK_EQUAL(exec(heap + 5 * PAGE_SIZE, argv), -1); // the empty path
    CHECK_EQUAL(mine().faults_zero - before, 4);
    CHECK_EQUAL(exec("/tests/absent", argv), -1);

    char *no_arguments[] = {0};
    pid = start();
    if (pid == 0) { // an argument that ends in a page behind that of its start
        char *argument = heap + 7 * PAGE_SIZE - 1;
        *argument = 'x';
        char *arguments[] = {argument, 0};
        exec("/tests/exit_status", arguments);
        exit(99);
    }
    CHECK_EQUAL(wait(status), pid);
    CHECK(*status != 99);
    CHECK_EQUAL(exec("", no_arguments), -1);
}

// What fork hands on is what is there, no more; what is not there comes to parent and child each
// for itself.
TEST(lazy_fork_hands_on_what_is_there)
{
    const int pages = 2000, step = 399;
    char *heap = reserve_pages(pages);
    for (int i = 0; i < pages; i += step)
        fill(heap + i * PAGE_SIZE, 1, i);
    int pid = start_at_gate();
    if (pid == 0) {
        CHECK_EQUAL(mine().faults_zero, 0);
        for (int i = 0; i < pages; i += step)
            CHECK(is_filled(heap + i * PAGE_SIZE, 1, i));
        CHECK_EQUAL(mine().faults_zero, 0);
        int there = 0;
        for (int i = 0; i < pages; i++) {
            there += i % step == 0;
            if (i % step)
                CHECK_EQUAL(load_from((uint64)heap + i * PAGE_SIZE), 0);
        }
        CHECK_EQUAL(mine().faults_zero, pages - there);
        CHECK(is_zero(heap + 5 * PAGE_SIZE, 10 * PAGE_SIZE));
        fill(heap + 5 * PAGE_SIZE, 10, 99);
        exit(0);
    }
    open_gate();
    expect_end(pid, 0);
    uint64 before = mine().faults_zero;
    CHECK(is_zero(heap + 5 * PAGE_SIZE, 10 * PAGE_SIZE));
    CHECK_EQUAL(mine().faults_zero - before, 10);
    for (int i = 0; i < pages; i += step)
        CHECK(is_filled(heap + i * PAGE_SIZE, 1, i));
}

static void live(char *heap, int generation, int generations)
{
    CHECK(is_zero(heap + generation * PAGE_SIZE, PAGE_SIZE));
    fill(heap + generation * PAGE_SIZE, 1, generation);
    int left = generations - generation - 1;
    if (left) {
        int pid = start();
        if (pid == 0) {
            live(heap, generation + 1, generations);
            exit(0);
        }
        expect_end(pid, 0);
    }
    for (int i = 0; i <= generation; i++)
        CHECK(is_filled(heap + i * PAGE_SIZE, 1, i));
    CHECK(is_zero(heap + (generation + 1) * PAGE_SIZE, left * PAGE_SIZE));
}

// Each generation touches a page that none before it has; it sees theirs, and not its child's.
TEST(lazy_generations_touch_in_turn)
{
    const int generations = 12;
    live(reserve_pages(generations), 0, generations);
}

static void check_spans(char *heap, const int *spans, int count)
{
    for (int i = 0; i < count; i++)
        CHECK(is_filled(heap + spans[i] * SPAN_SIZE + i * PAGE_SIZE, 1, i));
}

// Whole page tables are missing, in the middle and at both ends, when the process forks, shrinks
// and ends.
TEST(lazy_heap_with_tables_missing)
{
    static const int spans[] = {1, 4, 5, 700}; // 700 is in another gigabyte
    const int count = sizeof spans / sizeof *spans;
    own_all_pages();
    uint64 before = frames_unused();
    char *heap = reserve_spans(900);
    CHECK_EQUAL(frames_unused(), before);
    for (int i = 0; i < count; i++)
        fill(heap + spans[i] * SPAN_SIZE + i * PAGE_SIZE, 1, i);
    CHECK(before - frames_unused() <= 2 * 4 + 2); // a page and a table each, and middle tables
    int pid = start();
    if (pid == 0) {
        check_spans(heap, spans, count);
        CHECK(is_zero(heap + 3 * SPAN_SIZE, PAGE_SIZE));
        CHECK(is_zero(heap + 4 * SPAN_SIZE, PAGE_SIZE));
        CHECK(sbrk(-(int)(300 * SPAN_SIZE)) != (char *)-1);
        check_spans(heap, spans, count - 1);
        CHECK(sbrk(-(int)(595 * SPAN_SIZE)) != (char *)-1); // the break is in span 5 now
        check_spans(heap, spans, count - 2);
        CHECK_EQUAL(audit(), 0);
        exit(0);
    }
    expect_end(pid, 0);
    check_spans(heap, spans, count);
    CHECK(sbrk(-(int)(900 * SPAN_SIZE)) != (char *)-1);
    own_all_pages();
    CHECK_EQUAL(frames_unused(), before);
}

static __attribute__((noinline)) uint64 zero_faults(void)
{
    return mine().faults_zero;
}

// Pages that come at once and pages that come later lie side by side, also in one page at the
// break.
TEST(lazy_and_eager_growth_mix)
{
    own_all_pages();
    char *heap = reserve_pages(3);
    CHECK_EQUAL(sbrklazy(100), heap + 3 * PAGE_SIZE);
    uint64 before = zero_faults();
    char *eager = sbrk(3 * PAGE_SIZE);
    CHECK_EQUAL(eager, heap + 3 * PAGE_SIZE + 100);
    memset(eager + PAGE_SIZE - 100, 1, 2 * PAGE_SIZE + 100);
    CHECK(strcmp(machine.heap, "lazy") == 0 || zero_faults() == before);
    before = zero_faults();
    CHECK(is_zero(heap, 4 * PAGE_SIZE));
    CHECK_EQUAL(zero_faults() - before, 4);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(sys_sbrk(2 * PAGE_SIZE, SBRK_LAZY), eager + 3 * PAGE_SIZE);
        before = zero_faults();
        CHECK_EQUAL(eager[3 * PAGE_SIZE - 1], 1);
        CHECK_EQUAL(eager[5 * PAGE_SIZE - 1], 0);
        CHECK_EQUAL(zero_faults() - before, 1);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK_EQUAL(sbrklazy(-6 * (int)PAGE_SIZE - 100), eager + 3 * PAGE_SIZE);
    CHECK_EQUAL(sys_sbrk(0, SBRK_EAGER), heap);
}

// Shrinking drops what is there; the pages come back as new ones.
TEST(lazy_shrunk_pages_come_back_zeroed)
{
    char *heap = reserve_pages(40);
    for (int round = 0; round < 3; round++) {
        for (int i = round; i < 40; i += 3)
            memset(heap + i * PAGE_SIZE, 0xa5, PAGE_SIZE);
        uint64 before = frames_free();
        CHECK(sbrk(-25 * (int)PAGE_SIZE) != (char *)-1);
        CHECK(frames_free() - before >= 8);
        int pid = start();
        if (pid == 0)
            load_from((uint64)heap + 15 * PAGE_SIZE);
        expect_end(pid, KILLED);
        CHECK(sbrklazy(25 * PAGE_SIZE) != (char *)-1);
        CHECK(is_zero(heap + 15 * PAGE_SIZE, 25 * PAGE_SIZE));
    }
}

// The break goes up to the last user address and no further, and each page below it can be used.
TEST(lazy_break_reaches_the_limit)
{
    const int step = 1 << 30;
    uint64 start_of_heap = (uint64)sbrk(0);
    while ((uint64)sbrk(0) + step <= USER_END)
        CHECK(sbrklazy(step) != (char *)-1);
    uint64 left = USER_END - (uint64)sbrk(0);
    CHECK_EQUAL(sbrklazy(left + 1), -1);
    CHECK_EQUAL(sbrklazy(0x7fffffff), -1);
    CHECK_EQUAL(sbrk(0), USER_END - left);
    CHECK(sbrklazy(left) != (char *)-1);
    CHECK_EQUAL(sbrk(0), USER_END);
    CHECK_EQUAL(sbrklazy(1), -1);

    store_to(USER_END - 1);
    store_to(100UL << 30);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(load_from(USER_END - 1), 0x5a);
        CHECK_EQUAL(load_from(100UL << 30), 0x5a);
        CHECK(is_zero((void *)(50UL << 30), PAGE_SIZE));
        CHECK_EQUAL(counters(COUNTERS_SYSTEM, (void *)(USER_END - 100)), -1);
        store_to(USER_END);
    }
    expect_end(pid, KILLED);
    CHECK_EQUAL(audit(), 0);
    while ((uint64)sbrk(0) - step >= start_of_heap)
        CHECK(sbrk(-step) != (char *)-1);
    CHECK(sbrk(-(int)((uint64)sbrk(0) - start_of_heap)) != (char *)-1);
    CHECK_EQUAL(sbrk(-1), -1);
    CHECK_EQUAL(sbrk(0), start_of_heap);
}

static void expect_killed_by(void (*access)(uint64), uint64 address)
{
    struct counters before, after;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &before), 0);
    int pid = start();
    if (pid == 0) {
        access(address);
        exit(0);
    }
    expect_end(pid, KILLED);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &after), 0);
    CHECK_EQUAL(after.faults_zero, before.faults_zero);
}

static void load(uint64 address)
{
    load_from(address);
}

// Nothing but the heap is lazy, and it is no place to run from.
TEST(lazy_other_addresses_stay_errors)
{
    char *heap = reserve_pages(3);
    CHECK(sbrklazy(100) != (char *)-1);
    uint64 end = (uint64)heap + 4 * PAGE_SIZE;
    load_from(end - 1); // the page that the break is in is whole
    expect_killed_by(load, end);
    expect_killed_by(store_to, end);
    expect_killed_by(store_to, end + SPAN_SIZE);
    expect_killed_by(load, (uint64)guard_page());
    expect_killed_by(store_to, (uint64)guard_page() + PAGE_SIZE - 1);
    expect_killed_by(store_to, (uint64)lazy_other_addresses_stay_errors); // text
    expect_killed_by(jump_to, (uint64)heap + PAGE_SIZE);
    for (const uint64 *address = bad_addresses; *address; address++)
        expect_killed_by(store_to, *address);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (void *)end), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (void *)(end - 8)), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (void *)guard_page()), -1);
}

// A touch with so few frames left that there is none for the page, or for a table on the way to
// it. By the process it is its end; by a system call it is an error.
static void touch_without_memory(int by_system_call)
{
    int ballast = start_ballast(300);
    own_all_pages();
    uint64 before = frames_unused();
    for (uint64 left = 0; left < 5; left++) {
        int pid = start_at_gate();
        if (pid == 0) {
            char *far = (char *)(5UL << 28); // neither table is there
            CHECK(sbrklazy(5 << 28) != (char *)-1 && sbrklazy(5 << 28) != (char *)-1);
            leave_free(left);
            CHECK(frames_free() <= left);
            if (!by_system_call) {
                store_to((uint64)far);
                exit(0);
            }
            int result = counters(COUNTERS_SYSTEM, (struct counters *)far);
            CHECK_EQUAL(sbrk(-100 * (int)PAGE_SIZE) == (char *)-1, 0); // some memory again
            CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)far), 0);
            CHECK_EQUAL(audit(), 0);
            exit(result ? 50 : 0);
        }
        open_gate();
        expect_end(pid, left >= 3 ? 0 : by_system_call ? 50 : KILLED);
        expect_frames_unused(before);
        CHECK_EQUAL(audit(), 0);
    }
    end_ballast(ballast);
}

TEST(lazy_row17_touch_out_of_memory)
{
    touch_without_memory(0);
}

TEST(lazy_row17_touch_in_a_system_call_out_of_memory)
{
    touch_without_memory(1);
}

// The heap may be larger than memory; only what is touched must fit.
TEST(lazy_heap_larger_than_memory)
{
    const uint64 size = 1UL << 30;
    char *heap = sbrklazy(size);
    CHECK(heap != (char *)-1);
    for (uint64 offset = 0; offset < size; offset += size / 64)
        *(uint64 *)(heap + offset) = offset;
    int pid = start();
    if (pid == 0) {
        for (uint64 offset = 0; offset < size; offset += size / 64)
            CHECK_EQUAL(*(uint64 *)(heap + offset), offset);
        for (uint64 offset = 0;; offset += PAGE_SIZE) // to the end of memory
            heap[offset] = 1;
    }
    expect_end(pid, KILLED);
    for (uint64 offset = 0; offset < size; offset += size / 64)
        CHECK_EQUAL(*(uint64 *)(heap + offset), offset);
    CHECK_EQUAL(audit(), 0);
}

// A fork makes room for the counts of the pages that there are, not of all that would fit into
// the tables of a heap with holes.
TEST(lazy_counts_of_a_heap_with_holes, .variants = "cow-hash")
{
    const int spans = 400;
    char *heap = reserve_spans(spans);
    for (int i = 0; i < spans; i++)
        heap[i * SPAN_SIZE] = 1;
    CHECK_EQUAL(counters(COUNTERS_RESET, 0), 0);
    int pid = start();
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
    struct counters now;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &now), 0);
    CHECK(now.metadata_bytes_peak <= 32 * PAGE_SIZE);
}

// Processes that share a heap with holes touch it in an order of their own, fork and end, on all
// harts at once.
TEST(lazy_touches_on_all_harts)
{
    const int pages = 64, processes = 8, rounds = 6;
    char *heap = reserve_pages(pages);
    for (int i = 0; i < pages; i += 5)
        fill(heap + i * PAGE_SIZE, 1, i);
    for (int p = 0; p < processes; p++) {
        if (start())
            continue;
        uint64 random = machine.seed + p * 2;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < pages; i++) {
                int page = random_next(&random) % pages;
                if (page % 5 == 0)
                    CHECK(is_filled(heap + page * PAGE_SIZE, 1, page));
                else if (page % 5 == 1)
                    CHECK(is_zero(heap + page * PAGE_SIZE, PAGE_SIZE));
                else if (page % 5 == 2)
                    fill(heap + page * PAGE_SIZE, 1, random);
            }
            int pid = start();
            if (pid) {
                expect_end(pid, 0);
                exit(0);
            }
        }
        exit(0);
    }
    expect_ends(processes, 0);
    for (int i = 0; i < pages; i++) {
        char *page = heap + i * PAGE_SIZE;
        CHECK(i % 5 == 0 ? is_filled(page, 1, i) : is_zero(page, PAGE_SIZE));
    }
}
