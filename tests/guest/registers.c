// Registers: whatever takes a process out of its instructions, all 31 registers are as they were
// when it goes on.
#include "test.h"

// What happens while all registers hold known values.
enum event { EVENT_CALL, EVENT_FAULT, EVENT_SPIN };

// Loads registers x1 to x31 from `before`, makes the event, stores them to `after`, and restores
// those that C expects to be kept. sp holds `after` meanwhile, gp and tp are loaded like any other.
//   EVENT_CALL:  ecall; number and arguments are in the registers
//   EVENT_FAULT: nothing but the stores to `after`, which is to be in a shared page
//   EVENT_SPIN:  counts x5 down to 0
void with_registers(const uint64 *before, uint64 *after, uint64 event);

asm(".text\n"
    ".globl with_registers\n"
    "with_registers:\n"
    // What is C's own goes to a place that can be found without a register.
    "    lui t0, %hi(kept)\n"
    "    addi t0, t0, %lo(kept)\n"
    "    sd ra, 0(t0); sd sp, 8(t0); sd gp, 16(t0); sd tp, 24(t0)\n"
    "    sd s0, 32(t0); sd s1, 40(t0); sd s2, 48(t0); sd s3, 56(t0)\n"
    "    sd s4, 64(t0); sd s5, 72(t0); sd s6, 80(t0); sd s7, 88(t0)\n"
    "    sd s8, 96(t0); sd s9, 104(t0); sd s10, 112(t0); sd s11, 120(t0)\n"
    "    mv sp, a1\n"
    "    mv t1, a2\n"
    "    la ra, 1f\n" // where the event is, by its number: 16 bytes each
    "    slli t1, t1, 4\n"
    "    add ra, ra, t1\n"
    "    sd ra, 128(t0)\n"
    "    mv ra, a0\n"
    // Every register but sp from the table; ra, which points to it, last.
    "    ld x3, 24(ra); ld x4, 32(ra); ld x5, 40(ra); ld x6, 48(ra); ld x7, 56(ra)\n"
    "    ld x8, 64(ra); ld x9, 72(ra); ld x10, 80(ra); ld x11, 88(ra); ld x12, 96(ra)\n"
    "    ld x13, 104(ra); ld x14, 112(ra); ld x15, 120(ra); ld x16, 128(ra); ld x17, 136(ra)\n"
    "    ld x18, 144(ra); ld x19, 152(ra); ld x20, 160(ra); ld x21, 168(ra); ld x22, 176(ra)\n"
    "    ld x23, 184(ra); ld x24, 192(ra); ld x25, 200(ra); ld x26, 208(ra); ld x27, 216(ra)\n"
    "    ld x28, 224(ra); ld x29, 232(ra); ld x30, 240(ra); ld x31, 248(ra)\n"
    "    lui ra, %hi(kept+128)\n" // ra keeps the jump's target: known, but not free to choose
    "    ld ra, %lo(kept+128)(ra)\n"
    "    jr ra\n"
    "    .balign 16\n"
    "1:  ecall\n"
    "    j 2f\n"
    "    .balign 16\n"
    "    j 2f\n"
    "    .balign 16\n"
    "3:  addi x5, x5, -1\n"
    "    bnez x5, 3b\n"
    "2:\n"
    "    sd x1, 8(sp); sd x2, 16(sp); sd x3, 24(sp); sd x4, 32(sp); sd x5, 40(sp)\n"
    "    sd x6, 48(sp); sd x7, 56(sp); sd x8, 64(sp); sd x9, 72(sp); sd x10, 80(sp)\n"
    "    sd x11, 88(sp); sd x12, 96(sp); sd x13, 104(sp); sd x14, 112(sp); sd x15, 120(sp)\n"
    "    sd x16, 128(sp); sd x17, 136(sp); sd x18, 144(sp); sd x19, 152(sp); sd x20, 160(sp)\n"
    "    sd x21, 168(sp); sd x22, 176(sp); sd x23, 184(sp); sd x24, 192(sp); sd x25, 200(sp)\n"
    "    sd x26, 208(sp); sd x27, 216(sp); sd x28, 224(sp); sd x29, 232(sp); sd x30, 240(sp)\n"
    "    sd x31, 248(sp)\n"
    "    lui t0, %hi(kept)\n"
    "    addi t0, t0, %lo(kept)\n"
    "    ld ra, 0(t0); ld sp, 8(t0); ld gp, 16(t0); ld tp, 24(t0)\n"
    "    ld s0, 32(t0); ld s1, 40(t0); ld s2, 48(t0); ld s3, 56(t0)\n"
    "    ld s4, 64(t0); ld s5, 72(t0); ld s6, 80(t0); ld s7, 88(t0)\n"
    "    ld s8, 96(t0); ld s9, 104(t0); ld s10, 112(t0); ld s11, 120(t0)\n"
    "    ret\n"
    "    .bss\n"
    "    .balign 8\n"
    "kept:\n"
    "    .zero 136\n"
    "    .text\n");

enum { RA = 1, SP = 2, T0 = 5, A0 = 10, A1 = 11, A7 = 17 };

// Values of which no two are the same in any byte.
static void make_values(uint64 *values, uint64 seed)
{
    uint64 state = seed * 2 + 1;
    for (int i = 0; i < 32; i++)
        values[i] = random_next(&state);
}

// ra holds the event's address, and sp that of `after`; both are checked by getting here at all.
static void check_values(const uint64 *before, const uint64 *after, int except)
{
    CHECK_EQUAL(after[SP], after);
    for (int i = 3; i < 32; i++) {
        if (i != except && after[i] != before[i]) {
            printf("# register x%d was %lx, is %lx\n", i, before[i], after[i]);
            exit(FAILED);
        }
    }
}

static uint64 before[32];

TEST(registers_over_system_calls)
{
    static const int calls[] = {SYS_getpid, SYS_uptime, 999, SYS_sleep, SYS_write};
    uint64 *after = take_pages(1);
    for (uint i = 0; i < sizeof calls / sizeof *calls; i++) {
        make_values(before, i);
        before[A0] = 1; // sleep(1); a file for write, whose address is a bad one
        before[A7] = calls[i];
        with_registers(before, after, EVENT_CALL);
        check_values(before, after, A0);
    }
}

TEST(registers_over_fork)
{
    uint64 *after = take_pages(1);
    for (int round = 0; round < 5; round++) {
        make_values(before, 100 + round);
        before[A7] = SYS_fork;
        with_registers(before, after, EVENT_CALL);
        check_values(before, after, A0);
        CHECK((long)after[A0] >= 0);
        if (after[A0] == 0)
            exit(23);
        expect_end(after[A0], 23);
    }
}

// The stores that look at the registers fault themselves: in the child, the parent, or both.
TEST(registers_over_write_faults)
{
    uint64 *after = take_pages(1);
    for (int round = 0; round < 8; round++) {
        make_values(before, 200 + round);
        int pid = start();
        if (pid == 0 || round % 2) {
            with_registers(before, after, EVENT_FAULT);
            check_values(before, after, 0);
            if (pid == 0)
                exit(0);
        }
        expect_end(pid, 0);
        with_registers(before, after, EVENT_FAULT);
        check_values(before, after, 0);
    }
}

static void count_down(uint64 *after)
{
    before[T0] = 70000000; // 140 million instructions, 1.4 ticks of the exact clock
    with_registers(before, after, EVENT_SPIN);
    check_values(before, after, T0);
    CHECK_EQUAL(after[T0], 0);
}

static void grow_and_shrink(uint64 *after)
{
    for (int end = uptime() + 2; uptime() < end;) {
        for (int bytes = 64 * PAGE_SIZE, i = 0; i < 2; bytes = -bytes, i++) {
            before[A0] = bytes;
            before[A7] = SYS_sbrk;
            with_registers(before, after, EVENT_CALL);
            check_values(before, after, A0);
            CHECK((long)after[A0] > 0);
        }
    }
}

// Two processes for each hart, each for some ticks' time. One counts, and is always interrupted in
// user mode; the other is in the kernel nearly always. So each goes on after the other was stopped.
TEST(registers_over_preemption)
{
    uint64 *after = take_pages(1);
    int count = machine.harts * 2;
    for (int i = 0; i < count; i++) {
        int pid = start();
        if (pid == 0) {
            make_values(before, 300 + i);
            i % 2 ? grow_and_shrink(after) : count_down(after);
            exit(0);
        }
    }
    expect_ends(count, 0);
}

// Nothing of the old program or of the kernel is in a new program's registers.
TEST(registers_at_the_start_of_a_program)
{
    static char *argv[] = {"bare_registers", 0};
    uint64 *after = take_pages(1);
    int pid = start();
    if (pid == 0) {
        make_values(before, 400);
        before[A0] = (uint64) "/tests/bare_registers";
        before[A1] = (uint64)argv;
        before[A7] = SYS_exec;
        with_registers(before, after, EVENT_CALL);
        exit(FAILED);
    }
    expect_end(pid, 0);
}
