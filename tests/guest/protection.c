// Pages keep their rights over fork and exec: text stays read-only, data cannot be executed, and
// a fault that is not a write to a shared page is no reason to allow anything.
#include "test.h"

static const uint64 constant = 0x1122334455667788;
static ushort variable = 1;

// An access in a child of its own; returns the child's end.
static int try_access(void (*access)(uint64), uint64 address)
{
    int pid = start();
    if (pid == 0) {
        access(address);
        exit(0);
    }
    int status = 12345;
    CHECK_EQUAL(wait(&status), pid);
    return status;
}

static void load(uint64 address)
{
    load_from(address);
}

TEST(row8_text_is_readonly, .status = KILLED)
{
    store_to((uint64)try_access);
}

TEST(row8_text_is_readonly_in_a_grandchild)
{
    for (int round = 0; round < 3; round++) {
        int pid = start();
        if (pid == 0) {
            CHECK_EQUAL(try_access(store_to, (uint64)try_access), KILLED);
            CHECK_EQUAL(try_access(store_to, 0), KILLED);
            exit(0);
        }
        expect_end(pid, 0);
        CHECK_EQUAL(try_access(store_to, (uint64)try_access), KILLED);
    }
}

TEST(row8_constants_are_readonly)
{
    CHECK_EQUAL(try_access(store_to, (uint64)&constant), KILLED);
    CHECK_EQUAL(*(const volatile uint64 *)&constant, 0x1122334455667788);
}

TEST(row8_text_is_readonly_for_system_calls)
{
    int pid = start();
    if (pid == 0)
        exit(0);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)try_access), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, (struct counters *)((uint64)&constant & ~7UL)), -1);
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, 0), -1); // text starts at address 0
    CHECK_EQUAL(wait((int *)(uint64)&constant), -1);
    expect_end(pid, 0);
    CHECK_EQUAL(*(const volatile uint64 *)&constant, 0x1122334455667788);
}

TEST(row8_text_can_be_read_and_run)
{
    CHECK_EQUAL(try_access(load, (uint64)try_access), 0);
    CHECK_EQUAL(try_access(load, 0), 0);
}

TEST(row9_data_cannot_be_executed)
{
    const ushort return_instruction = 0x8082; // c.jr ra
    char *heap = take_pages(1);
    *(ushort *)heap = return_instruction;
    asm volatile("fence.i");
    CHECK_EQUAL(try_access(jump_to, (uint64)heap), KILLED);
    volatile ushort on_stack = return_instruction;
    asm volatile("fence.i");
    CHECK_EQUAL(try_access(jump_to, (uint64)&on_stack), KILLED);
    *(volatile ushort *)&variable = return_instruction;
    asm volatile("fence.i");
    CHECK_EQUAL(try_access(jump_to, (uint64)&variable), KILLED);
}

// A page that is shared, and one that has been copied, may be executed as little as any other.
TEST(row9_shared_pages_cannot_be_executed)
{
    char *heap = take_pages(2);
    *(ushort *)heap = 0x8082;
    *(ushort *)(heap + PAGE_SIZE) = 0x8082;
    int pid = start();
    if (pid == 0) {
        heap[100] = 1;
        asm volatile("fence.i");
        CHECK_EQUAL(try_access(jump_to, (uint64)heap), KILLED);
        CHECK_EQUAL(try_access(jump_to, (uint64)heap + PAGE_SIZE), KILLED);
        exit(0);
    }
    expect_end(pid, 0);
}

TEST(row9_guard_page_is_no_memory)
{
    uint64 guard = (uint64)guard_page();
    void (*const accesses[])(uint64) = {load, store_to, jump_to};
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(try_access(accesses[i], guard), KILLED);
        CHECK_EQUAL(try_access(accesses[i], guard + PAGE_SIZE / 2), KILLED);
        CHECK_EQUAL(try_access(accesses[i], guard + PAGE_SIZE - 2), KILLED);
    }
}

// The page behind the guard page is shared after a fork: a fault just below it must not be
// taken for one in it.
TEST(row9_fork_maps_no_guard_page)
{
    int pid = start();
    if (pid == 0) {
        own_all_pages();
        CHECK_EQUAL(try_access(store_to, (uint64)guard_page() + PAGE_SIZE - 1), KILLED);
        CHECK_EQUAL(try_access(store_to, (uint64)guard_page()), KILLED);
        exit(0);
    }
    expect_end(pid, 0);
}

static __attribute__((noinline)) int recurse(int depth)
{
    volatile char frame[256];
    frame[depth % 256] = depth;
    return depth > 0 ? recurse(depth - 1) + frame[0] : 0;
}

TEST(row4_stack_overflow_is_killed, .status = KILLED)
{
    recurse(100);
}

TEST(row4_memory_behind_the_break_is_none)
{
    uint64 end = ((uint64)sbrk(0) + PAGE_SIZE - 1) & -PAGE_SIZE;
    void (*const accesses[])(uint64) = {load, store_to, jump_to};
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(try_access(accesses[i], end), KILLED);
        CHECK_EQUAL(try_access(accesses[i], end + PAGE_SIZE), KILLED);
        CHECK_EQUAL(try_access(accesses[i], end + (2UL << 20)), KILLED); // no page table there
    }
}

static void bad_accesses(void (*access)(uint64))
{
    for (const uint64 *address = bad_addresses; *address; address++) {
        int status = try_access(access, *address);
        if (status != KILLED)
            printf("# address %lx\n", *address);
        CHECK_EQUAL(status, KILLED);
    }
}

TEST(row4_load_from_bad_addresses)
{
    bad_accesses(load);
}

TEST(row4_store_to_bad_addresses)
{
    bad_accesses(store_to);
}

TEST(row4_jump_to_bad_addresses)
{
    bad_accesses(jump_to);
}

static void illegal_instruction(uint64 which)
{
    uint64 value = 0;
    switch (which) {
    case 0:
        asm volatile(".2byte 0");
        break;
    case 1:
        asm volatile("csrr %0, sstatus" : "=r"(value));
        break;
    case 2:
        asm volatile("csrw satp, zero");
        break;
    case 3:
        asm volatile("sret");
        break;
    case 4:
        asm volatile("sfence.vma");
        break;
    case 5:
        asm volatile("csrr %0, 0x300" : "=r"(value)); // mstatus
        break;
    case 6:
        asm volatile(".4byte 0x00002007"); // flw ft0, 0(zero): floating point is off
        break;
    case 7:
        asm volatile("csrw 0xc00, zero"); // cycle is read-only
        break;
    case 8:
        asm volatile("ebreak");
        break;
    }
}

TEST(illegal_instructions_are_killed)
{
    for (uint64 which = 0; which <= 8; which++) {
        if (try_access(illegal_instruction, which) != KILLED)
            check_failed(__FILE__, __LINE__, "illegal instruction is killed", which, KILLED);
    }
}

// A killed process is a dead one: it neither runs on nor takes others along.
TEST(row17_a_killed_child_leaves_shared_pages_whole)
{
    char *heap = take_pages(4);
    fill(heap, 4, 1);
    for (int round = 0; round < 5; round++) {
        int pid = start();
        if (pid == 0) {
            fill(heap, 2, 2);
            store_to(USER_END);
            exit(0);
        }
        expect_end(pid, KILLED);
        CHECK(is_filled(heap, 4, 1));
        fill(heap, 4, 1);
    }
}

// In a program that never forked, no page was ever shared.
static int access_program(const char *kind, const char *address)
{
    char *argv[] = {"access", (char *)kind, (char *)address, 0};
    return run_program("/tests/access", argv);
}

TEST(row4_bad_addresses_before_any_fork)
{
    static const char *const kinds[] = {"load", "store", "jump"};
    static const char *const addresses[] = {"4000000000",
                                            "3ffffffffc",
                                            "8000000000",
                                            "7ffffffffffffff0",
                                            "8000000000000000",
                                            "ffffffc080200000",
                                            "ffffffffffffffff",
                                            "ffffffffc0200000",
                                            "guard",
                                            "break"};
    for (uint kind = 0; kind < 3; kind++) {
        for (uint i = 0; i < sizeof addresses / sizeof *addresses; i++)
            CHECK_EQUAL(access_program(kinds[kind], addresses[i]), KILLED);
    }
    CHECK_EQUAL(access_program("load", "0"), 0);
    CHECK_EQUAL(access_program("store", "0"), KILLED);
    CHECK_EQUAL(access_program("load", "stack"), 0);
    CHECK_EQUAL(access_program("store", "stack"), 0);
    CHECK_EQUAL(access_program("jump", "stack"), KILLED);
}
