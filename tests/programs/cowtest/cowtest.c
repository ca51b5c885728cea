// Is copy-on-write right? Sizes are for a machine with as much memory as PHYSTOP says.
//
// usage: cowtest [-l | PART...]
//
// The first three parts are what courses ask for. With a fork that copies each page at once, the
// first of them fails: so much memory cannot be there twice.
#include "common/part.h"
#include "kernel/memlayout.h"

#define MEMORY (PHYSTOP - KERNBASE)

// The library's take_pages(), for a part of memory that may not be there.
static char *take_memory(uint64 bytes)
{
    char *memory = sbrk_mapped(bytes & -PAGE_SIZE);
    if (memory == (char *)-1)
        fail_part("sbrk() failed: is the machine's memory as large as PHYSTOP says?");
    return memory;
}

static int fork_or_fail(void)
{
    int pid = fork();
    if (pid < 0)
        fail_part("fork() failed");
    return pid;
}

// Marks each page with the writer's number and its own, or looks for such marks.
static void mark(char *memory, uint64 bytes, uint64 writer)
{
    for (uint64 at = 0; at < (bytes & -PAGE_SIZE); at += PAGE_SIZE)
        *(uint64 *)(memory + at) = writer << 32 | at / PAGE_SIZE;
}

static int has_mark(const char *memory, uint64 bytes, uint64 writer)
{
    for (uint64 at = 0; at < (bytes & -PAGE_SIZE); at += PAGE_SIZE) {
        if (*(const uint64 *)(memory + at) != (writer << 32 | at / PAGE_SIZE))
            return 0;
    }
    return 1;
}

// A process that has two thirds of memory forks; its child reads what it shares.
static void simple(void)
{
    const uint64 size = MEMORY / 3 * 2;
    char *memory = take_memory(size);
    mark(memory, size, 1);
    for (int round = 0; round < 2; round++) {
        int pid = fork_or_fail();
        if (pid == 0)
            exit(has_mark(memory, size, 1) ? 0 : FAILED);
        expect_end(pid, 0);
    }
    CHECK(has_mark(memory, size, 1));
}

// Three processes share a quarter of memory. One writes to all of it and one to a half, while
// the parent keeps it and writes last: less is copied than three quarters.
static void three(void)
{
    const uint64 size = MEMORY / 4 & -2 * PAGE_SIZE, half = size / 2;
    for (int round = 0; round < 3; round++) {
        char *memory = take_memory(size);
        mark(memory, size, 1);
        int child = fork_or_fail();
        if (child == 0) {
            int grandchild = fork_or_fail();
            if (grandchild == 0) {
                CHECK(has_mark(memory, size, 1));
                mark(memory, size, 3);
                CHECK(has_mark(memory, size, 3));
                exit(0);
            }
            mark(memory, half, 2);
            expect_end(grandchild, 0);
            CHECK(has_mark(memory, half, 2));
            CHECK_EQUAL(*(uint64 *)(memory + half), 1UL << 32 | half / PAGE_SIZE);
            exit(0);
        }
        CHECK(has_mark(memory, size, 1));
        expect_end(child, 0);
        CHECK(has_mark(memory, size, 1));
        mark(memory, size, 4);
        CHECK(has_mark(memory, size, 4));
        CHECK(sbrk(-(int)size) != (char *)-1);
    }
}

static void write_all_of(int fd, const void *from, int size)
{
    CHECK_EQUAL(write(fd, from, size), size);
}

// Reads exactly so many bytes, however they come.
static void read_all_of(int fd, void *to, int size)
{
    for (int done = 0, got; done < size; done += got) {
        got = read(fd, (char *)to + done, size - done);
        CHECK(got > 0);
    }
}

// The kernel writes into pages that are shared: what a child reads from a pipe is its own.
static void file(void)
{
    static uchar buffer[3 * PAGE_SIZE];
    uchar *border = (uchar *)(((uint64)buffer + PAGE_SIZE) & -PAGE_SIZE);
    uchar *const places[] = {buffer, border, border - 2, border + PAGE_SIZE - 4};
    for (int i = 0; i < 40; i++) {
        int fds[2];
        CHECK_EQUAL(pipe(fds), 0);
        memset(buffer, 0x11, sizeof buffer);
        int pid = fork_or_fail();
        if (pid == 0) {
            uchar *to = places[i % 4];
            int got = -1;
            read_all_of(fds[0], to, sizeof got);
            memmove(&got, to, sizeof got);
            exit(got == i ? 0 : FAILED);
        }
        write_all_of(fds[1], &i, sizeof i);
        expect_end(pid, 0);
        for (uint64 k = 0; k < sizeof buffer; k++)
            CHECK_EQUAL(buffer[k], 0x11);
        close(fds[0]);
        close(fds[1]);
    }
}

// A line of descendants: each writes to one page of the heap and sees those of all before it, and
// none of those after it.
static void generations(void)
{
    const int count = 40;
    char *memory = take_pages(count);
    int pid = 0, generation = 0;
    for (;; generation++) {
        memory[generation * PAGE_SIZE] = generation + 1;
        if (generation + 1 < count)
            pid = fork_or_fail();
        if (pid || generation + 1 == count)
            break;
    }
    if (pid)
        expect_end(pid, 0);
    for (int i = 0; i < count; i++)
        CHECK_EQUAL(memory[i * PAGE_SIZE], i <= generation ? i + 1 : 0);
}

// The grandparent goes away, and then the parent: what their descendants share is theirs.
static void ancestors(void)
{
    const int pages = 100;
    char *memory = take_pages(pages);
    int fds[2];
    CHECK_EQUAL(pipe(fds), 0);
    fill(memory, pages, 1);
    for (int depth = 0; depth < 3; depth++) {
        int pid = fork_or_fail();
        if (pid && depth == 0) { // this process waits for the youngest
            close(fds[1]);
            char verdict = 'x';
            expect_end(pid, 0);
            CHECK_EQUAL(read(fds[0], &verdict, 1), 1);
            CHECK_EQUAL(verdict, '0');
            CHECK(is_filled(memory, pages, 1));
            return;
        }
        if (pid) {
            fill(memory, pages, 50 + depth);
            exit(0);
        }
        sleep(1);
    }
    char verdict = is_filled(memory, pages, 1) ? '0' : '1';
    fill(memory, pages, 99);
    write_all_of(fds[1], &verdict, 1);
    exit(0);
}

// Both sides call exec, in all orders: a page that is shared survives it on the other side.
static void exec_between(void)
{
    const int pages = 200;
    char *memory = take_pages(pages);
    fill(memory, pages, 1);
    char *again[] = {own_path, "-x", "fresh", 0};
    for (int round = 0; round < 6; round++) {
        int child = fork_or_fail();
        if (child == 0) {
            int grandchild = fork_or_fail();
            if (grandchild == 0) {
                if (round % 2)
                    fill(memory, pages / 2, 3);
                exec(own_path, again);
                exit(FAILED);
            }
            if (round % 3 == 0)
                expect_end(grandchild, 0);
            fill(memory, pages, 2);
            if (round % 3 != 0)
                expect_end(grandchild, 0);
            CHECK(is_filled(memory, pages, 2));
            exec(own_path, again);
            exit(FAILED);
        }
        expect_end(child, 0);
        CHECK(is_filled(memory, pages, 1));
    }
}

// In the program that was executed: its memory is new.
static int executed(int argc, char **argv)
{
    static char zeroes[4 * PAGE_SIZE];
    int fresh = is_zero(zeroes, sizeof zeroes) && is_zero(take_pages(20), 20 * PAGE_SIZE);
    return argc == 3 && strcmp(argv[2], "fresh") == 0 && fresh ? 0 : FAILED;
}

// Neither a store nor a system call may write to text, before a fork or after.
static void text(void)
{
    char *code = (char *)text, *constant = (char *)"a constant";
    for (int round = 0; round < 2; round++) {
        char was = *code;
        int fds[2], pid = fork_or_fail();
        if (pid == 0)
            store_to((uint64)code);
        expect_end(pid, KILLED);
        CHECK_EQUAL(pipe(fds), 0);
        write_all_of(fds[1], "xyz", 3);
        CHECK_EQUAL(read(fds[0], code, 1), -1);
        CHECK_EQUAL(read(fds[0], constant, 1), -1);
        CHECK_EQUAL(wait((int *)code), -1);
        close(fds[0]);
        close(fds[1]);
        CHECK_EQUAL(*code, was);
        CHECK_EQUAL(*constant, 'a');
    }
}

// Addresses that are no one's, right after a fork, when much of what is someone's is shared.
static void pointers(void)
{
    char *heap = take_pages(3);
    uint64 border = (uint64)heap + 3 * PAGE_SIZE;
    for (const uint64 *bad = bad_addresses; *bad; bad++) {
        int pid = fork_or_fail(), fds[2];
        if (pid == 0) {
            CHECK_EQUAL(pipe((int *)*bad), -1);
            CHECK_EQUAL(wait((int *)*bad), -1);
            CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)*bad), -1);
            CHECK_EQUAL(pipe(fds), 0);
            CHECK_EQUAL(write(fds[1], (void *)*bad, 10), -1);
            write_all_of(fds[1], "abc", 3);
            CHECK_EQUAL(read(fds[0], (void *)*bad, 3), -1);
            store_to(*bad);
        }
        expect_end(pid, KILLED);
    }
    int pid = fork_or_fail();
    if (pid == 0) { // the first part of what is written to lies in a shared page
        CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)(border - 16)), -1);
        CHECK_EQUAL(pipe((int *)(border - 4)), -1);
        CHECK_EQUAL(audit(), 0);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK(is_zero(heap, 3 * PAGE_SIZE));
}

// A child that wants a copy of more than is left is killed, or fails where the kernel writes for
// it; its parent keeps all it had. Where fork copies each page at once, it fails instead.
static void out_of_memory(void)
{
    const uint64 size = MEMORY / 8 * 5;
    char *memory = take_memory(size);
    mark(memory, size, 1);
    for (int round = 0; round < 3; round++) {
        int pid = fork();
        if (pid == 0) {
            mark(memory, size, 2);
            exit(FAILED); // there cannot be so much
        }
        if (pid > 0)
            expect_end(pid, KILLED);
        CHECK(has_mark(memory, size, 1));
        CHECK_EQUAL(audit(), 0);
    }
    mark(memory, size, 3);
    CHECK(has_mark(memory, size, 3));
}

// As many processes as there can be own one page; each has it for itself after a write.
static void owners(void)
{
    char *page = take_pages(2);
    int gate[2], count = 0;
    CHECK_EQUAL(pipe(gate), 0);
    fill(page, 2, 1);
    while (count < NPROC) {
        int pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            char byte;
            close(gate[1]);
            read(gate[0], &byte, 1); // until all are there
            CHECK(is_filled(page, 2, 1));
            fill(page, 1, getpid());
            sleep(count % 3);
            CHECK(is_filled(page, 1, getpid()));
            exit(0);
        }
        count++;
    }
    CHECK(count > NPROC / 2);
    close(gate[1]);
    expect_ends(count, 0);
    close(gate[0]);
    CHECK(is_filled(page, 2, 1));
}

// A page goes from process to process through pipes: each reads it into memory that it shares
// with its parent, changes it, and writes it out of memory that it shares with its child.
static void pipes(void)
{
    const int stages = 8, rounds = 10;
    uint64 *page = take_pages(1);
    int in = -1, fds[2], feed = -1;
    for (int stage = 0; stage <= stages; stage++) {
        CHECK_EQUAL(pipe(fds), 0);
        if (stage == 0) {
            feed = fds[1];
            in = fds[0];
            continue;
        }
        int pid = fork_or_fail();
        if (pid == 0) {
            close(feed);
            close(fds[0]);
            for (int round = 0; round < rounds; round++) {
                read_all_of(in, page, PAGE_SIZE);
                for (uint64 i = 0; i < PAGE_SIZE / sizeof *page; i++)
                    page[i] += i;
                int helper = fork_or_fail();
                if (helper == 0) {
                    write_all_of(fds[1], page, PAGE_SIZE);
                    exit(0);
                }
                memset(page, 0xee, PAGE_SIZE);
                expect_end(helper, 0);
            }
            exit(0);
        }
        close(in);
        close(fds[1]);
        in = fds[0];
    }
    for (int round = 0; round < rounds; round++) {
        fill(page, 1, round);
        write_all_of(feed, page, PAGE_SIZE);
        uint64 *sent = page + PAGE_SIZE / sizeof *page;
        if (round == 0)
            sent = take_pages(1);
        fill(sent, 1, round);
        read_all_of(in, page, PAGE_SIZE);
        for (uint64 i = 0; i < PAGE_SIZE / sizeof *page; i++)
            CHECK_EQUAL(page[i], sent[i] + i * stages);
    }
    close(feed);
    expect_ends(stages, 0);
    close(in);
}

// Growing and shrinking what is shared, on one side and then on the other.
static void resize(void)
{
    const int pages = 64;
    char *memory = take_pages(pages);
    fill(memory, pages, 1);
    for (int round = 0; round < 4; round++) {
        int pid = fork_or_fail();
        if (pid == 0) {
            CHECK(sbrk(-pages / 2 * (int)PAGE_SIZE) != (char *)-1);
            CHECK(is_zero(take_pages(pages / 2), pages / 2 * PAGE_SIZE));
            CHECK(is_filled(memory, pages / 2, 1));
            fill(memory, pages, 2);
            CHECK(is_filled(memory, pages, 2));
            exit(0);
        }
        if (round % 2) {
            CHECK(sbrk(-pages * (int)PAGE_SIZE) != (char *)-1);
            memory = take_pages(pages);
            CHECK(is_zero(memory, pages * PAGE_SIZE));
            fill(memory, pages, 1);
        }
        expect_end(pid, 0);
        CHECK(is_filled(memory, pages, 1));
    }
}

int main(int argc, char **argv)
{
    static const struct part parts[] = {
        {"simple", simple},
        {"three", three},
        {"file", file},
        {"generations", generations},
        {"ancestors", ancestors},
        {"exec", exec_between},
        {"text", text},
        {"pointers", pointers},
        {"memory", out_of_memory},
        {"owners", owners},
        {"pipes", pipes},
        {"resize", resize},
    };
    static const struct program program = {
        .parts = parts,
        .count = sizeof parts / sizeof *parts,
        .passed = "ALL COW TESTS PASSED",
        .executed = executed,
    };
    return run_parts(&program, argc, argv);
}
