// The library of the guest tests. A test is a function that returns when all is well:
//
//     TEST(row11_grandchild_is_on_its_own) { ... CHECK(page[0] == 1); ... }
//
// The runner gives it a process of its own, and after its end looks for lost processes, wrong
// counts and lost frames, so a test checks only what it is about. Its stack is one page.
#pragma once

#include "user/cowshed.h"
#include "kernel/param.h"
#include "kernel/syscall.h"
#include "kernel/types.h"
#include "user/user.h"

#define PAGE_SIZE 4096UL
#define USER_END (1UL << 38)

#define FAILED 1    // exit status of a process in which a CHECK failed
#define KILLED (-1) // what wait reports for a process that the kernel ended

struct test {
    const char *name;
    void (*run)(void);
    int status;           // what wait must report for the test's own process: 0 unless said
    int processes;        // how many processes it needs at once, the runner's and its own too
    int harts;            // how many harts it needs
    const char *variants; // the variants it is about, separated by spaces; 0: all
    const char *heap;     // the heap it is about, "eager" or "lazy"; 0: both
    int exact;            // 1: it needs the exact clock: it counts what harts do side by side
};

// Defines a test; behind its name come settings of struct test, such as `.status = KILLED`.
// tests/guest/test_guest.py reads name and settings in this form.
#define TEST(test_name, ...)                                                                       \
    static void test_name(void);                                                                   \
    static const struct test test_name##_test = {                                                  \
        .name = #test_name, .run = test_name, __VA_ARGS__};                                        \
    static const struct test *const test_name##_entry                                              \
        __attribute__((section(".registry." #test_name), used)) = &test_name##_test;               \
    static void test_name(void)

// Ends the process with status FAILED, after a line that says where and what.
#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, 0, 0))

// As CHECK(actual == expected), with the two values in the line.
#define CHECK_EQUAL(actual, expected)                                                              \
    check_equal(__FILE__, __LINE__, #actual " == " #expected, (long)(actual), (long)(expected))

void check_failed(const char *file, int line, const char *what, long actual, long expected)
    __attribute__((noreturn));

static inline void check_equal(const char *file, int line, const char *what, long actual,
                               long expected)
{
    if (actual != expected)
        check_failed(file, line, what, actual, expected);
}

// The machine, from the runner's arguments.
struct machine {
    int processes; // limit of processes, init too
    int harts;
    const char *variant;
    const char *heap; // "eager", or "lazy": sbrk does what sbrklazy does
    int exact;        // 1: the machine has the exact clock
    uint64 seed;      // for the random tests
};
extern struct machine machine;

// Processes.
int start(void);                      // fork that must succeed
int start_at_gate(void);              // the same; the child waits until its parent opens the gate
void open_gate(void);                 // first makes all pages but the heap the parent's own
void expect_end(int pid, int status); // waits for the only child that can end now
void expect_ends(int count, int status);        // waits for that many children
int run_program(const char *path, char **argv); // fork, exec, wait: the status; 127: exec failed
int fork_copies(void);                          // whether this variant's fork copies pages at once
long system_call(long number, long a0, long a1, long a2);

// Memory. A pattern fills whole pages, differs in each word and depends on the seed.
void *take_pages(long count);  // from the break, at a page border; all there; must succeed
char *sbrk_mapped(long bytes); // as sbrk() with an eager heap, whatever the heap is
void fill(void *pages, long count, uint64 seed);
int is_filled(const void *pages, long count, uint64 seed); // whether the pattern is whole
int is_zero(const void *start, uint64 size);
void own_all_pages(void); // writes to each page of data, bss and stack, so that none is shared
uint64 frames_free(void);
uint64 frames_unused(void); // those that hold reference counts too: a store may keep some a while
void leave_free(uint64 frames);   // takes memory until at most that many frames are free
int start_ballast(uint64 frames); // a process that does so, and sleeps
void end_ballast(int pid);
void expect_frames_unused(uint64 count); // as soon as orphans have been reaped
char *stack_page(void);                  // start of the page that the stack is in
char *guard_page(void);

// Accesses that may end the process.
uchar load_from(uint64 address);
void store_to(uint64 address);
void jump_to(uint64 address);

// Addresses that no process may use, whatever it has mapped; ends with 0.
extern const uint64 bad_addresses[];

uint64 random_next(uint64 *state); // xorshift64*
