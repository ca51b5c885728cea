// A model of a store of reference counts: an array as large as it needs to be, and no cleverness.
// Each function does the same to the store and to the model, and fails the test when they differ.
//
// The file that includes it has included a store, variants/common/count_*.h, and says with
// set_extra() how to put a large number of owners into it.
#pragma once

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

struct model {
    pfn_t first;
    size_t span;
    uint64_t *extra; // owners beyond the first, of each frame
    uint64_t shared; // frames with more than one
};

// Puts a number of owners beyond the first into the store, for a frame that has one such.
static void set_extra(pfn_t pfn, uint32_t extra);

static void model_init(struct model *model, pfn_t first, size_t span)
{
    *model = (struct model){.first = first, .span = span, .extra = calloc(span, sizeof(uint64_t))};
    frame_shim_fail_never();
    frame_shim_set_limit(1ul << 40);
    assert_true(count_init(first, span));
    assert_int_equal(frame_shim_used(), 0);
    count_reset_peak();
}

static uint64_t *model_extra(const struct model *model, pfn_t pfn)
{
    assert_in_range(pfn, model->first, model->first + model->span - 1);
    return &model->extra[pfn - model->first];
}

// One more owner. A fork has said before that it would add it.
static void model_add(struct model *model, struct count_batch *batch, pfn_t pfn)
{
    count_add(batch, pfn);
    model->shared += (*model_extra(model, pfn))++ == 0;
}

static void model_drop(struct model *model, struct count_batch *batch, pfn_t pfn)
{
    uint64_t *extra = model_extra(model, pfn);
    assert_int_equal(count_drop(batch, pfn), *extra);
    model->shared -= *extra == 1;
    *extra -= *extra > 0;
}

static void model_check_is_last(const struct model *model, const struct count_batch *batch,
                                pfn_t pfn)
{
    assert_int_equal(count_is_last(batch, pfn), *model_extra(model, pfn) == 0);
}

// One owner more for each of n frames, in batches, as fork adds them. False, and nothing has
// changed, where the store has no memory for it.
static bool model_fork(struct model *model, const pfn_t *frames, size_t n)
{
    enum { BATCH = 512 };
    if (!count_expect(n, 0))
        return false;
    for (size_t done = 0; done < n; done += BATCH) {
        size_t batch_size = n - done < BATCH ? n - done : BATCH;
        struct count_batch batch;
        count_open(&batch, batch_size);
        for (size_t i = done; i < done + batch_size; i++)
            model_add(model, &batch, frames[i]);
        count_close(&batch);
    }
    count_expected(n);
    return true;
}

static void model_share(struct model *model, const pfn_t *frames, size_t n)
{
    assert_true(model_fork(model, frames, n));
}

static void model_unshare(struct model *model, const pfn_t *frames, size_t n)
{
    enum { BATCH = 512 };
    for (size_t done = 0; done < n; done += BATCH) {
        size_t batch_size = n - done < BATCH ? n - done : BATCH;
        struct count_batch batch;
        count_open(&batch, 0);
        for (size_t i = done; i < done + batch_size; i++)
            model_drop(model, &batch, frames[i]);
        count_close(&batch);
    }
}

// Looks at every frame that could have a count.
static void model_check_all(const struct model *model)
{
    for (size_t i = 0; i < model->span; i++)
        assert_int_equal(count_owners(model->first + i), model->extra[i] + 1);
}

// Drops all owners beyond the first that are left.
static void model_end(struct model *model)
{
    struct count_batch batch;
    for (size_t i = 0; i < model->span; i++) {
        while (model->extra[i]) {
            count_open(&batch, 0);
            while (model->extra[i])
                model_drop(model, &batch, model->first + i);
            count_close(&batch);
        }
    }
    assert_int_equal(model->shared, 0);
    assert_int_equal(frame_shim_used(), 0);
    frame_shim_reset();
    free(model->extra);
}

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1d;
}

static uint64_t random_below(uint64_t limit)
{
    return random_next() % limit;
}

// Tests that hold for every store.

enum { FIRST = 0x80000 }; // where memory starts on the virt machine

// Batches of random changes; what is added is dropped again with the same probability.
static void random_changes(uint64_t seed, pfn_t first, size_t span, size_t rounds)
{
    struct model model;
    random_state = seed * 0x9e3779b97f4a7c15 | 1;
    model_init(&model, first, span);
    for (size_t round = 0; round < rounds; round++) {
        struct count_batch batch;
        size_t n = 1 + random_below(span < 64 ? span : 64);
        bool adds = random_below(2 + round % 2);
        if (adds)
            assert_true(count_expect(n, 0));
        count_open(&batch, adds ? n : 0);
        for (size_t i = 0; i < n; i++) {
            pfn_t pfn = first + random_below(span);
            model_check_is_last(&model, &batch, pfn);
            if (adds)
                model_add(&model, &batch, pfn);
            else
                model_drop(&model, &batch, pfn);
            model_check_is_last(&model, &batch, pfn);
        }
        count_close(&batch);
        if (adds)
            count_expected(n);
        if (round % 64 == 0)
            model_check_all(&model);
    }
    model_check_all(&model);
    model_end(&model);
}

static void random_changes_of_few_frames(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        random_changes(seed, FIRST, 40, 500);
}

static void random_changes_of_many_frames(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        random_changes(seed, FIRST, 6000, 1500);
}

static void random_changes_where_memory_starts_elsewhere(void **state)
{
    (void)state;
    random_changes(1, 1, 700, 800);
    random_changes(2, 0xfff00000, 700, 800);
}

static void drop_of_an_unshared_frame_leaves_none(void **state)
{
    (void)state;
    struct model model;
    struct count_batch batch;
    model_init(&model, FIRST, 1000);
    count_open(&batch, 0);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(count_drop(&batch, FIRST + i), 0);
    count_close(&batch);
    model_check_all(&model);
    model_end(&model);
}

// One frame is shared, others are not: nothing of the one may be seen in the others.
static void neighbours_of_a_shared_frame_are_unshared(void **state)
{
    (void)state;
    struct model model;
    model_init(&model, FIRST, 4096);
    for (pfn_t pfn = FIRST; pfn < FIRST + 4096; pfn += 511) {
        model_share(&model, &pfn, 1);
        model_check_all(&model);
        model_unshare(&model, &pfn, 1);
        model_check_all(&model);
    }
    model_end(&model);
}

// All frames of 4 GiB, shared twice, and given up in another order.
static void all_frames_of_4_gib(void **state)
{
    (void)state;
    const size_t span = 1 << 20;
    pfn_t *frames = malloc(span * sizeof *frames);
    struct model model;
    model_init(&model, FIRST, span);
    for (size_t i = 0; i < span; i++)
        frames[i] = FIRST + i;
    model_share(&model, frames, span);
    model_share(&model, frames, span);
    assert_int_equal(model.shared, span);
    model_check_all(&model);
    for (size_t i = 0; i < span; i++) // 7919 is prime, so that every frame is reached
        frames[i] = FIRST + i * 7919 % span;
    model_unshare(&model, frames, span);
    model_check_all(&model);
    model_unshare(&model, frames, span);
    free(frames);
    model_end(&model);
}

// FIELD row 12: counts of one and two bytes, and the 2^31 owners that must fit.
static void row12_counts_beyond_two_to_the_31(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0xfe,       0x100,      0xfffe,     0x10000,   0xffffff,
                                      0x7ffffffe, 0x80000000, 0x80000001, 0xfffffff0};
    const pfn_t pfn = FIRST + 77;
    struct model model;
    struct count_batch batch;
    model_init(&model, FIRST, 200);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        model_share(&model, &pfn, 1);
        set_extra(pfn, counts[i]);
        *model_extra(&model, pfn) = counts[i];
        model_check_all(&model);
        for (int step = 0; step < 5; step++)
            model_share(&model, &pfn, 1);
        model_check_all(&model);
        count_open(&batch, 0);
        model_check_is_last(&model, &batch, pfn);
        for (int step = 0; step < 9; step++)
            model_drop(&model, &batch, pfn);
        count_close(&batch);
        model_check_all(&model);
        set_extra(pfn, 1);
        *model_extra(&model, pfn) = 1;
        model_unshare(&model, &pfn, 1);
        model_check_all(&model);
    }
    model_end(&model);
}

// Three hundred owners one by one, so that each step over a byte's border is taken.
static void row12_counts_one_by_one(void **state)
{
    (void)state;
    struct model model;
    const pfn_t pfn = FIRST + 5;
    model_init(&model, FIRST, 10);
    for (int i = 0; i < 70000; i++)
        model_share(&model, &pfn, 1);
    assert_int_equal(count_owners(pfn), 70001);
    for (int i = 0; i < 70000; i++)
        model_unshare(&model, &pfn, 1);
    model_check_all(&model);
    model_end(&model);
}

#define TESTS_OF_EVERY_STORE                                                                       \
    cmocka_unit_test(random_changes_of_few_frames),                                                \
        cmocka_unit_test(random_changes_of_many_frames),                                           \
        cmocka_unit_test(random_changes_where_memory_starts_elsewhere),                            \
        cmocka_unit_test(drop_of_an_unshared_frame_leaves_none),                                   \
        cmocka_unit_test(neighbours_of_a_shared_frame_are_unshared),                               \
        cmocka_unit_test(all_frames_of_4_gib),                                                     \
        cmocka_unit_test(row12_counts_beyond_two_to_the_31),                                       \
        cmocka_unit_test(row12_counts_one_by_one)
