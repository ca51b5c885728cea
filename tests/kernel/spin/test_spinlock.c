// The kernel's spinlock, with threads in place of harts: nobody is in it together with another, and
// nobody waits for ever, whatever the scheduler of the host does.

#include "lib/spinlock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { THREADS = 4 };

static struct spinlock lock;
static unsigned entered; // guarded by lock
static int order[THREADS];

static void *enter(void *number)
{
    uint64_t flags = spin_lock(&lock);
    order[entered++] = *(int *)number;
    spin_unlock(&lock, flags);
    return 0;
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    assert_int_equal(pthread_create(thread, 0, run, argument), 0);
}

// Until so many threads have lost patience, and the first of them has reserved the lock.
static void await_line(unsigned length)
{
    while (atomic_load(&lock.line_end) - atomic_load(&lock.line_front) < length ||
           !(atomic_load(&lock.state) & SPIN_RESERVED))
        sched_yield();
}

// The holder gives it up and tries at once to have it again, as a hart may that forks in a loop.
static void test_who_has_waited_long_is_next(void **unused)
{
    (void)unused;
    for (unsigned round = 0; round < 50; round++) {
        pthread_t thread;
        int number = 7;
        entered = 0;
        uint64_t flags = spin_lock(&lock);
        start(&thread, enter, &number);
        await_line(1);
        spin_unlock(&lock, flags);
        flags = spin_lock(&lock);
        assert_int_equal(entered, 1);
        spin_unlock(&lock, flags);
        pthread_join(thread, 0);
    }
    assert_int_equal(lock.state, 0);
}

static void test_those_who_have_waited_long_come_in_order(void **unused)
{
    (void)unused;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    entered = 0;
    uint64_t flags = spin_lock(&lock);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        start(&threads[i], enter, &numbers[i]);
        await_line(i + 1);
    }
    spin_unlock(&lock, flags);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(order[i], i);
    assert_int_equal(lock.state, 0);
}

// What the lock guards: ThreadSanitizer sees two at once even where nothing is lost.
static unsigned long first_half, second_half;

static void *count(void *unused)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t flags = spin_lock(&lock);
        first_half++;
        if (i % 1000 == 0)
            sched_yield(); // others lose patience
        second_half++;
        spin_unlock(&lock, flags);
    }
    return unused;
}

static void test_one_at_a_time(void **unused)
{
    (void)unused;
    pthread_t threads[THREADS];
    first_half = second_half = 0;
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], count, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    assert_int_equal(first_half, THREADS * 20000);
    assert_int_equal(second_half, THREADS * 20000);
    assert_int_equal(lock.state, 0);
    assert_int_equal(lock.line_end, lock.line_front);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_has_waited_long_is_next),
        cmocka_unit_test(test_those_who_have_waited_long_come_in_order),
        cmocka_unit_test(test_one_at_a_time),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, 0, 0);
}
