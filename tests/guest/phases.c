// The system call that tells where the time of a fork or of a write fault went.
#include "test.h"

static struct phases stop(void)
{
    struct phases now;
    CHECK_EQUAL(phases(PHASES_STOP, &now), 0);
    return now;
}

static uint64 marks_of(const struct phases *phases)
{
    uint64 marks = 0;
    for (int phase = 0; phase < PHASES; phase++)
        marks += phases->sums[phase].marks;
    return marks;
}

static uint64 time_of(const struct phases *phases, enum phase phase)
{
    return phases->sums[phase].ended - phases->sums[phase].began;
}

static void fork_once(void)
{
    int pid = start();
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
}

// Only one hart's clock can be the clock of all marks.
TEST(phases_refuse_other_kernels_and_several_harts)
{
    int expected = machine.phases && machine.harts == 1 ? 0 : -1;
    CHECK_EQUAL(phases(PHASES_START, 0), expected);
    CHECK_EQUAL(phases(PHASES_STOP, 0), expected);
}

TEST(phases_refuse_other_operations)
{
    struct phases out;
    long operations[] = {-1, 2, 3, 1000, 1L << 31};
    for (uint i = 0; i < sizeof operations / sizeof operations[0]; i++)
        CHECK_EQUAL(system_call(SYS_phases, operations[i], (long)&out, 0), -1);
}

TEST(phases_refuse_bad_pointers, .phases = 1)
{
    phases(PHASES_START, 0);
    fork_once();
    struct phases before = stop();
    char *last = take_pages(1);
    long bad[] = {1, USER_END, USER_END - 8, -1, -4096, (long)last + PAGE_SIZE - 8};
    for (uint i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_EQUAL(phases(PHASES_STOP, (struct phases *)bad[i]), -1);
    struct phases after = stop(); // nothing is lost
    CHECK_EQUAL(memcmp(&before, &after, sizeof after), 0);
}

TEST(phases_describe_themselves, .phases = 1)
{
    phases(PHASES_START, 0);
    struct phases now = stop();
    CHECK_EQUAL(now.version, PHASES_VERSION);
    CHECK_EQUAL(now.size, sizeof now);
    CHECK(now.mark_cost > 0 && now.mark_cost < 100);
    CHECK_EQUAL(marks_of(&now), 0);
    for (int phase = 0; phase < PHASES; phase++)
        CHECK_EQUAL(time_of(&now, phase), 0);
}

// From the first mark of a fork to its last, each phase begins where another ends.
TEST(phases_of_a_fork_have_no_gap, .phases = 1)
{
    phases(PHASES_START, 0);
    int pid = fork();
    if (pid == 0)
        exit(0);
    phases(PHASES_STOP, 0);
    struct phases now = stop();
    CHECK(pid > 0);
    expect_end(pid, 0);
    CHECK_EQUAL(now.sums[PHASE_ENTRY].marks, 1);
    CHECK_EQUAL(now.sums[PHASE_EXIT].marks, 1);
    uint64 whole = now.sums[PHASE_EXIT].ended - now.sums[PHASE_ENTRY].ended;
    uint64 sum = 0;
    for (enum phase phase = PHASE_ENTRY + 1; phase < PHASES; phase++) {
        sum += time_of(&now, phase);
        CHECK(time_of(&now, phase) >= now.sums[phase].marks * now.mark_cost);
    }
    CHECK_EQUAL(sum, whole);
}

TEST(phases_stay_when_stopped, .phases = 1)
{
    phases(PHASES_START, 0);
    fork_once();
    struct phases before = stop();
    CHECK(marks_of(&before) > 0);
    fork_once();
    struct phases after = stop();
    CHECK_EQUAL(memcmp(&before, &after, sizeof after), 0);
    phases(PHASES_START, 0);
    after = stop();
    CHECK_EQUAL(marks_of(&after), 0);
}

// The kernel's own write of the result may be a fault with marks: it is not in the result, and
// takes nothing from other owners of the page.
TEST(phases_write_into_a_shared_page, .phases = 1)
{
    char *page = take_pages(1);
    fill(page, 1, 1);
    int pid = start();
    if (pid == 0) {
        struct phases *out = (struct phases *)page;
        phases(PHASES_START, 0);
        CHECK_EQUAL(phases(PHASES_STOP, out), 0);
        CHECK_EQUAL(out->version, PHASES_VERSION);
        CHECK_EQUAL(marks_of(out), 0);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_filled(page, 1, 1));
}
