// The list of processes.
#include "kernel/process.h"
#include "test.h"

static struct process_info table[NPROC];

// The entry of a process; 0 where it is not in the list.
static const struct process_info *entry_of(int pid)
{
    int count = processes(table, NPROC);
    CHECK(count > 0);
    for (int i = 0; i < count && i < NPROC; i++) {
        if (table[i].pid == pid)
            return &table[i];
    }
    return 0;
}

TEST(processes_tells_of_all)
{
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    int sleeper = start();
    if (sleeper == 0) {
        CHECK(sbrk(10 * PAGE_SIZE) != (char *)-1);
        CHECK_EQUAL(close(ends[1]), 0);
        char byte;
        exit(read(ends[0], &byte, 1)); // 0: the end
    }
    int zombie = start();
    if (zombie == 0)
        exit(0);
    while (!entry_of(zombie) || entry_of(zombie)->state != 'Z')
        sleep(1);
    while (entry_of(sleeper)->state != 'S')
        sleep(1);
    const struct process_info *own = entry_of(getpid());
    CHECK(own);
    CHECK_EQUAL(own->state, 'R');
    CHECK_EQUAL(strcmp(own->name, "runner"), 0);
    CHECK_EQUAL(own->size, (uint64)sbrk(0));
    CHECK_EQUAL(own->counters.forks, 2);
    CHECK_EQUAL(own->counters.version, COUNTERS_VERSION);
    CHECK_EQUAL(own->counters.size, sizeof own->counters);
    CHECK_EQUAL(entry_of(sleeper)->parent, getpid());
    CHECK_EQUAL(entry_of(sleeper)->size, (uint64)sbrk(0) + 10 * PAGE_SIZE);
    CHECK_EQUAL(entry_of(zombie)->size, 0);
    CHECK_EQUAL(entry_of(zombie)->counters.exits, 1);
    CHECK_EQUAL(entry_of(1)->parent, 0);
    CHECK_EQUAL(close(ends[1]), 0);
    expect_ends(2, 0);
}

// As many as there is room for, and how many there are in any case; in the order of numbers.
TEST(processes_counts)
{
    int all = processes(table, NPROC);
    CHECK(all >= 2);
    for (int i = 1; i < all; i++)
        CHECK(table[i - 1].pid < table[i].pid);
    memset(table, 0x5a, sizeof table);
    CHECK_EQUAL(processes(table, 1), all);
    CHECK_EQUAL(table[0].pid, 1);
    CHECK_EQUAL(table[1].pid, 0x5a5a5a5a);
    CHECK_EQUAL(processes(0, 0), all);
    CHECK_EQUAL(processes(table, -1), -1);
    CHECK_EQUAL(processes(table, -0x7fffffff), -1);
}

TEST(row4_processes_at_bad_addresses)
{
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(processes((struct process_info *)*bad, 5), -1);
    CHECK_EQUAL(processes(0, 5), -1);
    CHECK_EQUAL(processes((struct process_info *)(sbrk(0) - sizeof *table / 2), 1), -1);
}

// Asked for while processes start, change their programs and end.
TEST(processes_while_they_change)
{
    for (int i = 0; i < 4; i++) {
        int pid = start();
        if (pid == 0) {
            char *argv[] = {"exit_status", "0", 0};
            for (int round = 0; round < 5; round++)
                CHECK_EQUAL(run_program("/tests/exit_status", argv), 0);
            exit(0);
        }
    }
    for (int round = 0; round < 50; round++) {
        int count = processes(table, NPROC);
        CHECK(count >= 2 && count <= NPROC);
        for (int i = 0; i < count; i++) {
            CHECK(table[i].pid > 0 && table[i].parent < table[i].pid);
            CHECK(table[i].name[sizeof table[i].name - 1] == 0);
            CHECK(strchr("RrSZ", table[i].state) && table[i].state);
        }
    }
    expect_ends(4, 0);
}
