// The hash table of reference counts: its size, its probes, and what it does without memory.
#include "common/count_hash.h"

#include "count_model.h"
#include <time.h>

static uint64_t slots(void)
{
    return count_table.bits ? 1ul << count_table.bits : 0;
}

static uint64_t *slot(uint64_t i)
{
    return count_slot(count_table.segments, i);
}

static void set_extra(pfn_t pfn, uint32_t extra)
{
    for (uint64_t i = 0; i < slots(); i++) {
        if (count_slot_pfn(*slot(i)) == pfn)
            *slot(i) = pfn << 32 | extra;
    }
}

// The home of a frame in a table of 2^bits slots, whether the table has so many now or not.
static uint64_t home_of(pfn_t pfn, unsigned bits)
{
    return pfn * COUNT_GOLDEN >> (64 - bits);
}

// The table's own rules: the number of entries is right, each is reached from its home slot
// without a gap, and without a long way, or the table is about to double.
static void check_table(const struct model *model)
{
    uint64_t used = 0;
    for (uint64_t i = 0; i < slots(); i++) {
        uint64_t value = *slot(i);
        if (!value)
            continue;
        used++;
        assert_int_not_equal(count_slot_extra(value), 0);
        uint64_t at = home_of(count_slot_pfn(value), count_table.bits);
        uint64_t distance = (i - at) & (slots() - 1);
        assert_true(distance < COUNT_PROBE_LIMIT || count_table.bits < count_table.least_bits);
        for (; at != i; at = (at + 1) & (slots() - 1))
            assert_int_not_equal(*slot(at), 0);
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

// What the store says it uses is what it has taken. Nothing is set aside when no fork is under way.
static void check_metadata(void)
{
    assert_int_equal(count_metadata_bytes(), frame_shim_used() * PAGE_SIZE);
    assert_int_equal(frame_shim_reserved(), 0);
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
    assert_int_equal(frame_shim_used(), 0);
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
        // 8 bytes a slot, at a load of more than 5/16, and at least a segment.
        assert_true(count_metadata_bytes() <= n * 8 * 16 / 5 + PAGE_SIZE);
        // It was made in its size at once, so at the peak there was no other one beside it.
        uint64_t peak = count_metadata_peak();
        assert_int_equal(peak, count_metadata_bytes());

        // Most of them go, from both ends; the next fork finds the table too large.
        model_unshare(&model, frames, n / 2);
        check_table(&model);
        model_unshare(&model, frames + n / 2 + n / 16, n - n / 2 - n / 16);
        assert_true(count_expect(1, 0));
        count_expected(1);
        check_table(&model);
        check_metadata();
        assert_true(count_metadata_bytes() <= (n / 16 + 1) * 8 * 8 * 16 / 5 + PAGE_SIZE);
        model_unshare(&model, frames + n / 2, n / 16);
        assert_int_equal(frame_shim_used(), 0);
        assert_true(count_metadata_peak() >= peak);
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
        assert_true(count_metadata_bytes() <= span * 45 + PAGE_SIZE);
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
        assert_int_equal(frame_shim_used(), 0);
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

// Fibonacci numbers times the golden ratio are nearly whole: neighbors in such a progression
// have neighboring homes.
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
        if (adds)
            assert_true(count_expect(changes, 0));
        count_open(&batch, adds ? changes : 0);
        for (size_t i = 0; i < changes; i++) {
            pfn_t pfn = chosen[random_below(n)];
            if (adds)
                model_add(&model, &batch, pfn);
            else
                model_drop(&model, &batch, pfn);
        }
        count_close(&batch);
        if (adds)
            count_expected(changes);
        if (round % 10 == 0) {
            check_table(&model);
            check_metadata();
        }
    }
    model_end(&model);
}

// No memory.

// Lets no reservation succeed, or the first, or the first two, ...: a fork that is refused has
// taken nothing and changed nothing, and none of its work was begun.
static void fail_at_each_reservation(size_t before, size_t more, uint64_t stride)
{
    size_t n = progression(stride, 0);
    assert_true(before + more <= n);
    struct model model;
    model_init(&model, FIRST, MEMORY);
    model_share(&model, chosen, before);
    bool succeeded = false;
    for (uint64_t allowed = 0; !succeeded; allowed++) {
        uint64_t taken = frame_shim_allocations();
        frame_shim_fail_after(allowed);
        succeeded = model_fork(&model, chosen + before, more);
        frame_shim_fail_never();
        check_table(&model);
        check_metadata();
        if (!succeeded)
            assert_int_equal(frame_shim_allocations(), taken);
        for (size_t i = 0; i < before + more; i++)
            assert_int_equal(count_owners(chosen[i]), i < before || succeeded ? 2 : 1);
        assert_in_range(allowed, 0, 2);
    }
    model_unshare(&model, chosen, before + more);
    model_end(&model);
}

static void row14_no_memory_for_a_first_fork(void **state)
{
    (void)state;
    fail_at_each_reservation(0, 1, 1);
    fail_at_each_reservation(0, 5000, 1);
    fail_at_each_reservation(0, 40000, 3);
}

static void row14_no_memory_for_a_later_fork(void **state)
{
    (void)state;
    fail_at_each_reservation(300, 100, 1);
    fail_at_each_reservation(5000, 5000, 5);
    fail_at_each_reservation(20000, 30000, 1);
}

// What the caller needs for other things is set aside in the same step: all of it, or nothing.
static void row14_frames_for_other_things(void **state)
{
    (void)state;
    progression(1, 0);
    struct model model;
    model_init(&model, FIRST, MEMORY);
    frame_shim_set_limit(100);
    assert_true(count_expect(5000, 84)); // 8192 slots are 16 segments
    assert_int_equal(frame_shim_reserved(), 84);
    frame_shim_unreserve(84);
    count_expected(5000);
    assert_int_equal(frame_shim_used(), 0);
    assert_false(count_expect(5000, 85));
    assert_int_equal(frame_shim_reserved() + frame_shim_used(), 0);
    model_end(&model);
}

// Doubling for the sake of long probes is no need: without memory for it the fork goes on.
static void row14_no_memory_for_the_worst_frames(void **state)
{
    (void)state;
    for (unsigned bits = COUNT_SEGMENT_BITS; bits <= 14; bits++) {
        size_t n = 0;
        for (pfn_t pfn = FIRST; pfn < FIRST + MEMORY && n < 200; pfn++) {
            if (home_of(pfn, bits) == 5)
                chosen[n++] = pfn;
        }
        for (uint64_t allowed = 1; allowed < 12; allowed++) {
            struct model model;
            model_init(&model, FIRST, MEMORY);
            frame_shim_fail_after(allowed);
            for (size_t done = 0; done < n; done += n / 4)
                model_fork(&model, chosen + done, n / 4);
            check_table(&model);
            check_metadata();
            frame_shim_fail_never();
            model_end(&model);
        }
    }
}

// Memory is full for good: nothing more can be shared than has room, all that is can be given up.
static void full_memory(void **state)
{
    (void)state;
    progression(1, 0);
    struct model model;
    model_init(&model, FIRST, MEMORY);
    model_share(&model, chosen, 10000);
    frame_shim_set_limit(frame_shim_used());
    uint64_t limit = slots() / 8 * 5;
    assert_false(model_fork(&model, chosen + 10000, limit - 10000 + 1));
    assert_true(model_fork(&model, chosen + 10000, limit - 10000));
    assert_false(model_fork(&model, chosen + limit, 1));
    check_table(&model);
    // No table can be made, so it shrinks only when it gets empty.
    model_unshare(&model, chosen, limit);
    assert_int_equal(frame_shim_used(), 0);
    model_end(&model);
}

// Two forks at once: each has the room that it asked for, whatever the other one does, and whoever
// gives up frames meanwhile.
static void forks_side_by_side(void **state)
{
    (void)state;
    progression(1, 0);
    struct model model;
    struct count_batch batch;
    model_init(&model, FIRST, MEMORY);
    assert_true(count_expect(300, 0));
    count_open(&batch, 0);
    model_drop(&model, &batch, chosen[0]);
    count_close(&batch);
    assert_true(slots() > 0); // made for a fork that has not begun to use it
    assert_true(count_expect(300, 0));
    frame_shim_set_limit(frame_shim_used());
    assert_false(count_expect(50, 0)); // 650 entries do not fit into 1024 slots
    for (size_t fork = 0; fork < 2; fork++) {
        count_open(&batch, 300);
        for (size_t i = 0; i < 300; i++)
            model_add(&model, &batch, chosen[300 * fork + i]);
        count_close(&batch);
        check_table(&model);
    }
    assert_int_equal(slots(), 1024);
    count_expected(300);
    count_expected(300);
    assert_true(count_expect(40, 0));
    count_expected(40);
    model_end(&model);
}

// Reservations fail at random while frames are shared and given up at random.
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
            frame_shim_fail_after(random_below(3));
            if (random_below(100) < (round / 300 % 2 ? 30u : 80u))
                failures += !model_fork(&model, frames, 40);
            else
                model_unshare(&model, frames, 40);
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

// More than 40 GiB, of a machine that has 64.
static void row10_eleven_million_frames(void **state)
{
    (void)state;
    const size_t n = 11000000;
    struct count_batch batch;
    frame_shim_be_large(1 << 17);
    assert_true(count_init(FIRST, 1 << 24));
    assert_true(count_expect(n, 0));
    count_open(&batch, n);
    for (size_t i = 0; i < n; i++)
        count_add(&batch, FIRST + i);
    count_close(&batch);
    count_expected(n);
    assert_int_equal(count_table.entries, n);
    for (size_t i = 0; i <= n; i += n / 1000)
        assert_int_equal(count_owners(FIRST + i), i < n ? 2 : 1);
}

// All that the kernel maps, 255 GiB, wherever it lies below 16 TiB; and no machine that has frames
// behind that.
static void row10_all_of_255_gib(void **state)
{
    (void)state;
    const size_t all = 255ul << 18;
    const pfn_t end = 1ul << 32;
    struct count_batch batch;
    frame_shim_be_large(1 << 19);
    assert_true(count_init(end - all, all));
    assert_true(count_expect(all, 0));
    assert_true(count_expect(all, 0)); // there are no more frames than that
    count_open(&batch, 1000);
    for (size_t i = 1; i <= 1000; i++)
        count_add(&batch, end - i);
    count_close(&batch);
    for (size_t i = 1; i <= 1001; i++)
        assert_int_equal(count_owners(end - i), i <= 1000 ? 2 : 1);
    assert_true(slots() / 8 * 5 >= all);
    assert_false(count_init(end - all + 1, all));
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
    for (size_t i = 0; i < n; i++) // each can double the table once
        model_share(&model, &chosen[i], 1);
    assert_true(slots() >= 1 << 18);
    pfn_t other = FIRST + 12345;
    clock_t start = clock();
    for (int round = 0; round < 2000; round++) {
        model_share(&model, &other, 1);
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
        cmocka_unit_test(row14_no_memory_for_a_first_fork),
        cmocka_unit_test(row14_no_memory_for_a_later_fork),
        cmocka_unit_test(row14_frames_for_other_things),
        cmocka_unit_test(row14_no_memory_for_the_worst_frames),
        cmocka_unit_test(row10_eleven_million_frames),
        cmocka_unit_test(row10_all_of_255_gib),
        cmocka_unit_test(full_memory),
        cmocka_unit_test(forks_side_by_side),
        cmocka_unit_test(random_changes_with_little_memory),
        cmocka_unit_test(little_work_beside_frames_that_keep_a_table_large),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("count_hash", tests, 0, 0);
}
