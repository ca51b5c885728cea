// Init of the test image: runs each chosen test in a child and prints TAP.
//
// usage: runner [test=GLOB[,GLOB...]] [procs=N] [harts=N] [variant=NAME] [heap=lazy]
//               [exact=1] [seed=N]
//
// A GLOB may hold * for any text; with - before it, it takes tests away that one before it chose.
// The other arguments describe the machine (struct machine).
//
// A test and the reaping of what it left are a region that harts share (bench/probe/mark.h), so
// that turns can be short there alone.
//
// After each test every process that it left is reaped, the counts of all frames are audited,
// and as many frames, blocks and inodes must be free as before it. The exit status is 0 if all
// tests passed.
#include "mark.h"
#include "test.h"

// All tests, in the order of their names; user/user.ld collects them.
extern const struct test *const registry_start[], *const registry_end[];

struct machine machine = {
    .processes = NPROC, .harts = 1, .variant = "", .heap = "eager", .seed = 1};

static const char *wanted = "*";

// Whether a name matches a pattern in which * stands for any text; the pattern ends at `end`.
static int matches(const char *pattern, const char *end, const char *name)
{
    const char *star = 0, *resume = 0;
    while (*name) {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            resume = name;
        } else if (pattern < end && *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++resume;
        } else {
            return 0;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

// The end of the word that starts here; words are separated by one character.
static const char *word_end(const char *word, char separator)
{
    while (*word && *word != separator)
        word++;
    return word;
}

// Whether the last pattern that matches the name is one without - before it.
static int matches_any(const char *patterns, char separator, const char *name)
{
    int result = 0;
    for (;;) {
        const char *end = word_end(patterns, separator);
        int without = *patterns == '-';
        if (matches(patterns + without, end, name))
            result = !without;
        if (!*end)
            return result;
        patterns = end + 1;
    }
}

static int is_chosen(const struct test *test)
{
    return matches_any(wanted, ',', test->name);
}

// Why this machine cannot run the test; 0 when it can.
static const char *reason_to_skip(const struct test *test)
{
    if (test->processes > machine.processes)
        return "needs more processes";
    if (test->harts > machine.harts)
        return "needs more harts";
    if (test->variants && !matches_any(test->variants, ' ', machine.variant))
        return "is about other variants";
    if (test->heap && strcmp(test->heap, machine.heap) != 0)
        return "is about another heap";
    if (test->exact > machine.exact)
        return "needs the exact clock";
    return 0;
}

// What a test must leave as it was.
struct resources {
    uint64 frames; // free
    struct disk_usage disk;
};

static struct resources resources_now(void)
{
    struct resources now = {.frames = frames_free()};
    CHECK(disk_usage(&now.disk) == 0);
    return now;
}

static int is_same(const char *what, uint64 before, uint64 now)
{
    if (now != before)
        printf("# %lu %s were free before the test, %lu are now\n", before, what, now);
    return now == before;
}

// Returns whether all that a test left behind is in order.
static int is_clean(const struct resources *before)
{
    int status, pid, failed = 0;
    while ((pid = wait(&status)) != -1)
        failed += status == FAILED;
    MARK(MARK_LEAVE);
    if (failed)
        printf("# %d orphaned processes failed\n", failed);
    int wrong = audit();
    if (wrong)
        printf("# audit: %d frames are counted wrong\n", wrong);
    struct resources now = resources_now();
    int same = is_same("frames", before->frames, now.frames);
    same &= is_same("blocks", before->disk.free_blocks, now.disk.free_blocks);
    same &= is_same("inodes", before->disk.free_inodes, now.disk.free_inodes);
    return !failed && !wrong && same;
}

// Ends what a failed test has left; some of it may sleep for ever. Numbers of processes grow.
static void kill_all_after(int first)
{
    int newest = fork();
    if (newest == 0)
        exit(0);
    for (int pid = first; pid < newest; pid++)
        kill(pid);
}

// Waits for the test's process; orphans may end before it. Returns how many of those failed.
static int wait_for_test(int test, int *status)
{
    int pid, failed = 0;
    while ((pid = wait(status)) != test) {
        if (pid == -1) {
            printf("Bail out! The test's process is lost\n");
            exit(2);
        }
        failed += *status == FAILED;
    }
    return failed;
}

static int passes(const struct test *test)
{
    struct resources before = resources_now();
    int pid = start_at_gate();
    if (pid == 0) {
        MARK(MARK_JOIN); // on behalf of the runner, which leaves when it has reaped all
        test->run();
        exit(0);
    }
    open_gate(); // from here on the runner needs no memory, whatever the test does
    int status;
    int failed = wait_for_test(pid, &status);
    if (status != test->status) {
        printf("# it ended with status %d, not %d\n", status, test->status);
        kill_all_after(pid);
    }
    if (failed)
        printf("# %d orphaned processes failed\n", failed);
    return is_clean(&before) && !failed && status == test->status;
}

static int take_argument(const char *argument)
{
    const char *value = word_end(argument, '=');
    if (!*value)
        return 0;
    uint size = value++ - argument;
    if (size == 4 && memcmp(argument, "test", size) == 0)
        wanted = value;
    else if (size == 5 && memcmp(argument, "procs", size) == 0)
        machine.processes = atoi(value);
    else if (size == 5 && memcmp(argument, "harts", size) == 0)
        machine.harts = atoi(value);
    else if (size == 7 && memcmp(argument, "variant", size) == 0)
        machine.variant = value;
    else if (size == 4 && memcmp(argument, "heap", size) == 0)
        machine.heap = value;
    else if (size == 5 && memcmp(argument, "exact", size) == 0)
        machine.exact = atoi(value);
    else if (size == 4 && memcmp(argument, "seed", size) == 0)
        machine.seed = atoi(value) * 2UL + 1;
    else
        return 0;
    return 1;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!take_argument(argv[i])) {
            printf("Bail out! Unknown argument %s\n", argv[i]);
            return 2;
        }
    }

    int count = 0;
    for (const struct test *const *entry = registry_start; entry < registry_end; entry++)
        count += is_chosen(*entry);
    printf("TAP version 13\n1..%d\n", count);

    int number = 0, failures = 0;
    for (const struct test *const *entry = registry_start; entry < registry_end; entry++) {
        const struct test *test = *entry;
        if (!is_chosen(test))
            continue;
        number++;
        const char *skip = reason_to_skip(test);
        if (skip) {
            printf("ok %d - %s # SKIP %s\n", number, test->name, skip);
            continue;
        }
        printf("# run %s\n", test->name);
        int passed = passes(test);
        failures += !passed;
        printf("%s %d - %s\n", passed ? "ok" : "not ok", number, test->name);
    }
    return failures > 0;
}
