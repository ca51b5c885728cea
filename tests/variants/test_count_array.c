// The array of reference counts.
#include "common/count_array.h"

#include "count_model.h"

static void set_extra(pfn_t pfn, uint32_t extra)
{
    count_array[pfn] = extra;
}

// FIELD row 10: the array covers the first frame and the last one, and no more memory than that.
static void row10_first_and_last_frame(void **state)
{
    (void)state;
    static const size_t spans[] = {1, 2, 1023, 1024, 1025, 1 << 20};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct model model;
        model_init(&model, FIRST, spans[i]);
        const pfn_t ends[] = {FIRST, FIRST + spans[i] - 1};
        model_share(&model, ends, 2);
        model_check_all(&model);
        model_unshare(&model, ends, 2);
        assert_in_range(count_metadata_bytes(), 4 * spans[i], 4 * spans[i] + PAGE_SIZE);
        assert_int_equal(count_metadata_peak(), count_metadata_bytes());
        model_end(&model);
    }
}

// usage: test_count_array [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TESTS_OF_EVERY_STORE,
        cmocka_unit_test(row10_first_and_last_frame),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("count_array", tests, 0, 0);
}
