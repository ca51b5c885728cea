// System calls that read and write the user's memory: they take the same faults as the user, and
// an address that the user may not use is an error, never more.
#include "test.h"

// A child that ends at once with a status; wait then writes into the caller's memory.
static void expect_status_at(int *where, int status)
{
    int pid = start();
    if (pid == 0)
        exit(status);
    CHECK_EQUAL(wait(where), pid);
    int found;
    memcpy(&found, where, sizeof found);
    CHECK_EQUAL(found, status);
}

// wait() writes into a page that the parent shares with a child that looks at it later.
TEST(row3_row7_wait_writes_into_a_shared_page)
{
    char *page = take_pages(1);
    fill(page, 1, 1);
    int watcher = start_at_gate();
    if (watcher == 0) {
        CHECK(is_filled(page, 1, 1));
        exit(0);
    }
    expect_status_at((int *)(page + 100), 77);
    expect_status_at((int *)(page + PAGE_SIZE - 4), 78);
    open_gate();
    expect_end(watcher, 0);
}

TEST(row3_wait_in_the_child_spares_the_parent)
{
    char *page = take_pages(1);
    fill(page, 1, 1);
    int pid = start();
    if (pid == 0) {
        expect_status_at((int *)page, 55);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(page, 1, 1));
}

TEST(row3_counters_write_into_a_shared_page)
{
    char *page = take_pages(1);
    fill(page, 1, 1);
    for (int round = 0; round < 4; round++) {
        int pid = start();
        if (pid == 0) {
            struct counters *out = (struct counters *)(page + 64 * round);
            CHECK_EQUAL(counters(COUNTERS_SYSTEM, out), 0);
            CHECK_EQUAL(out->version, COUNTERS_VERSION);
            CHECK_EQUAL(out->size, sizeof *out);
            exit(0);
        }
        expect_end(pid, 0);
        CHECK(is_filled(page, 1, 1));
    }
}

TEST(row3_parent_counters_spare_the_child)
{
    char *page = take_pages(1);
    fill(page, 1, 1);
    int pid = start();
    if (pid == 0) {
        sleep(2);
        CHECK(is_filled(page, 1, 1));
        exit(0);
    }
    struct counters *out = (struct counters *)page;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, out), 0);
    CHECK_EQUAL(out->version, COUNTERS_VERSION);
    expect_end(pid, 0);
}

// The result crosses from one shared page into another, at each place where it can.
TEST(row3_row2_results_over_a_page_border)
{
    char *pages = take_pages(2);
    fill(pages, 2, 1);
    for (uint64 before = 8; before < sizeof(struct counters); before += 40) {
        int pid = start();
        if (pid == 0) {
            struct counters *out = (struct counters *)(pages + PAGE_SIZE - before);
            CHECK_EQUAL(counters(COUNTERS_SYSTEM, out), 0);
            CHECK_EQUAL(out->version, COUNTERS_VERSION);
            CHECK(out->frames_total >= out->frames_free);
            exit(0);
        }
        expect_end(pid, 0);
        CHECK(is_filled(pages, 2, 1));
    }
    for (int before = 1; before < 4; before++) {
        int pid = start();
        if (pid == 0) {
            expect_status_at((int *)(pages + PAGE_SIZE - before), 0x7b);
            exit(0);
        }
        expect_end(pid, 0);
        CHECK(is_filled(pages, 2, 1));
    }
}

TEST(row3_unaligned_results)
{
    char *page = take_pages(1);
    for (uint offset = 0; offset < 8; offset++) {
        struct counters out;
        CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)(page + 16 + offset)), 0);
        memcpy(&out, page + 16 + offset, sizeof out);
        CHECK_EQUAL(out.size, sizeof out);
        expect_status_at((int *)(page + offset), 99);
    }
}

// Text of a shared page is read where it stands: reading copies nothing.
TEST(row9_system_calls_that_read_copy_nothing)
{
    static char text[] = "# a line from a shared page\n";
    int pid = start();
    if (pid == 0) {
        struct counters before, after;
        own_all_pages();
        int second = start(); // shares all again
        if (second == 0)
            exit(0);
        own_all_pages();
        CHECK_EQUAL(counters(COUNTERS_PROCESS, &before), 0);
        CHECK_EQUAL(write(1, text, sizeof text - 1), sizeof text - 1);
        CHECK_EQUAL(write(1, "# and one from text\n", 20), 20);
        CHECK_EQUAL(counters(COUNTERS_PROCESS, &after), 0);
        CHECK_EQUAL(after.faults_copy, before.faults_copy);
        CHECK_EQUAL(after.faults_killed, before.faults_killed);
        expect_end(second, 0);
        exit(0);
    }
    expect_end(pid, 0);
}

static void all_calls_refuse(uint64 address)
{
    char *argv_bad_string[] = {"exit_status", (char *)address, 0};
    char *argv_good[] = {"exit_status", "3", 0};
    CHECK_EQUAL(write(1, (char *)address, 1), -1);
    CHECK_EQUAL(write(2, (char *)address, 100), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)address), -1);
    CHECK_EQUAL(counters(COUNTERS_PROCESS, (struct counters *)address), -1);
    CHECK_EQUAL(exec((char *)address, argv_good), -1);
    CHECK_EQUAL(exec("/tests/exit_status", (char **)address), -1);
    CHECK_EQUAL(exec("/tests/exit_status", argv_bad_string), -1);
    CHECK_EQUAL(wait((int *)address), -1);
}

// There is a child to wait for, so that wait has something to write.
static void calls_refuse_all_bad_addresses(void)
{
    int pid = start();
    if (pid == 0)
        exit(44);
    sleep(1);
    for (const uint64 *address = bad_addresses; *address; address++)
        all_calls_refuse(*address);
    all_calls_refuse((uint64)guard_page());
    all_calls_refuse((uint64)guard_page() + PAGE_SIZE / 2);
    all_calls_refuse(((uint64)sbrk(0) + PAGE_SIZE - 1) & -PAGE_SIZE);
    expect_end(pid, 44);
}

TEST(row4_bad_addresses_as_arguments)
{
    calls_refuse_all_bad_addresses();
}

TEST(row4_bad_addresses_as_arguments_after_forks)
{
    int pid = start();
    if (pid == 0) {
        calls_refuse_all_bad_addresses();
        exit(0);
    }
    expect_end(pid, 0);
    calls_refuse_all_bad_addresses();
}

TEST(row4_lengths_that_go_too_far)
{
    char *page = take_pages(1);
    char *last = page + PAGE_SIZE - 2;
    last[0] = '#';
    last[1] = '\n';
    // Starts in good memory and leaves it. How much a write has written by then is open.
    long written = write(1, last, 3);
    CHECK(written == -1 || written == 2);
    written = write(1, last, 1 << 30);
    CHECK(written == -1 || written == 2);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)(page + PAGE_SIZE - 16)), -1);

    // Negative, and past the end of all addresses.
    CHECK_EQUAL(write(1, page, -1), -1);
    CHECK_EQUAL(write(1, page, -0x7fffffff - 1), -1);
    CHECK_EQUAL(write(1, (char *)-1, 2), -1);
    CHECK_EQUAL(write(1, (char *)-PAGE_SIZE, 0x7fffffff), -1);
    CHECK_EQUAL(write(1, (char *)(USER_END - 1), 2), -1);
    CHECK_EQUAL(system_call(SYS_write, 1, (long)page, -1), -1);
    CHECK_EQUAL(system_call(SYS_write, 1, (long)page, -(long)page), -1);
    CHECK_EQUAL(system_call(SYS_counters, COUNTERS_SYSTEM, -8, 0), -1);
}

TEST(write_of_nothing)
{
    char byte = '#';
    CHECK_EQUAL(write(1, &byte, 0), 0);
    // No byte is touched, so the address may be refused or not; nothing else may happen.
    for (const uint64 *address = bad_addresses; *address; address++) {
        int result = write(1, (char *)*address, 0);
        CHECK(result == 0 || result == -1);
    }
}

// wait that cannot write its result is an error, and does not lose the child.
TEST(row4_wait_with_a_bad_pointer_keeps_the_child)
{
    int pid = start();
    if (pid == 0)
        exit(21);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(wait((int *)USER_END), -1);
    expect_end(pid, 21);
    CHECK_EQUAL(wait(0), -1);
}

// wait takes 0 for "no status wanted"; address 0 itself is text.
TEST(wait_without_a_status)
{
    int pid = start();
    if (pid == 0)
        exit(21);
    CHECK_EQUAL(wait(0), pid);
    int status = 5;
    CHECK_EQUAL(wait(&status), -1);
    CHECK_EQUAL(status, 5);
}

TEST(unknown_system_calls_are_errors)
{
    static const long numbers[] = {
        0,        SYS_close + 1,   SYS_counters - 1, SYS_shield + 1, 100, 1000, 1L << 31,
        1L << 32, (1L << 32) + 11, 1L << 62,         1L << 63,       -1,  -11};
    for (uint i = 0; i < sizeof numbers / sizeof *numbers; i++)
        CHECK_EQUAL(system_call(numbers[i], 0, 0, 0), -1);
}

TEST(counters_refuse_what_they_do_not_know)
{
    struct counters out;
    CHECK_EQUAL(counters(3, &out), -1);
    CHECK_EQUAL(counters(-1, &out), -1);
    CHECK_EQUAL(counters(1 << 30, &out), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, 0), -1);
    CHECK_EQUAL(counters(COUNTERS_PROCESS, 0), -1);
}
