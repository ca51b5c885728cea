// Time: preemption, sleep, uptime.
#include "kernel/process.h"
#include "test.h"

static uint64 now(void) // in 100 ns, the clock of the virt machine
{
    uint64 time;
    asm volatile("rdtime %0" : "=r"(time));
    return time;
}

static void spin_ticks(int ticks)
{
    uint64 end = now() + ticks * 1000000UL;
    while (now() < end) {
        for (volatile int i = 0; i < 1000; i++)
            continue;
    }
}

// One process more than harts never enters the kernel by itself; others must still get on.
TEST(preemption_of_processes_that_never_yield)
{
    int spinners = machine.harts + 1;
    int pids[16];
    for (int i = 0; i < spinners; i++) {
        pids[i] = start();
        if (pids[i] == 0) {
            for (;;)
                continue;
        }
    }
    int worker = start();
    if (worker == 0)
        exit(0);
    expect_end(worker, 0); // no spinner ends, so it is this one
    for (int i = 0; i < spinners; i++)
        CHECK_EQUAL(kill(pids[i]), 0);
    expect_ends(spinners, KILLED);
}

// On one hart the exact clock makes this no question of luck: both get their turns.
TEST(preemption_gives_everybody_turns)
{
    int count = machine.harts + 1;
    for (int i = 0; i < count; i++) {
        int pid = start();
        if (pid == 0) {
            // Two processes on one hart see each other's turns as gaps of a tick.
            int turns = 0;
            uint64 end = now() + 3 * 1000000UL;
            for (uint64 last = now(), time; (time = now()) < end; last = time)
                turns += time - last > 300000;
            exit(machine.harts == 1 ? turns : 0);
        }
    }
    for (int i = 0; i < count; i++) {
        int status;
        CHECK(wait(&status) > 0);
        CHECK(machine.harts > 1 || status >= 1);
    }
}

static struct process_info table[NPROC];

// How often the children have been given a hart so far, by number.
static int turns_of_children(uint64 *turns)
{
    int count = 0, all = processes(table, NPROC);
    for (int i = 0; i < all; i++) {
        if (table[i].parent == getpid())
            turns[count++] = table[i].counters.switches;
    }
    return count;
}

// More processes than harts, and not a multiple, that never wait: no hart may keep its own to
// itself. The machine of tests/kernel/test_harts.py has its harts take turns of a tick, and a hart
// may have a tick at the start and at the end of its own: so turns are counted, not the time in
// them.
TEST(turns_are_even_on_all_harts, .harts = 2, .exact = 1)
{
    enum { TICKS_EACH = 40, MOST = 20 };
    int count = machine.harts * 2 + 2, pids[MOST];
    uint64 before[MOST], after[MOST], least = ~0UL, most = 0;
    for (int i = 0; i < count; i++) {
        pids[i] = start();
        while (pids[i] == 0)
            continue;
    }
    sleep(2 * count); // all have started by then
    CHECK_EQUAL(turns_of_children(before), count);
    sleep(TICKS_EACH * count);
    CHECK_EQUAL(turns_of_children(after), count);
    for (int i = 0; i < count; i++) {
        uint64 turns = after[i] - before[i];
        least = turns < least ? turns : least;
        most = turns > most ? turns : most;
        CHECK_EQUAL(kill(pids[i]), 0);
    }
    expect_ends(count, KILLED);
    printf("# %lu to %lu turns\n", least, most);
    CHECK(least >= 20);
    CHECK(most * 100 <= least * 115);
}

TEST(sleep_takes_as_long_as_it_says)
{
    static const int ticks[] = {1, 2, 5, 3};
    for (uint i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        int start_ticks = uptime();
        uint64 start_time = now();
        CHECK_EQUAL(sleep(ticks[i]), 0);
        int passed = uptime() - start_ticks;
        CHECK(passed >= ticks[i]);
        CHECK(now() - start_time > (ticks[i] - 1) * 1000000UL);
        if (machine.harts == 1) { // otherwise the host's clock, and what else runs there
            CHECK(passed <= ticks[i] + 1);
            CHECK(now() - start_time < (ticks[i] + 1) * 1000000UL);
        }
    }
}

TEST(sleep_of_nothing)
{
    int before = uptime();
    CHECK_EQUAL(sleep(0), 0);
    sleep(-1); // an error or nothing at all, but no long sleep
    sleep(-0x7fffffff);
    CHECK(machine.harts > 1 || uptime() - before <= 1);
}

TEST(sleepers_wake_in_order)
{
    for (int i = 0; i < 4; i++) {
        int pid = start();
        if (pid == 0) {
            sleep(3 * (4 - i));
            exit(i);
        }
    }
    for (int i = 3; i >= 0; i--) {
        int status;
        CHECK(wait(&status) > 0);
        CHECK(machine.harts > 1 || status == i);
    }
}

TEST(uptime_never_goes_back)
{
    int last = uptime();
    for (int i = 0; i < 2000; i++) {
        int next = uptime();
        CHECK(next >= last);
        last = next;
    }
}

// The instruction and time counters can be read by programs and only grow.
TEST(cycle_counters_are_readable)
{
    uint64 cycle, instret, cycle_after, instret_after;
    asm volatile("rdcycle %0\n rdinstret %1" : "=r"(cycle), "=r"(instret));
    spin_ticks(1);
    asm volatile("rdcycle %0\n rdinstret %1" : "=r"(cycle_after), "=r"(instret_after));
    CHECK(cycle_after > cycle);
    CHECK(instret_after > instret);
}
