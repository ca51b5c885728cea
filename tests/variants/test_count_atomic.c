// The array of reference counts that is changed by atomic instructions.
#include "count_atomic.h"

#include "count_model.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>

static void set_extra(pfn_t pfn, uint32_t extra)
{
    count_array[pfn] = extra;
}

enum { THREADS = 2, ROUNDS = 2000, FRAMES = 1024 };

static pthread_barrier_t barrier;
static atomic_uint last_owners;
static atomic_uint there[FRAMES]; // threads that are about to drop a frame

// Waits until all threads are there, and goes on at the same time as they do.
static void meet(size_t place)
{
    atomic_fetch_add(&there[place], 1);
    for (int tries = 0; atomic_load(&there[place]) < THREADS; tries++) {
        if (tries > 10000)
            sched_yield();
    }
}

// Each thread is an owner of all frames. In each round one of them gets an owner more, and loses it
// again. In the end all drop theirs side by side. Returns what was wrong.
static void *own(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    void *wrong = 0;
    struct count_batch batch;
    count_open(&batch, FRAMES);
    pthread_barrier_wait(&barrier);
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        pfn_t pfn = FIRST + (random >> 40) % 8;
        count_add(&batch, pfn);
        if (count_drop(&batch, pfn) == 0)
            wrong = "an owner is lost";
    }
    for (pfn_t pfn = FIRST; pfn < FIRST + FRAMES; pfn++) {
        meet(pfn - FIRST);
        last_owners += count_drop(&batch, pfn) == 0;
    }
    count_close(&batch);
    return wrong;
}

// FIELD row 5: whatever they do side by side, each frame has one last owner, and no count is lost.
static void row5_owners_on_several_harts(void **state)
{
    (void)state;
    struct model model;
    pthread_t threads[THREADS];
    model_init(&model, FIRST, FRAMES);
    for (int again = 0; again < 50; again++) {
        last_owners = 0;
        memset(there, 0, sizeof there);
        pthread_barrier_init(&barrier, 0, THREADS);
        for (pfn_t pfn = FIRST; pfn < FIRST + FRAMES; pfn++)
            set_extra(pfn, THREADS - 1);
        for (uintptr_t i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], 0, own, (void *)(i + 1)), 0);
        for (int i = 0; i < THREADS; i++) {
            void *wrong;
            assert_int_equal(pthread_join(threads[i], &wrong), 0);
            assert_null(wrong);
        }
        assert_int_equal(last_owners, FRAMES);
        model_check_all(&model);
        pthread_barrier_destroy(&barrier);
    }
    model_end(&model);
}

// usage: test_count_atomic [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TESTS_OF_EVERY_STORE,
        cmocka_unit_test(row5_owners_on_several_harts),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("count_atomic", tests, 0, 0);
}
