// Memory that runs out: in fork, exec, sbrk, and where a fault needs a frame. The call fails or
// the process is killed, nothing is lost, and everybody else goes on.
//
// The sweeps leave 0, 1, 2, ... frames free, so that each allocation on the way is the one that
// fails. A process in the background, the ballast, holds all other memory.
#include "kernel/vm.h"
#include "test.h"

#define FORK_FAILED 2
#define MAX_STEPS 80

// Runs one attempt with so many frames left; returns its end. All frames must be back after it.
static int attempt_with(void (*attempt)(void), uint64 frames)
{
    own_all_pages();
    uint64 before = frames_unused();
    int pid = start_at_gate();
    if (pid == 0) {
        leave_free(frames);
        attempt();
        exit(0);
    }
    open_gate();
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    expect_frames_unused(before);
    CHECK_EQUAL(audit(), 0);
    return status;
}

// Repeats the attempt with more and more frames until it has ended with `success` twice. Until
// then it must end with `failure`; or it may have been killed, where `may_be_killed` says so, but
// not when no frame at all is left.
static void sweep(void (*attempt)(void), int success, int failure, int may_be_killed)
{
    int successes = 0;
    uint64 frames = 0;
    for (int step = 0; successes < 2; step++) {
        CHECK(step < MAX_STEPS);
        int status = attempt_with(attempt, frames);
        if (step == 0)
            CHECK_EQUAL(status, failure);
        if (status == success)
            successes++;
        else
            CHECK(status == failure || (may_be_killed && status == KILLED));
        frames += frames < 24 ? 1 : frames / 4;
    }
}

// The attempt's heap: what leave_free took, as far as it is over 1 page.
static char *heap_start(void)
{
    return stack_page() + PAGE_SIZE;
}

static void mark_heap(uint64 mark)
{
    char *end = sbrk(0);
    for (char *page = heap_start(); page + PAGE_SIZE <= end; page += PAGE_SIZE)
        *(uint64 *)page = (uint64)page + mark;
}

static int heap_has_mark(uint64 mark)
{
    char *end = sbrk(0);
    for (char *page = heap_start(); page + PAGE_SIZE <= end; page += PAGE_SIZE) {
        if (*(uint64 *)page != (uint64)page + mark)
            return 0;
    }
    return 1;
}

static void attempt_fork(void)
{
    mark_heap(1);
    int pid = fork();
    if (pid < 0) {
        CHECK(heap_has_mark(1));
        exit(FORK_FAILED);
    }
    if (pid == 0)
        exit(heap_has_mark(1) ? 0 : FAILED);
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    CHECK_EQUAL(status, 0);
    CHECK(heap_has_mark(1));
}

// 2,500 pages are five page-table pages. Where fork has worked, neither parent nor child is killed
// for its first write, to the stack, even if no frame was left then.
TEST(row14_fork_out_of_memory_at_every_step)
{
    int ballast = start_ballast(2500);
    sweep(attempt_fork, 0, FORK_FAILED, 0);
    end_ballast(ballast);
}

// Nothing but small pages: the whole of fork for a process of its smallest size.
TEST(row14_small_fork_out_of_memory_at_every_step)
{
    int ballast = start_ballast(200);
    sweep(attempt_fork, 0, FORK_FAILED, 0);
    end_ballast(ballast);
}

// Pages that were shared before the failing fork stay shared, those that were not stay private.
static void attempt_fork_of_shared_pages(void)
{
    mark_heap(1);
    int pid = fork();
    if (pid < 0) {
        CHECK(heap_has_mark(1));
        exit(FORK_FAILED);
    }
    if (pid == 0) {
        int second = fork();
        if (second == 0)
            exit(heap_has_mark(1) ? 0 : FAILED);
        if (second < 0)
            exit(heap_has_mark(1) ? FORK_FAILED : FAILED);
        int status = 12345;
        CHECK_EQUAL(wait(&status), second);
        exit(status || !heap_has_mark(1) ? FAILED : 0);
    }
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    CHECK(status == 0 || status == FORK_FAILED);
    CHECK(heap_has_mark(1));
}

TEST(row14_second_fork_out_of_memory_at_every_step)
{
    int ballast = start_ballast(600);
    sweep(attempt_fork_of_shared_pages, 0, FORK_FAILED, 0);
    end_ballast(ballast);
}

// After a fork that failed the process has its memory, can write to it once there is some, and
// can fork. Any fork needs two tables, and leave_free() leaves less.
TEST(row14_failed_fork_can_be_repeated)
{
    int ballast = start_ballast(1200);
    char *heap = take_pages(8);
    fill(heap, 8, 1);
    char *rest = sbrk(0);
    for (int round = 0; round < 3; round++) {
        leave_free(0);
        CHECK_EQUAL(fork(), -1);
        CHECK(sbrk(rest - (char *)sbrk(0)) != (char *)-1);
        CHECK(is_filled(heap, 8, 1));
        int pid = start();
        if (pid == 0) {
            fill(heap, 8, 2);
            exit(0);
        }
        expect_end(pid, 0);
        fill(heap, 8, 1);
        CHECK(is_filled(heap, 8, 1));
    }
    end_ballast(ballast);
}

// Pages that one process holds, until another one asks for them, page by page.
enum { HELD = 64 };
static int ask[2], answer[2], started[2];

static void ask_for_a_page(void)
{
    char byte = 'a';
    CHECK_EQUAL(write(ask[1], &byte, 1), 1);
    CHECK_EQUAL(read(answer[0], &byte, 1), 1);
}

// Until nobody is left who could ask.
static void give_pages(void)
{
    char byte;
    CHECK_EQUAL(close(ask[1]), 0);
    while (read(ask[0], &byte, 1) == 1) {
        CHECK(sbrk(-(int)PAGE_SIZE) != (char *)-1);
        CHECK_EQUAL(write(answer[1], "g", 1), 1);
    }
}

// What a fork took.
struct taken {
    uint64 most;  // frames, while it was under way
    uint64 spare; // of these, what came back at its end, and with the first write of each side
};

// Whether a fork fits. One that does not takes nothing from anyone, not even for a moment.
static int fork_fits(struct taken *taken)
{
    struct counters now;
    char byte;
    own_all_pages();
    CHECK_EQUAL(counters(COUNTERS_RESET, 0), 0);
    uint64 free = frames_free();
    int pid = fork();
    if (pid == 0) {
        CHECK_EQUAL(close(ask[1]), 0);
        byte = 's'; // its first write, to the stack
        CHECK_EQUAL(write(started[1], &byte, 1), 1);
        for (;;)
            sleep(1000000);
    }
    if (pid > 0)
        CHECK_EQUAL(read(started[0], &byte, 1), 1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &now), 0);
    if (pid < 0) {
        CHECK_EQUAL(now.frames_free_low, free);
        CHECK_EQUAL(now.frames_free, free);
        return 0;
    }
    // A store of counts may have replaced itself.
    uint64 old_counts = (now.metadata_bytes_peak - now.metadata_bytes) / PAGE_SIZE;
    taken->most = free - now.frames_free_low;
    taken->spare = now.frames_free - now.frames_free_low - old_counts;
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
    return 1;
}

// The heap grows page by page until a fork fails; then memory comes back page by page until one
// succeeds. What a fork takes is the strategy's affair. But this one must take the last frame, or
// those that failed would have fit, too; and it has no more to spare than one in a small process.
static void fork_until_it_does_not_fit(void (*prepare)(void))
{
    struct taken taken, small;
    int forks = 0, asked = 0;
    CHECK(fork_fits(&small));
    prepare();
    do
        CHECK(sbrk_mapped(PAGE_SIZE) != (char *)-1);
    while (fork_fits(&taken) && ++forks);
    CHECK(forks);
    uint64 free;
    do {
        CHECK(asked++ < HELD);
        ask_for_a_page();
        free = frames_free();
    } while (!fork_fits(&taken));
    CHECK_EQUAL(taken.most, free);
    CHECK(taken.spare <= small.spare);
}

static void expect_exact_forks(void (*prepare)(void))
{
    int ballast = start_ballast(500 + HELD);
    CHECK_EQUAL(pipe(ask), 0);
    CHECK_EQUAL(pipe(answer), 0);
    CHECK_EQUAL(pipe(started), 0);
    int pid = start_at_gate();
    if (pid == 0) {
        fork_until_it_does_not_fit(prepare);
        exit(0);
    }
    take_pages(HELD); // after the fork, so that nobody shares them
    open_gate();
    give_pages();
    expect_end(pid, 0);
    end_ballast(ballast);
}

static void prepare_nothing(void) {}

TEST(row14_fork_fails_only_where_it_does_not_fit)
{
    expect_exact_forks(prepare_nothing);
}

static void touch_a_page_in_each_of_some_tables(void)
{
    const long span = 512 * PAGE_SIZE;
    char *heap = sbrklazy(20 * span);
    for (int i = 0; i < 20; i++)
        heap[i * span] = 1;
}

// The tables could hold many more pages.
TEST(row14_fork_of_a_heap_with_holes_fits)
{
    expect_exact_forks(touch_a_page_in_each_of_some_tables);
}

// Takes all memory but a frame, and forks without end, which cannot succeed.
static void fork_in_vain(void)
{
    leave_free(1);
    while (frames_free() < 1)
        CHECK(sbrk(-(int)PAGE_SIZE) != (char *)-1);
    for (;;)
        CHECK_EQUAL(fork(), -1);
}

// Needs that frame, again and again. A tick takes the hart from whoever runs; so after one the
// other process has come to any point of its fork.
static void use_the_last_frame(void)
{
    for (int tick = 0; tick < 8; tick++) {
        for (int i = 0; i < 200; i++) {
            char *page = sbrk(PAGE_SIZE);
            CHECK(page != (char *)-1);
            *page = 1;
            CHECK(sbrk(-(int)PAGE_SIZE) != (char *)-1);
        }
        sleep(1);
    }
}

// Memory that is there is had, while a large process does what it has no memory for. With a lazy
// heap, who finds none is killed.
TEST(row14_fork_in_vain_takes_nothing_from_others)
{
    int ready[2], gate[2];
    char byte;
    CHECK_EQUAL(pipe(ready), 0);
    CHECK_EQUAL(pipe(gate), 0);
    int bystander = start();
    if (bystander == 0) {
        take_pages(1); // then the next page needs no page table, or there is one for it
        CHECK(sbrk_mapped(PAGE_SIZE) != (char *)-1);
        CHECK(sbrk(-(int)PAGE_SIZE) != (char *)-1);
        own_all_pages();
        CHECK_EQUAL(write(ready[1], "r", 1), 1);
        CHECK_EQUAL(read(gate[0], &byte, 1), 1);
        use_the_last_frame();
        CHECK_EQUAL(write(ready[1], "d", 1), 1);
        CHECK_EQUAL(read(gate[0], &byte, 1), 1); // keeps its memory until the other one has ended
        exit(0);
    }
    CHECK_EQUAL(read(ready[0], &byte, 1), 1);
    own_all_pages();
    int large = start_at_gate();
    if (large == 0)
        fork_in_vain();
    open_gate();
    while (frames_free() > 1)
        sleep(1);
    CHECK_EQUAL(close(ready[1]), 0);
    CHECK_EQUAL(write(gate[1], "g", 1), 1);
    CHECK_EQUAL(read(ready[0], &byte, 1), 1); // or the bystander has been refused, and has ended
    CHECK_EQUAL(kill(large), 0);
    expect_end(large, KILLED);
    CHECK_EQUAL(write(gate[1], "g", 1), 1);
    expect_end(bystander, 0);
}

static void attempt_exec(void)
{
    mark_heap(1);
    static char *argv[] = {"big", "an argument", 0};
    exec("/tests/big", argv);
    CHECK(heap_has_mark(1));
    exit(FORK_FAILED);
}

TEST(exec_out_of_memory_at_every_step)
{
    int ballast = start_ballast(400);
    sweep(attempt_exec, 42, FORK_FAILED, 0); // big ends with 42
    end_ballast(ballast);
}

static void attempt_sbrk(void)
{
    const long pages = 40;
    mark_heap(1);
    char *end = sbrk(0);
    uint64 before = frames_free();
    if (sbrk_mapped(pages * PAGE_SIZE) == (char *)-1) {
        CHECK_EQUAL(sbrk(0), end);
        CHECK_EQUAL(frames_free(), before);
        CHECK(heap_has_mark(1));
        exit(FORK_FAILED);
    }
    CHECK_EQUAL(sbrk(0), end + pages * PAGE_SIZE);
    CHECK(is_zero(end, pages * PAGE_SIZE));
}

TEST(sbrk_out_of_memory_at_every_step)
{
    int ballast = start_ballast(200);
    sweep(attempt_sbrk, 0, FORK_FAILED, 0);
    end_ballast(ballast);
}

// More than all memory in one call, again and again; nobody else is short of it meanwhile.
TEST(sbrk_of_more_than_there_is, .heap = "eager")
{
    char *end = sbrk(0);
    own_all_pages();
    uint64 before = frames_free();
    struct counters counts;
    CHECK_EQUAL(counters(COUNTERS_RESET, 0), 0);
    for (int round = 0; round < 2; round++) {
        CHECK_EQUAL(sbrk(round ? 0x7ffff000 : 0x7fffffff), -1);
        CHECK_EQUAL(sbrk((before + 1) * PAGE_SIZE), -1);
        CHECK_EQUAL(sbrk(0), end);
        CHECK_EQUAL(frames_free(), before);
    }
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &counts), 0);
    CHECK(counts.frames_free_low > before / 2);
}

// All memory, until sbrk fails, page by page; what there is can be used.
TEST(sbrk_takes_the_last_page)
{
    int ballast = start_ballast(300);
    int pid = start_at_gate();
    if (pid == 0) {
        own_all_pages();
        char *start = take_pages(1);
        while (sbrk_mapped(PAGE_SIZE) != (char *)-1)
            continue;
        CHECK(frames_free() <= 1);
        for (char *page = start; page < (char *)sbrk(0); page += PAGE_SIZE)
            *(uint64 *)page = (uint64)page;
        for (char *page = start; page < (char *)sbrk(0); page += PAGE_SIZE)
            CHECK_EQUAL(*(uint64 *)page, page);
        exit(0);
    }
    open_gate();
    expect_end(pid, 0);
    end_ballast(ballast);
}

// The child shares 30 pages, takes all memory, and writes to them: a copy is not to be had.
// Where fork copies, there is nothing to copy then, and the child just writes.
static void write_without_memory(int by_system_call)
{
    int copies = fork_copies();
    int ballast = start_ballast(400);
    char *heap = take_pages(30);
    fill(heap, 30, 1);
    own_all_pages();
    uint64 before = frames_unused();
    int pid = start_at_gate();
    if (pid == 0) {
        leave_free(0);
        for (int i = 0; i < 30; i++) {
            struct counters *out = (struct counters *)(heap + i * PAGE_SIZE);
            if (!by_system_call)
                *(volatile char *)out = 1;
            else if (counters(COUNTERS_SYSTEM, out) == -1)
                exit(FORK_FAILED); // as good as being killed
        }
        exit(0);
    }
    open_gate();
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    if (copies)
        CHECK_EQUAL(status, 0);
    else
        CHECK(status == KILLED || (by_system_call && status == FORK_FAILED));
    CHECK(is_filled(heap, 30, 1));
    fill(heap, 30, 2);
    own_all_pages();
    CHECK_EQUAL(audit(), 0);
    CHECK_EQUAL(frames_unused(), before);
    end_ballast(ballast);
}

TEST(row17_write_fault_out_of_memory)
{
    write_without_memory(0);
}

TEST(row17_write_fault_in_a_system_call_out_of_memory)
{
    write_without_memory(1);
}

// The one that runs out is the parent; the child keeps what both shared.
TEST(row17_parent_is_killed_and_the_child_lives)
{
    int copies = fork_copies();
    int ballast = start_ballast(500);
    own_all_pages();
    uint64 before = frames_unused();
    int parent = start_at_gate();
    if (parent == 0) {
        char *heap = take_pages(20), byte;
        int ready[2], gate[2];
        fill(heap, 20, 1);
        CHECK_EQUAL(pipe(ready), 0);
        CHECK_EQUAL(pipe(gate), 0);
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(close(gate[1]), 0);
            own_all_pages();
            CHECK_EQUAL(write(ready[1], "r", 1), 1);
            CHECK_EQUAL(read(gate[0], &byte, 1), 0); // until the parent has closed it, or ended
            CHECK(is_filled(heap, 20, 1));
            exit(0);
        }
        CHECK_EQUAL(read(ready[0], &byte, 1), 1); // it needs no memory from here on
        leave_free(0);
        for (int i = 0; i < 20; i++)
            heap[i * PAGE_SIZE] = 2;
        CHECK_EQUAL(close(gate[1]), 0);
        expect_end(pid, 0);
        exit(0);
    }
    open_gate();
    int status = 12345;
    CHECK_EQUAL(wait(&status), parent);
    if (copies)
        CHECK_EQUAL(status, 0);
    else
        CHECK_EQUAL(status, KILLED);
    expect_frames_unused(before);
    end_ballast(ballast);
}

static void take_and_give_back(void)
{
    char *start_of_heap = sbrk(0);
    for (int round = 0; round < 25; round++) {
        while (sbrk_mapped(20 * PAGE_SIZE) != (char *)-1)
            continue;
        int pid = fork();
        if (pid == 0)
            exit(0);
        if (pid > 0)
            wait(0);
        sbrk(start_of_heap - (char *)sbrk(0));
    }
}

// Processes that take what they can get and give it back, all at once: no call may do worse
// than fail. Any of them may be killed where a write needs memory, their parent too.
TEST(row5_all_at_once_out_of_memory)
{
    int ballast = start_ballast(900);
    own_all_pages();
    uint64 before = frames_unused();
    int pid = start_at_gate();
    if (pid == 0) {
        for (int i = 0; i < 6; i++) {
            if (fork() == 0) {
                take_and_give_back();
                exit(0);
            }
        }
        for (int status; wait(&status) > 0;)
            CHECK(status == 0 || status == KILLED);
        exit(0);
    }
    open_gate();
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    CHECK(status == 0 || status == KILLED);
    expect_frames_unused(before);
    end_ballast(ballast);
}

// Nearly all of memory in one process, and shared with its child: each frame of the machine has
// a count by then. Where fork copies it fails, and that is all it does.
TEST(row10_all_frames_are_counted)
{
    int copies = fork_copies();
    struct counters now;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &now), 0);
    long pages = now.frames_free - now.frames_free / 32 - 200; // some for tables and counts
    const long step = 1L << 18;                                // sbrk takes an int
    char *heap = take_pages(0);
    for (long taken = 0; taken < pages; taken += step)
        take_pages(pages - taken < step ? pages - taken : step);
    for (long i = 0; i < pages; i++)
        *(uint64 *)(heap + i * PAGE_SIZE) = i * 3 + 1;
    int pid = fork();
    if (pid == 0) {
        for (long i = 0; i < pages; i++)
            CHECK_EQUAL(*(uint64 *)(heap + i * PAGE_SIZE), i * 3 + 1);
        for (long i = 0; i < 20; i++)
            *(uint64 *)(heap + (pages - 1 - i) * PAGE_SIZE) = 0;
        exit(0);
    }
    if (copies)
        CHECK_EQUAL(pid, -1);
    else
        expect_end(pid, 0);
    for (long i = 0; i < pages; i++)
        CHECK_EQUAL(*(uint64 *)(heap + i * PAGE_SIZE), i * 3 + 1);
    CHECK_EQUAL(audit(), 0);
}
