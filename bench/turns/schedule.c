#include "schedule.h"
#include "clock.h"
#include "qemu.h"
#include "trace.h"
#include "turns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = -1 };

static uint64_t counts[MOST_HARTS]; // instructions that each has executed in the region
static uint64_t executed;           // all of them
static int current = NOBODY;        // whose turn it is
static uint64_t begin, end;         // of the turn, in the hart's instructions
static FILE *log_file;

static unsigned held[MOST_HARTS]; // turns of one instruction that are left
static bool is_held;              // the current turn is one of them

// From a file: where each hart's turns end, in order.
static struct {
    struct change {
        uint64_t count;
        unsigned held;
    } * list;
    size_t length, next;
} changes[MOST_HARTS];

// From a seed.
static uint64_t random_state;
static int scale;        // turns have up to 2^scale instructions
static int orders;       // one in 2^orders instructions that order ends a turn; 0: none does
static unsigned undrawn; // how many turns of 8 are left to end of themselves

// A generator of pseudo-random numbers (Vigna's splitmix64, public domain).
static uint64_t random_next(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned random_below(unsigned limit)
{
    return random_next() % limit;
}

// As many short turns as long ones, by their number of digits: a race needs one hart to stop at one
// instruction, and another one to get far.
static uint64_t draw_length(void)
{
    if (random_below(8) < undrawn)
        return LONGEST_TURN;
    uint64_t bit = 1ul << random_below(scale);
    uint64_t length = bit + random_next() % bit;
    return length < (uint64_t)arguments.quantum ? length : (uint64_t)arguments.quantum;
}

// A hart that is held back lets the others get far in spite of its turns.
static unsigned draw_held(void)
{
    return random_below(4) ? 0 : 1 + random_below(1 << random_below(7));
}

// What kind of schedule it is. Of all races that were planted, each kind finds some sooner.
static void begin_seed(void)
{
    int most = 1;
    while (1l << most < arguments.quantum)
        most++;
    random_state = arguments.seed;
    scale = most;
    switch (random_below(3)) {
    case 0: // turns of one size
        scale = most < 6 ? most : 6 + (int)random_below(most - 6 + 1);
        break;
    case 1: // beside locks
        orders = 1 + random_below(6);
        undrawn = 4;
        break;
    case 2: // few changes
        undrawn = 4 + random_below(4);
        break;
    }
}

static struct change *from_file(int hart)
{
    while (changes[hart].next < changes[hart].length) {
        struct change *change = &changes[hart].list[changes[hart].next];
        if (change->count > counts[hart])
            return change;
        changes[hart].next++;
    }
    return 0;
}

// All others leave their turns at once. So QEMU serves deadlines between two turns, and never in
// the first of them.
static void stop_others(int hart)
{
    for (int i = 0; i < arguments.harts; i++) {
        if (i != hart)
            cpu_exit(qemu_get_cpu(i));
    }
}

static void begin_turn(int hart)
{
    current = hart;
    begin = counts[hart];
    is_held = held[hart];
    if (is_held)
        held[hart]--;
    else if (!arguments.changes)
        end = begin + draw_length();
    stop_others(hart);
    clock_hold();
    trace_turn();
}

static void end_turn(void)
{
    cpu_exit(qemu_get_cpu(current));
    current = NOBODY;
}

// Whether the schedule ends the turn behind this instruction, and for how many turns the hart is
// held back then.
static bool is_due_by_file(int hart, unsigned *hold)
{
    const struct change *change = from_file(hart);
    if (!change || change->count != counts[hart] + 1)
        return false;
    *hold = change->held;
    return true;
}

static bool is_due_by_seed(int hart, enum instruction kind, unsigned *hold)
{
    if (is_held)
        return false;
    bool drawn = kind == ORDERS && orders && !random_below(1 << orders);
    bool ended = counts[hart] + 1 == end && end - begin < LONGEST_TURN;
    if (!drawn && !ended)
        return false;
    *hold = draw_held();
    return true;
}

void schedule_step(unsigned hart, enum instruction kind)
{
    if (arguments.instructions && ++executed > (uint64_t)arguments.instructions)
        end_machine("instructions", arguments.instructions);
    if ((int)hart != current)
        begin_turn(hart);
    unsigned hold = 0;
    bool due = arguments.changes ? is_due_by_file(hart, &hold) : is_due_by_seed(hart, kind, &hold);
    uint64_t count = ++counts[hart];
    if (due) {
        held[hart] = hold;
        if (log_file)
            fprintf(log_file, "%u %lu %u\n", hart, count, hold);
    }
    if (due || kind == WAITS || is_held || count - begin == LONGEST_TURN)
        end_turn();
}

static bool add_change(unsigned long hart, struct change change)
{
    if (hart >= MOST_HARTS)
        return false;
    size_t n = changes[hart].length;
    struct change *list = changes[hart].list;
    if (n && list[n - 1].count >= change.count)
        return false;
    if (!(n & (n - 1)))
        list = realloc(list, (n ? 2 * n : 1) * sizeof *list);
    list[n] = change;
    changes[hart].list = list;
    changes[hart].length++;
    return true;
}

static bool read_changes(FILE *file)
{
    unsigned long hart;
    struct change change;
    int found;
    while ((found = fscanf(file, "%lu %lu %u", &hart, &change.count, &change.held)) == 3) {
        if (!add_change(hart, change))
            return false;
    }
    return found == EOF && !ferror(file);
}

static bool complain(const char *name, const char *file, const char *what)
{
    fprintf(stderr, "turns: %s=%s: %s\n", name, file, what);
    return false;
}

bool schedule_open(void)
{
    if (arguments.changes) {
        FILE *file = fopen(arguments.changes, "r");
        if (!file)
            return complain("changes", arguments.changes, strerror(errno));
        bool good = read_changes(file);
        fclose(file);
        if (!good)
            return complain("changes", arguments.changes,
                            "lines HART COUNT HELD are needed, with counts that grow");
    } else {
        begin_seed();
    }
    if (arguments.log && !(log_file = fopen(arguments.log, "w")))
        return complain("log", arguments.log, strerror(errno));
    return true;
}

void schedule_close(void)
{
    if (log_file)
        fclose(log_file);
    log_file = 0;
}
