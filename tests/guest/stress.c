// Trees of processes that fork, write, grow, shrink, exec and end at random, on all harts at
// once. Each process knows what must be in its pages. The seed comes from the runner's argument.
#include "test.h"

#define PAGES 12

// What a process believes; lies in its own memory, so that it is copied on fork like the rest.
struct model {
    uint64 random;
    uint64 seeds[PAGES]; // pattern of each page, 0: zeroes
    int pages;
    int children;
};

static struct model *model;
static char *heap;

static uint random_below(uint limit)
{
    return random_next(&model->random) % limit;
}

static void check_page(int i)
{
    if (model->seeds[i])
        CHECK(is_filled(heap + i * PAGE_SIZE, 1, model->seeds[i]));
    else
        CHECK(is_zero(heap + i * PAGE_SIZE, PAGE_SIZE));
}

static void write_page(int i)
{
    model->seeds[i] = random_next(&model->random) | 1;
    fill(heap + i * PAGE_SIZE, 1, model->seeds[i]);
}

static void change_size(int pages)
{
    if (sbrk((pages - model->pages) * (int)PAGE_SIZE) == (char *)-1)
        return;
    for (int i = model->pages; i < pages; i++)
        model->seeds[i] = 0;
    model->pages = pages;
}

static void reap_one(void)
{
    int status = 12345;
    if (!model->children)
        return;
    CHECK(wait(&status) > 0);
    CHECK(status == 0 || status == 17 || status == KILLED);
    model->children--;
}

static void live(int depth, int steps);

static void fork_one(int depth, int steps)
{
    uint64 seed = random_next(&model->random);
    int pid = fork();
    if (pid == 0) {
        model->random = seed | 1;
        model->children = 0;
        live(depth - 1, steps);
        for (int i = 0; i < model->pages; i++)
            check_page(i);
        exit(0);
    }
    if (pid > 0)
        model->children++;
    if (pid > 0 && seed % 16 == 0)
        kill(pid); // its children become orphans
}

static void exec_one(void)
{
    int pid = fork();
    if (pid == 0) {
        char *argv[] = {"minimal", 0};
        exec("/tests/minimal", argv);
        exit(127);
    }
    model->children += pid > 0;
}

static void live(int depth, int steps)
{
    for (int step = 0; step < steps; step++) {
        switch (random_below(12)) {
        case 0:
        case 1:
        case 2:
            if (depth > 0)
                fork_one(depth, steps * 2 / 3);
            break;
        case 3:
            change_size(1 + random_below(PAGES));
            break;
        case 4:
            exec_one();
            break;
        case 5:
            reap_one();
            break;
        case 6:
        case 7:
            check_page(random_below(model->pages));
            break;
        default:
            write_page(random_below(model->pages));
            break;
        }
    }
    while (model->children)
        reap_one();
    for (int i = 0; i < model->pages; i++)
        check_page(i);
}

static void stress(uint64 seed)
{
    model = take_pages(1);
    heap = take_pages(PAGES);
    model->pages = PAGES;
    model->random = machine.seed * 1000 + seed;
    live(4, 14);
}

TEST(row5_row6_row20_random_trees_1)
{
    stress(1);
}

TEST(row5_row6_row20_random_trees_2)
{
    stress(2);
}

TEST(row5_row6_row20_random_trees_3)
{
    stress(3);
}

// Parent, child and grandchild get the same pages at about the same time, and each is the last
// owner of some of them, while others fork.
TEST(row20_last_owner_against_a_fork_on_another_hart)
{
    char *pages = take_pages(8);
    for (int round = 0; round < 60; round++) {
        fill(pages, 8, round);
        int pid = start();
        if (pid == 0) {
            int second = start();
            if (second == 0) {
                fill(pages, 4, 1000);
                CHECK(is_filled(pages, 4, 1000));
                exit(0);
            }
            CHECK(is_filled(pages, 8, round));
            fill(pages, 8, 2000);
            int third = start();
            if (third == 0)
                exit(is_filled(pages, 8, 2000) ? 0 : FAILED);
            fill(pages, 8, 3000);
            expect_ends(2, 0);
            CHECK(is_filled(pages, 8, 3000));
            exit(0);
        }
        CHECK(is_filled(pages, 8, round));
        fill(pages, 8, 4000);
        CHECK(is_filled(pages, 8, 4000));
        expect_end(pid, 0);
        CHECK(is_filled(pages, 8, 4000));
    }
}

// Writes one word of each page, while another owner does the same with another word. Whoever
// copies must have the page as it was at fork, even if the other has become its last owner and
// writes in place while the copy is made.
static void write_words(uint64 *pages, int count, int mine, int others)
{
    const int words = PAGE_SIZE / sizeof *pages;
    for (int i = 0; i < count; i++)
        pages[i * words + mine] = 1;
    for (int i = 0; i < count; i++) {
        CHECK_EQUAL(pages[i * words + mine], 1);
        CHECK_EQUAL(pages[i * words + others], 0);
    }
}

TEST(row20_a_copy_is_whole_when_the_other_owner_writes)
{
    enum { COUNT = 400 }; // the child starts late, and has to catch up with the parent
    uint64 *pages = take_pages(COUNT);
    const int last = PAGE_SIZE / sizeof *pages - 1;
    for (int round = 0; round < 60; round++) {
        memset(pages, 0, COUNT * PAGE_SIZE);
        int pid = start();
        if (pid == 0) {
            write_words(pages, COUNT, last, last - 1);
            exit(0);
        }
        write_words(pages, COUNT, last - 1, last);
        expect_end(pid, 0);
        write_words(pages, COUNT, last - 1, last);
    }
}

static void mark_pages(char *pages, int count, uint64 mark)
{
    for (int i = 0; i < count; i++)
        *(uint64 *)(pages + i * PAGE_SIZE) = mark + i;
}

static int have_mark(const char *pages, int count, uint64 mark)
{
    for (int i = 0; i < count; i++) {
        if (*(const uint64 *)(pages + i * PAGE_SIZE) != mark + i)
            return 0;
    }
    return 1;
}

// Many owners give up the same pages in the same moment, some by a write, some by their end.
TEST(row6_all_owners_leave_at_once)
{
    enum { COUNT = 128, CHILDREN = 6 };
    char *pages = take_pages(COUNT);
    own_all_pages();
    uint64 before = frames_unused();
    for (int round = 0; round < 30; round++) {
        mark_pages(pages, COUNT, 0);
        for (int i = 0; i < CHILDREN; i++) {
            int pid = start();
            if (pid == 0) {
                uint64 mark = i ? 1000 * i : 0;
                if (mark)
                    mark_pages(pages, COUNT, mark);
                exit(have_mark(pages, COUNT, mark) ? 0 : FAILED);
            }
        }
        mark_pages(pages, COUNT, 1000000);
        CHECK(have_mark(pages, COUNT, 1000000));
        expect_ends(CHILDREN, 0);
        own_all_pages();
        CHECK_EQUAL(frames_unused(), before);
    }
    CHECK_EQUAL(audit(), 0);
}

// Only counts, as fast as it goes: families of forks that do nothing, over the same pages. The
// more pages, the more often two harts come by the same count at the same time.
TEST(row5_counts_under_parallel_forks)
{
    enum { COUNT = 400 };
    char *pages = take_pages(COUNT);
    for (int i = 0; i < COUNT; i++)
        pages[i * PAGE_SIZE] = 1;
    for (int i = 0; i < 6; i++) {
        int pid = start();
        if (pid == 0) {
            for (int round = 0; round < 30; round++) {
                int second = start();
                if (second == 0)
                    exit(0);
                pages[round % COUNT * PAGE_SIZE] = 3;
                expect_end(second, 0);
            }
            exit(0);
        }
    }
    expect_ends(6, 0);
    CHECK_EQUAL(audit(), 0);
}
