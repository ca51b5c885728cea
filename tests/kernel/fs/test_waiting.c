// The queue and the mutex: order, no lost wake-up, and what becomes of those who are killed, in
// random orders of processes.
#include "lib/mutex.h"
#include "processes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PROCESSES = 8, TURNS = 20, SEEDS = 1000 };

static struct random chance;
static bool killed[PROCESSES];
static uint64_t calls; // to lock or to wait, so far

// Kills a process now and then. Where all wait and nobody will end that, run_processes() fails.
static bool kill_one(void)
{
    if (random_one_in(&chance, 40)) {
        unsigned number = random_below(&chance, PROCESSES);
        killed[number] = true;
        kill_process(number);
    }
    return false;
}

static void run_all(void (*body)(void *), uint64_t seed)
{
    chance.state = seed;
    calls = 0;
    for (uintptr_t i = 0; i < PROCESSES; i++) {
        killed[i] = false;
        add_process(body, (void *)i);
    }
    run_processes(&chance, kill_one);
}

// Others run.
static void pause_a_while(void)
{
    for (uint64_t i = random_below(&chance, 60); i; i--)
        spin_released();
}

// The queue, for a number of units. Each process wants some of them; what is wanted also says when
// that was: the number of the call.

enum { UNITS = 5, UNIT_LIMIT = 8 };

static struct spinlock lock;
static struct queue queue;
static uint64_t units;
static uint64_t next_number; // all calls before this one had their turn, or were killed

static bool take(struct queue *whose, uint64_t wanted)
{
    assert_ptr_equal(whose, &queue);
    assert_true(lock.held);
    if (wanted % UNIT_LIMIT > units)
        return false;
    units -= wanted % UNIT_LIMIT;
    assert_true(wanted / UNIT_LIMIT >= next_number);
    next_number = wanted / UNIT_LIMIT + 1;
    return true;
}

static void give(struct queue *whose, uint64_t wanted)
{
    assert_ptr_equal(whose, &queue);
    assert_true(lock.held);
    units += wanted % UNIT_LIMIT;
}

static const struct queue_kind kind = {take, give};

// What is true whenever the lock is free: lib/queue.h.
static void release(uint64_t flags)
{
    if (!queue_is_empty(&queue)) {
        struct waiter *first = list_entry(queue.waiters.next, struct waiter, link);
        assert_true(first->wanted % UNIT_LIMIT > units);
    }
    spin_unlock(&lock, flags);
}

static bool can_be_killed;

// False: the process was killed, and has nothing.
static bool use_units(uint64_t count)
{
    uint64_t flags = spin_lock(&lock);
    uint64_t wanted = calls++ * UNIT_LIMIT + count;
    bool alive = true;
    if (can_be_killed)
        alive = queue_wait(&queue, &kind, &lock, wanted);
    else
        queue_wait_always(&queue, &kind, &lock, wanted);
    release(flags);
    if (!alive)
        return false;
    pause_a_while();
    flags = spin_lock(&lock);
    give(&queue, wanted);
    queue_serve(&queue, &kind);
    release(flags);
    return true;
}

static void use_queue(void *argument)
{
    bool alive = true;
    for (unsigned i = 0; i < TURNS && alive; i++) {
        alive = use_units(1 + random_below(&chance, UNITS));
        pause_a_while();
    }
    assert_true(alive || killed[(uintptr_t)argument]);
}

static void use_queues(bool killable)
{
    can_be_killed = killable;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        queue_init(&queue);
        units = UNITS;
        next_number = 0;
        run_all(use_queue, seed);
        assert_true(queue_is_empty(&queue));
        assert_int_equal(units, UNITS);
    }
}

static void queue_passes_on_what_the_killed_had(void **state)
{
    (void)state;
    use_queues(true);
}

static void queue_keeps_the_place_of_the_killed(void **state)
{
    (void)state;
    use_queues(false);
}

// The mutex.

static struct mutex mutex;
static struct {
    enum { AWAY, WAITS, HOLDS } state;
    bool shared;
    uint64_t number; // of the call
} users[PROCESSES];

// Nobody has the mutex who must not, and nobody waits who came earlier: but for those who share it
// with this one, and may not have run yet.
static void check_holder(unsigned self)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (i == self || (users[self].shared && users[i].shared))
            continue;
        assert_int_not_equal(users[i].state, HOLDS);
        assert_true(users[i].state != WAITS || users[i].number > users[self].number);
    }
}

static void use_mutex(void *argument)
{
    unsigned self = (uintptr_t)argument;
    for (unsigned i = 0; i < TURNS; i++) {
        bool shared = random_one_in(&chance, 2);
        users[self].state = WAITS;
        users[self].shared = shared;
        users[self].number = calls++;
        shared ? mutex_lock_shared(&mutex) : mutex_lock(&mutex);
        users[self].state = HOLDS;
        check_holder(self);
        pause_a_while();
        check_holder(self);
        users[self].state = AWAY;
        shared ? mutex_unlock_shared(&mutex) : mutex_unlock(&mutex);
        pause_a_while();
    }
}

static void mutex_is_had_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        mutex_init(&mutex);
        run_all(use_mutex, seed);
        assert_int_equal(mutex.state, MUTEX_FREE);
        assert_true(queue_is_empty(&mutex.queue));
    }
}

// All readers have the mutex at once, so they meet.
static void meet(void *argument)
{
    unsigned self = (uintptr_t)argument;
    users[self].state = WAITS;
    mutex_lock_shared(&mutex);
    users[self].state = HOLDS;
    for (bool all = false; !all; spin_released()) {
        all = true;
        for (unsigned i = 0; i < PROCESSES; i++)
            all = all && users[i].state == HOLDS;
    }
    mutex_unlock_shared(&mutex);
}

static void mutex_is_shared(void **state)
{
    (void)state;
    mutex_init(&mutex);
    run_all(meet, 1);
    assert_int_equal(mutex.state, MUTEX_FREE);
}

// usage: test_waiting [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_passes_on_what_the_killed_had),
        cmocka_unit_test(queue_keeps_the_place_of_the_killed),
        cmocka_unit_test(mutex_is_had_in_order),
        cmocka_unit_test(mutex_is_shared),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("waiting", tests, 0, 0);
}
