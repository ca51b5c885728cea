#include "test.h"

void check_failed(const char *file, int line, const char *what, long actual, long expected)
{
    if (actual == expected)
        printf("# %s:%d: pid %d: not so: %s\n", file, line, getpid(), what);
    else
        printf("# %s:%d: pid %d: not so: %s: %ld, %ld\n", file, line, getpid(), what, actual,
               expected);
    exit(FAILED);
}

int start(void)
{
    int pid = fork();
    CHECK(pid >= 0);
    return pid;
}

static uint64 forks_since_reset(void)
{
    struct counters now;
    CHECK(counters(COUNTERS_SYSTEM, &now) == 0);
    return now.forks;
}

// The gate: the parent resets the system's counters, and the child sees that no forks are counted
// any more, not even its own. Where the parent runs on another hart that is soon.
int start_at_gate(void)
{
    int pid = start();
    for (int looks = 0; pid == 0 && forks_since_reset(); looks++)
        sleep(looks < 200 ? 0 : 1);
    return pid;
}

// A parent whose pages are still shared would need memory for its next write; where children
// are about to take all memory, they must wait for this.
void open_gate(void)
{
    own_all_pages();
    CHECK(counters(COUNTERS_RESET, 0) == 0);
}

void expect_end(int pid, int status)
{
    int ended_with = 12345;
    CHECK_EQUAL(wait(&ended_with), pid);
    CHECK_EQUAL(ended_with, status);
}

void expect_ends(int count, int status)
{
    for (int i = 0; i < count; i++) {
        int ended_with = 12345;
        CHECK(wait(&ended_with) > 0);
        CHECK_EQUAL(ended_with, status);
    }
}

int run_program(const char *path, char **argv)
{
    int pid = start();
    if (pid == 0) {
        exec(path, argv);
        exit(127);
    }
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    return status;
}

// By the pages copied: where fork shares, what the process writes to by then is less than that.
int fork_copies(void)
{
    enum { PAGES = 64 };
    struct counters before, after;
    take_pages(PAGES);
    CHECK(counters(COUNTERS_PROCESS, &before) == 0);
    int pid = start();
    if (pid == 0)
        exit(0);
    CHECK(counters(COUNTERS_PROCESS, &after) == 0);
    expect_end(pid, 0);
    CHECK(sbrk(-PAGES * (int)PAGE_SIZE) != (char *)-1);
    return after.pages_copied - before.pages_copied >= PAGES;
}

long system_call(long number, long a0, long a1, long a2)
{
    register long r0 asm("a0") = a0;
    register long r1 asm("a1") = a1;
    register long r2 asm("a2") = a2;
    register long r7 asm("a7") = number;
    asm volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
    return r0;
}

// A page that the kernel touches on the process's behalf is an error where there is no memory left
// for it; one that the process touches itself would be its end.
static int touch(char *page)
{
    if (counters(COUNTERS_PROCESS, (struct counters *)page))
        return -1;
    memset(page, 0, sizeof(struct counters));
    return 0;
}

char *sbrk_mapped(long bytes)
{
    char *start = sbrk(bytes);
    if (start == (char *)-1 || machine.heap[0] == 'e')
        return start;
    char *end = start + bytes;
    for (char *page = (char *)(((uint64)start + PAGE_SIZE - 1) & -PAGE_SIZE); page < end;
         page += PAGE_SIZE) {
        if (touch(page)) {
            sbrk(-bytes);
            return (char *)-1;
        }
    }
    return start;
}

void *take_pages(long count)
{
    uint64 past = (uint64)sbrk(0) % PAGE_SIZE;
    if (past)
        CHECK(sbrk(PAGE_SIZE - past) != (char *)-1);
    char *start = sbrk_mapped(count * PAGE_SIZE);
    CHECK(start != (char *)-1);
    CHECK((uint64)start % PAGE_SIZE == 0);
    return start;
}

// The pattern's word at an index: all bits depend on seed and index.
static uint64 pattern_word(uint64 seed, uint64 index)
{
    return (seed * 0x2545f4914f6cdd1d + index + 1) * 0x9e3779b97f4a7c15;
}

void fill(void *pages, long count, uint64 seed)
{
    uint64 *words = pages;
    for (uint64 i = 0; i < count * PAGE_SIZE / sizeof *words; i++)
        words[i] = pattern_word(seed, i);
}

int is_filled(const void *pages, long count, uint64 seed)
{
    const uint64 *words = pages;
    for (uint64 i = 0; i < count * PAGE_SIZE / sizeof *words; i++) {
        if (words[i] != pattern_word(seed, i))
            return 0;
    }
    return 1;
}

int is_zero(const void *start, uint64 size)
{
    const uchar *bytes = start;
    while (size && (uint64)bytes % sizeof(uint64)) {
        if (*bytes++)
            return 0;
        size--;
    }
    for (; size >= sizeof(uint64); size -= sizeof(uint64), bytes += sizeof(uint64)) {
        if (*(const uint64 *)bytes)
            return 0;
    }
    for (; size; size--) {
        if (*bytes++)
            return 0;
    }
    return 1;
}

char *stack_page(void)
{
    return (char *)((uint64)__builtin_frame_address(0) & -PAGE_SIZE);
}

char *guard_page(void)
{
    return stack_page() - PAGE_SIZE;
}

extern char data_pages_start[], data_pages_end[]; // user/user.ld: what the program may write

void own_all_pages(void)
{
    for (volatile char *page = data_pages_start; page < data_pages_end; page += PAGE_SIZE)
        *page = *page;
    volatile char *stack = stack_page();
    *stack = *stack;
}

uint64 frames_free(void)
{
    struct counters now;
    CHECK(counters(COUNTERS_SYSTEM, &now) == 0);
    return now.frames_free;
}

uint64 frames_unused(void)
{
    struct counters now;
    CHECK(counters(COUNTERS_SYSTEM, &now) == 0);
    return now.frames_free + (now.metadata_bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

void leave_free(uint64 frames)
{
    own_all_pages();
    const uint64 chunk = 64;
    while (frames_free() > frames + 2 * chunk)
        CHECK(sbrk_mapped(chunk * PAGE_SIZE) != (char *)-1);
    while (frames_free() > frames) {
        if (sbrk_mapped(PAGE_SIZE) == (char *)-1)
            break; // the page would need a frame for a page table too
    }
}

int start_ballast(uint64 frames)
{
    own_all_pages();
    int pid = start();
    if (pid == 0) {
        leave_free(frames);
        for (;;)
            sleep(1000000);
    }
    while (frames_free() > frames)
        sleep(1);
    return pid;
}

void end_ballast(int pid)
{
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
}

void expect_frames_unused(uint64 count)
{
    for (int i = 0; i < 50 && frames_unused() != count; i++)
        sleep(1);
    CHECK_EQUAL(frames_unused(), count);
}

uchar load_from(uint64 address)
{
    return *(volatile uchar *)address;
}

void store_to(uint64 address)
{
    *(volatile uchar *)address = 0x5a;
}

void jump_to(uint64 address)
{
    ((void (*)(void))address)();
}

const uint64 bad_addresses[] = {
    USER_END - PAGE_SIZE,   // the last user page: below the limit, not mapped
    USER_END - 1,           //
    USER_END,               // the first address that is no user's
    USER_END + PAGE_SIZE,   //
    3UL << 37,              //
    1UL << 39,              // not canonical
    1UL << 40,              //
    1UL << 55,              //
    1UL << 62,              //
    1UL << 63,              //
    (1UL << 63) - 1,        //
    -USER_END - PAGE_SIZE,  // the last that is not canonical
    -USER_END,              // the kernel half's first
    -USER_END + 0x80000000, // where memory starts, in a direct map
    -USER_END + 0x80200000, //
    -USER_END + 0x10000000, // a device, in a direct map
    0xffffffff80000000,     // the kernel half's last gigabytes
    0xffffffff80200000,     //
    0xffffffffc0000000,     //
    0xffffffffc0200000,     //
    -PAGE_SIZE,             // the last page of all
    -8UL,                   //
    -1UL,                   //
    0x100000,               // physical addresses of devices and memory
    0x10000000,             //
    0x80000000,             //
    0x80200000,             //
    1UL << 30,              // a gigabyte on, in the process's own half
    0,
};

uint64 random_next(uint64 *state)
{
    uint64 x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1d;
}
