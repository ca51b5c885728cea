// The hash table of reference counts: its size, its probes, and what it does without memory.
#include "common/count_hash.h"

#include "count_model.h"
#include <time.h>

static uint64_t slots(void)
{
    return count_table.bits ? 1ul << count_table.bits : 0;
}

static void set_extra(pfn_t pfn, uint32_t extra)
{
    for (uint64_t i = 0; i < slots(); i++) {
        if (count_slot_pfn(*count_slot(i)) == pfn)
            *count_slot(i) = pfn << 32 | extra;
    }
}

// The home of a frame in a table of 2^bits slots, whether the table has so many now or not.
static uint64_t home_of(pfn_t pfn, unsigned bits)
{
    return pfn * COUNT_GOLDEN >> (64 - bits);
}

// The table's own rules: the number of entries is right, each is reached from its home slot
// without a gap and without a long way.
static void check_table(const struct model *model)
{
    uint64_t used = 0;
    for (uint64_t i = 0; i < slots(); i++) {
        uint64_t value = *count_slot(i);
        if (!value)
            continue;
        used++;
        assert_int_not_equal(count_slot_extra(value), 0);
        uint64_t at = count_home_number(count_slot_pfn(value));
        uint64_t distance = (i - at) & (slots() - 1);
        assert_in_range(distance, 0, COUNT_PROBE_LIMIT - 1);
        for (; at != i; at = (at + 1) & (slots() - 1))
            assert_int_not_equal(*count_slot(at), 0);
    }
    assert_int_equal(used, count_table.entries);
    assert_int_equal(used, model->shared);
    assert_true(used <= slots() / 8 * 5);
}

static uint64_t visited;

static void count_visit(pfn_t pfn)
{
    assert_int_not_equal(pfn, 0);
    visited++;
}

// What the store says it uses is what it has taken.
static void check_metadata(void)
{
    assert_int_equal(count_metadata_bytes(), frame_shim_used() * PAGE_SIZE);
    visited = 0;
    count_visit_frames(count_visit);
    assert_int_equal(visited, frame_shim_used());
    assert_true(count_metadata_peak() >= count_metadata_bytes());
}

static void no_memory_while_nothing_is_shared(void **state)
{
    (void)state;
    struct model model;
    struct count_batch batch;
    model_init(&model, FIRST, 100000);
    assert_int_equal(count_metadata_bytes(), 0);
    assert_int_equal(count_metadata_peak(), 0);
    count_open(&batch, 0);
    for (size_t i = 0; i < 100000; i++) {
        model_check_is_last(&model, &batch, FIRST + i);
        model_drop(&model, &batch, FIRST + i);
    }
    count_close(&batch);
    assert_int_equal(frame_shim_allocations(), 0);
    model_end(&model);
}

static void grows_and_shrinks_with_what_is_shared(void **state)
{
    (void)state;
    const size_t span = 1 << 18;
    pfn_t *frames = malloc(span * sizeof *frames);
    for (size_t i = 0; i < span; i++)
        frames[i] = FIRST + i;
    struct model model;
    model_init(&model, FIRST, span);
    for (size_t n = 16; n < span; n *= 2) {
        model_share(&model, frames, n);
        check_table(&model);
        check_metadata();
        // 8 bytes a slot, at a load of more than 5/16, and at least a segment with its directory.
        assert_true(count_metadata_bytes() <= n * 8 * 16 / 5 * 513 / 512 + 3 * PAGE_SIZE);
        // At the peak the table may have been there twice, the older one at half the size.
        uint64_t large = count_metadata_bytes(), peak = count_metadata_peak();
        assert_in_range(peak, large, large + large / 2 + PAGE_SIZE);

        // Most of them go, from both ends; the next fork finds the table too large.
        model_unshare(&model, frames, n / 2);
        check_table(&model);
        model_unshare(&model, frames + n / 2 + n / 16, n - n / 2 - n / 16);
        count_expect(1);
        check_table(&model);
        check_metadata();
        assert_true(count_metadata_bytes() <= (n / 16 + 1) * 8 * 8 * 16 / 5 + 3 * PAGE_SIZE);
        model_unshare(&model, frames + n / 2, n / 16);
        assert_int_equal(count_metadata_bytes(), 0);
        assert_int_equal(count_metadata_peak(), peak);
        count_reset_peak();
        assert_int_equal(count_metadata_peak(), 0);
    }
    free(frames);
    model_end(&model);
}

// Sets of frames that somebody might choose to make the table slow or large. Each is shared in
// full, looked at, and given up in another order; the table keeps its promise of 45 bytes for
// each frame of memory, and of short probes.
static void adversarial(pfn_t *frames, size_t n, size_t span)
{
    struct model model;
    model_init(&model, FIRST, span);
    for (size_t share = 1; share <= n; share *= 4) {
        model_share(&model, frames, share);
        check_table(&model);
        check_metadata();
        assert_true(count_metadata_bytes() <= span * 45 + 2 * PAGE_SIZE);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(count_owners(frames[i]), i < share ? 2 : 1);
        for (size_t i = 0; i < share / 2; i++) { // backwards
            pfn_t swap = frames[i];
            frames[i] = frames[share - 1 - i];
            frames[share - 1 - i] = swap;
        }
        model_unshare(&model, frames, share / 2);
        check_table(&model);
        model_unshare(&model, frames + share / 2, share - share / 2);
        assert_int_equal(count_metadata_bytes(), 0);
    }
    model_end(&model);
}

enum { MEMORY = 1 << 20 }; // frames of 4 GiB
static pfn_t chosen[MEMORY];

static void frames_with_the_same_home(void **state)
{
    (void)state;
    for (unsigned bits = COUNT_SEGMENT_BITS; bits <= 16; bits++) {
        for (uint64_t wanted = 0; wanted < 1ul << bits; wanted += (1ul << bits) / 3) {
            size_t n = 0;
            for (pfn_t pfn = FIRST; pfn < FIRST + MEMORY; pfn++) {
                if (home_of(pfn, bits) == wanted)
                    chosen[n++] = pfn;
            }
            adversarial(chosen, n, MEMORY);
        }
    }
}

// The last home slots: runs that go on at the table's start.
static void frames_at_the_tables_end(void **state)
{
    (void)state;
    for (unsigned bits = COUNT_SEGMENT_BITS; bits <= 13; bits++) {
        size_t n = 0;
        for (pfn_t pfn = FIRST; pfn < FIRST + MEMORY && n < 5000; pfn++) {
            if (home_of(pfn, bits) >= (1ul << bits) - 3)
                chosen[n++] = pfn;
        }
        adversarial(chosen, n, MEMORY);
    }
}

static size_t progression(uint64_t stride, uint64_t start)
{
    size_t n = 0;
    for (uint64_t offset = start; offset < MEMORY; offset += stride)
        chosen[n++] = FIRST + offset;
    return n;
}

// Fibonacci numbers times the golden ratio are nearly whole: neighbours in such a progression
// have neighbouring homes.
static void fibonacci_strides(void **state)
{
    (void)state;
    for (uint64_t a = 1, b = 2; a < MEMORY / 4; b += a, a = b - a)
        adversarial(chosen, progression(a, a / 2), MEMORY);
}

static void other_strides(void **state)
{
    (void)state;
    static const uint64_t strides[] = {3, 16, 64, 100, 512, 513, 511, 4096, 10946 * 2, 65536};
    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++)
        adversarial(chosen, progression(strides[i], 0), MEMORY);
}

static void sparse_frames(void **state)
{
    (void)state;
    random_state = 99;
    for (size_t i = 0; i < 5000; i++)
        chosen[i] = FIRST + i * (MEMORY / 5000) + random_below(MEMORY / 5000);
    adversarial(chosen, 5000, MEMORY);
}

// Random changes where only the worst frames take part, and the table's rules are looked at.
static void random_changes_of_the_worst_frames(void **state)
{
    (void)state;
    size_t n = 0;
    for (pfn_t pfn = FIRST; pfn < FIRST + MEMORY && n < 3000; pfn++) {
        if (home_of(pfn, 11) % 2048 < 3)
            chosen[n++] = pfn;
    }
    struct model model;
    random_state = 4711;
    model_init(&model, FIRST, MEMORY);
    for (int round = 0; round < 2500; round++) {
        struct count_batch batch;
        size_t changes = 1 + random_below(30);
        bool adds = random_below(20) < (round / 250 % 2 ? 6 : 14);
        assert_true(count_open(&batch, adds ? changes : 0));
        for (size_t i = 0; i < changes; i++) {
            pfn_t pfn = chosen[random_below(n)];
            if (adds)
                assert_true(model_add(&model, &batch, pfn));
            else
                model_drop(&model, &batch, pfn);
        }
        count_close(&batch);
        if (round % 10 == 0) {
            check_table(&model);
            check_metadata();
        }
    }
    model_end(&model);
}

// No memory.

// Shares frames as a fork does, and takes all back where that fails. Returns whether it worked.
static bool fork_of(struct model *model, const pfn_t *frames, size_t n)
{
    struct count_batch batch;
    count_expect(n);
    if (!count_open(&batch, n))
        return false;
    size_t done = 0;
    while (done < n && model_add(model, &batch, frames[done]))
        done++;
    count_close(&batch);
    if (done < n)
        model_unshare(model, frames, done);
    return done == n;
}

// Lets the first, second, third, ... allocation fail, until none is left to fail: what was
// shared before stays as it was, and no frame is lost.
static void fail_at_each_allocation(size_t before, size_t more, uint64_t stride)
{
    size_t n = progression(stride, 0);
    assert_true(before + more <= n);
    struct model model;
    model_init(&model, FIRST, MEMORY);
    model_share(&model, chosen, before);
    uint64_t used = frame_shim_used();
    bool succeeded = false;
    for (uint64_t allowed = 0; !succeeded; allowed++) {
        frame_shim_fail_after(allowed);
        succeeded = fork_of(&model, chosen + before, more);
        frame_shim_fail_never();
        check_table(&model);
        check_metadata();
        if (!succeeded && before)
            assert_true(frame_shim_used() >= used / 2);
        for (size_t i = 0; i < before + more; i++)
            assert_int_equal(count_owners(chosen[i]), i < before || succeeded ? 2 : 1);
        assert_in_range(allowed, 0, 10000);
    }
    model_unshare(&model, chosen, before + more);
    model_end(&model);
}

static void row14_allocation_fails_in_a_first_fork(void **state)
{
    (void)state;
    fail_at_each_allocation(0, 1, 1);
    fail_at_each_allocation(0, 5000, 1);
    fail_at_each_allocation(0, 40000, 3);
}

static void row14_allocation_fails_in_a_later_fork(void **state)
{
    (void)state;
    fail_at_each_allocation(300, 100, 1);
    fail_at_each_allocation(5000, 5000, 5);
    fail_at_each_allocation(20000, 30000, 1);
}

// Growth that long probes ask for, in the middle of a batch.
static void row14_allocation_fails_with_the_worst_frames(void **state)
{
    (void)state;
    for (unsigned bits = COUNT_SEGMENT_BITS; bits <= 14; bits++) {
        size_t n = 0;
        for (pfn_t pfn = FIRST; pfn < FIRST + MEMORY && n < 200; pfn++) {
            if (home_of(pfn, bits) == 5)
                chosen[n++] = pfn;
        }
        for (uint64_t allowed = 0; allowed < 3000; allowed += 1 + allowed / 4) {
            struct model model;
            model_init(&model, FIRST, MEMORY);
            frame_shim_fail_after(allowed);
            fork_of(&model, chosen, n);
            check_table(&model);
            check_metadata();
            frame_shim_fail_never();
            model_end(&model);
        }
    }
}

// Memory is full for good: nothing more can be shared, all that is can be given up.
static void full_memory(void **state)
{
    (void)state;
    size_t n = progression(1, 0);
    struct model model;
    model_init(&model, FIRST, MEMORY);
    model_share(&model, chosen, 10000);
    frame_shim_set_limit(frame_shim_used());
    uint64_t limit = slots() / 8 * 5;
    size_t done = 10000;
    while (fork_of(&model, chosen + done, 100))
        done += 100;
    assert_in_range(done, limit - 200, limit);
    check_table(&model);
    // Frames that are shared already get more owners as long as a batch of new ones would fit.
    struct count_batch batch;
    assert_true(count_open(&batch, limit - done));
    for (size_t i = 0; i < limit - done; i++)
        assert_true(model_add(&model, &batch, chosen[i]));
    count_close(&batch);
    check_table(&model);
    assert_false(fork_of(&model, chosen + done, n - done < 5000 ? n - done : 5000));
    model_unshare(&model, chosen, limit - done);
    // No allocation can succeed, so the table shrinks only when it gets empty.
    model_unshare(&model, chosen, done);
    assert_int_equal(frame_shim_used(), 0);
    model_end(&model);
}

// Allocations fail at random while frames are shared and given up at random.
static void random_changes_with_little_memory(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct model model;
        random_state = seed * 31337;
        model_init(&model, FIRST, 8000);
        size_t failures = 0;
        for (int round = 0; round < 1500; round++) {
            pfn_t frames[40];
            for (size_t i = 0; i < 40; i++)
                frames[i] = FIRST + random_below(8000);
            frame_shim_fail_after(random_below(12));
            if (random_below(100) < (round / 300 % 2 ? 30u : 80u)) {
                struct model untouched = model;
                if (!fork_of(&model, frames, 40)) {
                    failures++;
                    assert_int_equal(model.shared, untouched.shared);
                }
            } else {
                model_unshare(&model, frames, 40);
            }
            if (round % 20 == 0) {
                check_table(&model);
                check_metadata();
            }
        }
        frame_shim_fail_never();
        model_check_all(&model);
        model_end(&model);
        assert_true(failures > 0);
    }
}

// A few frames so badly chosen that they keep a table large: what is done beside them must not
// cost the table's size each time.
static void little_work_beside_frames_that_keep_a_table_large(void **state)
{
    (void)state;
    size_t n = 0;
    for (pfn_t pfn = FIRST + MEMORY - 1; pfn >= FIRST && n < 60; pfn--) {
        if (home_of(pfn, 14) == (1 << 14) - 1)
            chosen[n++] = pfn;
    }
    struct model model;
    model_init(&model, FIRST, MEMORY);
    model_share(&model, chosen, n);
    assert_true(slots() >= 1 << 18);
    pfn_t other = FIRST + 12345;
    clock_t start = clock();
    for (int round = 0; round < 2000; round++) {
        assert_true(fork_of(&model, &other, 1));
        model_unshare(&model, &other, 1);
    }
    // To go through the table each time would take tens of seconds.
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    check_table(&model);
    model_end(&model);
}

// usage: test_count_hash [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_while_nothing_is_shared),
        TESTS_OF_EVERY_STORE,
        cmocka_unit_test(grows_and_shrinks_with_what_is_shared),
        cmocka_unit_test(frames_with_the_same_home),
        cmocka_unit_test(frames_at_the_tables_end),
        cmocka_unit_test(fibonacci_strides),
        cmocka_unit_test(other_strides),
        cmocka_unit_test(sparse_frames),
        cmocka_unit_test(random_changes_of_the_worst_frames),
        cmocka_unit_test(row14_allocation_fails_in_a_first_fork),
        cmocka_unit_test(row14_allocation_fails_in_a_later_fork),
        cmocka_unit_test(row14_allocation_fails_with_the_worst_frames),
        cmocka_unit_test(full_memory),
        cmocka_unit_test(random_changes_with_little_memory),
        cmocka_unit_test(little_work_beside_frames_that_keep_a_table_large),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("count_hash", tests, 0, 0);
}
