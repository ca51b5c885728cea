// The kernel's own counters tell what happened.
#include "test.h"

static struct counters read_counters(int op)
{
    struct counters now;
    CHECK_EQUAL(counters(op, &now), 0);
    return now;
}

TEST(counters_describe_themselves)
{
    for (int op = COUNTERS_SYSTEM; op <= COUNTERS_PROCESS; op++) {
        struct counters now = read_counters(op);
        CHECK_EQUAL(now.version, COUNTERS_VERSION);
        CHECK_EQUAL(now.size, sizeof now);
        CHECK(now.frames_total > 1000);
        CHECK(now.frames_free < now.frames_total);
        CHECK(now.frames_free_low <= now.frames_free);
        CHECK(now.metadata_bytes <= now.metadata_bytes_peak);
    }
}

TEST(counters_of_a_new_process_start_at_zero)
{
    int pid = start();
    if (pid == 0) {
        struct counters mine = read_counters(COUNTERS_PROCESS);
        CHECK_EQUAL(mine.forks, 0);
        CHECK_EQUAL(mine.execs, 0);
        CHECK_EQUAL(mine.exits, 0);
        CHECK_EQUAL(mine.faults_killed, 0);
        CHECK_EQUAL(mine.pages_shared, 0);
        CHECK(mine.faults_copy < 10);
        exit(0);
    }
    expect_end(pid, 0);
}

TEST(counters_of_processes)
{
    struct counters system = read_counters(COUNTERS_SYSTEM);
    struct counters mine = read_counters(COUNTERS_PROCESS);
    for (int i = 0; i < 5; i++) {
        char *argv[] = {"exit_status", 0};
        CHECK_EQUAL(run_program("/tests/exit_status", argv), 0);
    }
    struct counters system_now = read_counters(COUNTERS_SYSTEM);
    struct counters mine_now = read_counters(COUNTERS_PROCESS);
    CHECK_EQUAL(mine_now.forks - mine.forks, 5);
    CHECK_EQUAL(system_now.forks - system.forks, 5);
    CHECK_EQUAL(system_now.execs - system.execs, 5);
    CHECK_EQUAL(mine_now.execs - mine.execs, 0);
    CHECK_EQUAL(system_now.exits - system.exits, 5);
    CHECK(system_now.switches >= system.switches + 5);
}

TEST(counters_of_failed_calls_stay)
{
    struct counters before = read_counters(COUNTERS_SYSTEM);
    char *argv[] = {"x", 0};
    CHECK_EQUAL(exec("/tests/absent", argv), -1);
    CHECK_EQUAL(exec("/tests/bad/magic", argv), -1);
    struct counters after = read_counters(COUNTERS_SYSTEM);
    CHECK_EQUAL(after.execs, before.execs);
}

TEST(counters_of_killed_processes)
{
    struct counters before = read_counters(COUNTERS_SYSTEM);
    for (int i = 0; i < 3; i++) {
        int pid = start();
        if (pid == 0)
            store_to(USER_END);
        expect_end(pid, KILLED);
    }
    struct counters after = read_counters(COUNTERS_SYSTEM);
    CHECK_EQUAL(after.faults_killed - before.faults_killed, 3);
    CHECK_EQUAL(after.exits - before.exits, 3);
}

TEST(counters_of_memory)
{
    own_all_pages();
    struct counters before = read_counters(COUNTERS_SYSTEM);
    take_pages(100);
    struct counters grown = read_counters(COUNTERS_SYSTEM);
    CHECK_EQUAL(grown.frames_total, before.frames_total);
    uint64 tables = grown.table_frames - before.table_frames;
    CHECK(tables <= 1);
    CHECK_EQUAL(before.frames_free - grown.frames_free, 100 + tables);
    CHECK(grown.pages_zeroed - before.pages_zeroed >= 100);
    CHECK(grown.frames_free_low <= grown.frames_free);
    CHECK(sbrk(-100 * (int)PAGE_SIZE) != (char *)-1);
    CHECK(read_counters(COUNTERS_SYSTEM).frames_free >= before.frames_free - tables);
}

TEST(counters_reset)
{
    struct counters until, after;
    int pid = start();
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
    take_pages(100);
    CHECK(sbrk(-100 * (int)PAGE_SIZE) != (char *)-1);
    CHECK_EQUAL(counters(COUNTERS_RESET, &until), 0);
    CHECK_EQUAL(until.version, COUNTERS_VERSION);
    CHECK(until.forks > 0);
    after = read_counters(COUNTERS_SYSTEM);
    CHECK_EQUAL(after.forks, 0);
    CHECK_EQUAL(after.exits, 0);
    CHECK_EQUAL(after.pages_zeroed, 0);
    CHECK(after.frames_free_low + 10 > after.frames_free);
    CHECK(after.metadata_bytes_peak >= after.metadata_bytes);
    CHECK(after.table_frames > 0);
    CHECK_EQUAL(counters(COUNTERS_RESET, 0), 0);
}

// The lowest number of free frames is seen between two looks, too.
TEST(counters_lowest_free_count)
{
    CHECK_EQUAL(counters(COUNTERS_RESET, 0), 0);
    uint64 before = frames_free();
    int pid = start();
    if (pid == 0) {
        take_pages(500);
        exit(0);
    }
    expect_end(pid, 0);
    struct counters now = read_counters(COUNTERS_SYSTEM);
    CHECK(now.frames_free_low <= before - 500);
    CHECK(now.frames_free + 50 > before);
}
