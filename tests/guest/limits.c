// As many processes as the machine allows, and as many owners of one page.
#include "test.h"

// Kills and reaps processes pids[0] to pids[count - 1], which sleep.
static void end_all(const int *pids, int count)
{
    for (int i = 0; i < count; i++)
        CHECK_EQUAL(kill(pids[i]), 0);
    expect_ends(count, KILLED);
}

static int start_sleeper(void)
{
    int pid = fork();
    if (pid == 0) {
        for (;;)
            sleep(1000000);
    }
    return pid;
}

// The runner and the test are two of them. One fork more is an error and no more than that.
TEST(all_processes_at_once)
{
    int *pids = take_pages(1); // room for 1,024
    int count = 0;
    own_all_pages();
    uint64 before = frames_unused();
    for (int round = 0; round < 2; round++) {
        for (count = 0; count < machine.processes - 2; count++) {
            pids[count] = start_sleeper();
            CHECK(pids[count] > 0);
            for (int i = 0; i < count; i++)
                CHECK(pids[i] != pids[count]);
        }
        uint64 full = frames_unused();
        for (int i = 0; i < 3; i++)
            CHECK_EQUAL(start_sleeper(), -1);
        CHECK_EQUAL(frames_unused(), full);
        CHECK_EQUAL(audit(), 0);
        end_all(pids, count);
        own_all_pages();
        CHECK_EQUAL(frames_unused(), before);
    }
}

// When one has ended, there is room for one.
TEST(a_process_that_ended_makes_room)
{
    int *pids = take_pages(1);
    int count = machine.processes - 2;
    for (int i = 0; i < count; i++)
        CHECK((pids[i] = start_sleeper()) > 0);
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(start_sleeper(), -1);
        CHECK_EQUAL(kill(pids[i]), 0);
        expect_end(pids[i], KILLED);
        CHECK((pids[i] = start_sleeper()) > 0);
    }
    end_all(pids, count);
}

// A page with more owners than fit into 8 bits. Half of them are killed, somebody else gets
// whatever was freed and fills it, and those that are left must still have the page.
static void many_owners(int owners)
{
    int *pids = take_pages(1);
    char *page = take_pages(2);
    fill(page, 2, 1);
    for (int i = 0; i < owners; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            sleep(i % 2 ? 1000000 : 3 + owners / 50);
            CHECK(is_filled(page, 2, 1));
            exit(0);
        }
        CHECK(pids[i] > 0);
    }
    CHECK_EQUAL(audit(), 0);
    for (int i = 1; i < owners; i += 2)
        CHECK_EQUAL(kill(pids[i]), 0);
    sleep(1);
    char *others = take_pages(64);
    fill(others, 64, 2);
    CHECK(is_filled(page, 2, 1));
    int killed = 0;
    for (int i = 0; i < owners; i++) {
        int status = 12345;
        CHECK(wait(&status) > 0);
        CHECK(status == 0 || status == KILLED);
        killed += status == KILLED;
    }
    CHECK_EQUAL(killed, owners / 2);
    CHECK(is_filled(page, 2, 1));
    fill(page, 2, 3);
    CHECK(is_filled(others, 64, 2));
    CHECK(sbrk(-67 * (int)PAGE_SIZE) != (char *)-1);
}

TEST(row12_60_owners_of_one_page)
{
    many_owners(60);
}

TEST(row12_254_to_258_owners_of_one_page, .processes = 300)
{
    for (int owners = 253; owners <= 257; owners++)
        many_owners(owners);
}

TEST(row12_520_owners_of_one_page, .processes = 600)
{
    many_owners(520);
}
