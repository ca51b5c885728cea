// exec: arguments, files that are no programs, and what stays when it fails.
#include "test.h"

static int status_of(char *path, char *argument)
{
    char *argv[] = {path, argument, 0};
    return run_program(path, argv);
}

TEST(exec_runs_a_program)
{
    CHECK_EQUAL(status_of("/tests/exit_status", "42"), 42);
    CHECK_EQUAL(status_of("/tests/exit_status", "-7"), -7);
    CHECK_EQUAL(status_of("/tests/exit_status", 0), 0);
}

TEST(exec_keeps_the_process)
{
    int pid = start();
    if (pid == 0) {
        char *argv[] = {"same_pid", 0};
        exec("/tests/same_pid", argv);
        exit(0);
    }
    expect_end(pid, pid); // it ends with its own number
}

// After exec nothing of the old program is shared with the parent any more.
TEST(exec_gives_up_shared_pages)
{
    char *heap = take_pages(200);
    fill(heap, 200, 1);
    own_all_pages();
    uint64 before = frames_unused();
    int pid = start();
    if (pid == 0) {
        fill(heap, 200, 2);
        char *argv[] = {"sleeper", "5", 0};
        exec("/tests/sleeper", argv);
        exit(FAILED);
    }
    fill(heap, 200, 3);
    own_all_pages();
    do
        sleep(1);
    while (before - frames_unused() >= 60); // the new program is small
    expect_end(pid, 0);
    CHECK(is_filled(heap, 200, 3));
    CHECK_EQUAL(frames_unused(), before);
}

TEST(exec_in_a_row)
{
    for (int i = 0; i < 30; i++)
        CHECK_EQUAL(status_of("/tests/exit_status", "5"), 5);
}

// The program starts itself again with one less, 20 times.
TEST(exec_replaces_itself)
{
    CHECK_EQUAL(status_of("/tests/countdown", "20"), 33);
}

static char *many[MAXARG + 10];

static int run_with_arguments(int count)
{
    many[0] = "arguments";
    for (int i = 1; i < count; i++)
        many[i] = i % 2 ? "odd" : "even";
    many[count] = 0;
    return run_program("/tests/arguments", many);
}

// The program looks at its arguments and ends with their number.
TEST(exec_argument_counts)
{
    CHECK_EQUAL(run_with_arguments(0), 0);
    for (int count = 1; count <= MAXARG; count++)
        CHECK_EQUAL(run_with_arguments(count), count);
    CHECK_EQUAL(run_with_arguments(MAXARG + 1), 127);
    CHECK_EQUAL(run_with_arguments(MAXARG + 5), 127);
}

// Arguments that have no end: a page of pointers, all of them good.
TEST(exec_arguments_without_end)
{
    char **page = take_pages(1);
    for (uint i = 0; i < PAGE_SIZE / sizeof *page; i++)
        page[i] = "x";
    CHECK_EQUAL(exec("/tests/arguments", page), -1);
}

// Arguments and stack share one page. A size is refused, or the program runs.
TEST(exec_argument_sizes)
{
    char *text = take_pages(4);
    char *argv[] = {"minimal", text, 0};
    int refused = 0;
    for (int size = 3500; size<4200; size += size> 3900 && size < 4110 ? 3 : 50) {
        memset(text, 'x', size);
        text[size] = 0;
        int status = run_program("/tests/minimal", argv);
        CHECK(status == 17 || status == 127);
        CHECK(!refused || status == 127); // once too large, always too large
        refused = status == 127;
    }
    CHECK(refused);
    memset(text, 'x', 3 * PAGE_SIZE);
    CHECK_EQUAL(run_program("/tests/minimal", argv), 127);

    char *several[] = {"minimal", text, text, text, text, 0};
    text[1500] = 0;
    CHECK_EQUAL(run_program("/tests/minimal", several), 127);
    text[500] = 0;
    CHECK_EQUAL(run_program("/tests/minimal", several), 17);
}

// The strings lie across page borders and in pages that are shared.
TEST(row3_exec_reads_arguments_from_shared_pages)
{
    char *pages = take_pages(3);
    strcpy(pages + PAGE_SIZE - 2, "odd");
    strcpy(pages + 2 * PAGE_SIZE - 3, "even");
    char **argv = (char **)(pages + 2 * PAGE_SIZE + PAGE_SIZE / 2 - 8);
    argv[0] = "arguments";
    argv[1] = pages + PAGE_SIZE - 2;
    argv[2] = pages + 2 * PAGE_SIZE - 3;
    argv[3] = 0;
    CHECK_EQUAL(run_program("/tests/arguments", argv), 3);
}

TEST(row4_exec_arguments_that_leave_memory)
{
    char *page = take_pages(1);
    char *last = page + PAGE_SIZE - 4;
    memset(last, 'x', 4);
    char *good[] = {"minimal", 0};
    char *unended[] = {"minimal", last, 0};
    CHECK_EQUAL(exec(last, good), -1);
    CHECK_EQUAL(exec("/tests/minimal", unended), -1);
    char **pointers = (char **)(page + PAGE_SIZE - 16);
    pointers[0] = pointers[1] = "x";
    CHECK_EQUAL(exec("/tests/minimal", pointers), -1);
}

TEST(exec_of_what_is_not_there)
{
    char *argv[] = {"x", 0};
    static char long_name[3 * MAXPATH];
    static char *const names[] = {
        "/tests/absent", "/absent/minimal", "/tests/minimalx",  "/tests/minima", "", "/",
        "/tests",        "/tests/",         "/tests/minimal/x", "/console"};
    for (uint i = 0; i < sizeof names / sizeof *names; i++) {
        if (exec(names[i], argv) != -1)
            check_failed(__FILE__, __LINE__, names[i], i, -1);
    }
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[0] = '/';
    CHECK_EQUAL(exec(long_name, argv), -1);
    long_name[MAXPATH] = 0;
    CHECK_EQUAL(exec(long_name, argv), -1);
    long_name[MAXPATH - 1] = 0;
    CHECK_EQUAL(exec(long_name, argv), -1);
}

// Files that make_files.py makes, each of which is wrong in one way; tests/guest/test_guest.py
// compares the two lists.
static char *const bad_files[] = {
    "/tests/bad/empty",          "/tests/bad/text",          "/tests/bad/script",
    "/tests/bad/magic",          "/tests/bad/class_32",      "/tests/bad/big_endian",
    "/tests/bad/machine",        "/tests/bad/type_object",   "/tests/bad/header_cut",
    "/tests/bad/phdrs_cut",      "/tests/bad/segment_cut",   "/tests/bad/phnum_huge",
    "/tests/bad/phnum_zero",     "/tests/bad/phoff_huge",    "/tests/bad/phoff_wraps",
    "/tests/bad/phentsize",      "/tests/bad/offset_huge",   "/tests/bad/offset_wraps",
    "/tests/bad/filesz_large",   "/tests/bad/memsz_huge",    "/tests/bad/memsz_8_gib",
    "/tests/bad/addr_unaligned", "/tests/bad/addr_too_high", "/tests/bad/addr_in_kernel",
    "/tests/bad/addr_wraps",     "/tests/bad/overlap",       "/tests/bad/entry_outside",
    "/tests/bad/entry_kernel",   "/tests/bad/entry_in_data",
};

TEST(exec_of_bad_files)
{
    char *argv[] = {"x", 0};
    char *heap = take_pages(3);
    fill(heap, 3, 1);
    own_all_pages();
    uint64 before = frames_unused();
    for (uint i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        int status = run_program(bad_files[i], argv);
        if (status != 127)
            check_failed(__FILE__, __LINE__, bad_files[i], status, 127);
        if (exec(bad_files[i], argv) != -1)
            check_failed(__FILE__, __LINE__, bad_files[i], 0, -1);
        own_all_pages();
        if (frames_unused() != before)
            check_failed(__FILE__, __LINE__, bad_files[i], frames_unused(), before);
    }
    CHECK_EQUAL(audit(), 0);
    CHECK(is_filled(heap, 3, 1));
}

// Files by the same tool with nothing wrong.
TEST(exec_of_unusual_files)
{
    char *argv[] = {"x", 0};
    CHECK_EQUAL(run_program("/tests/good/plain", argv), 42);
    CHECK_EQUAL(run_program("/tests/good/other_segments", argv), 42);
    CHECK_EQUAL(run_program("/tests/good/bss_only", argv), 42);
    CHECK_EQUAL(run_program("/tests/good/one_segment", argv), 42);
    CHECK_EQUAL(run_program("/tests/good/empty_segment", argv), 42);
}

TEST(failed_exec_leaves_the_caller_as_it_was)
{
    char *heap = take_pages(20);
    fill(heap, 20, 1);
    char *break_before = sbrk(0);
    int me = getpid();
    char *argv[] = {"x", 0};
    for (uint i = 0; i < sizeof bad_files / sizeof *bad_files; i += 3) {
        CHECK_EQUAL(exec(bad_files[i], argv), -1);
        CHECK_EQUAL(exec("/tests/absent", argv), -1);
        CHECK_EQUAL(sbrk(0), break_before);
        CHECK_EQUAL(getpid(), me);
        CHECK(is_filled(heap, 20, 1));
    }
    fill(heap, 20, 2);
    int pid = start();
    if (pid == 0)
        exit(is_filled(heap, 20, 2) ? 0 : FAILED);
    expect_end(pid, 0);
}

TEST(exec_by_many_at_once)
{
    for (int i = 0; i < 16; i++) {
        int pid = start();
        if (pid == 0) {
            char *argv[] = {"exit_status", "11", 0};
            exec("/tests/exit_status", argv);
            exit(127);
        }
    }
    expect_ends(16, 11);
}
