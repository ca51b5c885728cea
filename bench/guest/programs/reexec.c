// reexec FD: execs itself, and writes a struct exec_report into descriptor FD.
//
// The new program gets the time at which exec was called as an argument: a text of 16 letters,
// made by instructions whose number does not depend on the time. What they take is measured before,
// and passed on, too.

#include "exec_report.h"
#include "sample.h"

#define CLOCK_TEXT 17

// The arguments of the second program.
enum { PATH, DESCRIPTOR, COST, START, ARGUMENTS };

// Four bits a letter, the highest first.
static __attribute__((noinline)) void clock_to_text(char *text, uint64 clock)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        *text++ = 'a' + (clock >> shift & 15);
}

static uint64 clock_from_text(const char *text)
{
    uint64 clock = 0;
    for (; *text; text++)
        clock = clock << 4 | (*text - 'a');
    return clock;
}

// Writes the time into a text. Not inline, so that each call takes the same.
static __attribute__((noinline)) void write_time(char *text)
{
    clock_to_text(text, cycles_now());
}

static inline __attribute__((always_inline)) void begin_region(char *start)
{
    write_time(start);
    MARK(MARK_BEGIN);
}

static void begin(char **argv)
{
    static char cost[CLOCK_TEXT], start[CLOCK_TEXT];
    static char *arguments[] = {
        [PATH] = "/bench/reexec", [COST] = cost, [START] = start, [ARGUMENTS] = 0};
    arguments[DESCRIPTOR] = argv[DESCRIPTOR];
    uint64 before = cycles_now();
    uint64 reading = cycles_now() - before;
    begin_region(start);
    uint64 after = cycles_now();
    clock_to_text(cost, after - clock_from_text(start) - reading);
    sleep(1); // to the next tick
    counters(COUNTERS_RESET, 0);
    begin_region(start);
    exec(arguments[PATH], arguments);
}

static void end(char **argv, uint64 clock)
{
    struct exec_report report;
    if (counters(COUNTERS_SYSTEM, &report.counters) < 0)
        exit(FAILED);
    report.cycles = clock - clock_from_text(argv[START]) - clock_from_text(argv[COST]);
    write(atoi(argv[DESCRIPTOR]), &report, sizeof(report));
}

int main(int argc, char **argv)
{
    uint64 clock = region_end();
    if (argc == ARGUMENTS)
        end(argv, clock);
    else if (argc == DESCRIPTOR + 1)
        begin(argv);
    return 0;
}
