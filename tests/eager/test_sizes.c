/* Results that no memory holds are refused by their shapes, before anything is computed. */
#include "mica/mica.h"
#include "support/in_context.h"
#include "support/testing.h"

#define HUGE_COUNT ((int64_t)1 << 40)

static mica_tensor *x;

static void is_refused(const mica_tensor *y, const char *text) {
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, text);
    assert_true(isnan(mica_tensor_item(y)));
}

TEST(results_larger_than_any_memory_are_refused) {
    x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *i = mica_full(ctx, MICA_INT32, MICA_SHAPE(2), 1);
    int64_t counts[] = {HUGE_COUNT, HUGE_COUNT}, none[] = {0, 0}, much[] = {INT64_MAX - 2, 0};
    is_refused(mica_tile(x, counts, 2), "tile");
    is_refused(mica_repeat(x, INT64_MAX / 2 + 1, 0), "repeat");
    is_refused(mica_repeat(x, INT64_MAX / 7, 1), "larger than any memory");
    is_refused(mica_broadcast_to(x, MICA_SHAPE(HUGE_COUNT, HUGE_COUNT, 2, 3)), "broadcast_to");
    is_refused(mica_one_hot(i, INT64_MAX / 2, MICA_FLOAT32), "one_hot");
    is_refused(mica_pad(x, 1, none, much, MICA_PAD_CONSTANT, 0), "pad");
    is_refused(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(HUGE_COUNT, HUGE_COUNT), 0), "shape");
    is_refused(mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(HUGE_COUNT, HUGE_COUNT), 0, 1),
               "random_normal");
    is_refused(mica_eye(ctx, MICA_FLOAT32, HUGE_COUNT, HUGE_COUNT, 0), "shape");
}

TEST(a_result_larger_than_the_memory_there_is_is_refused) {
    x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tile(x, (int64_t[]){1000000, 1000000}, 2); /* 24 TB */
    ASSERT_FAILS(mica_check(ctx, &err), MICA_MEMORY, "24000000000000 bytes");
    mica_arange(ctx, MICA_FLOAT32, 0, 1e12, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_MEMORY, "8000000000000 bytes");
}

TEST(a_shape_is_filled_with_one_number) {
    double zeros[35], sevens[35], expected[35] = {0};
    ASSERT_OK(mica_tensor_read(mica_zeros(ctx, MICA_FLOAT64, MICA_SHAPE(5, 7)), MICA_FLOAT64, zeros,
                               sizeof zeros, &err));
    assert_memory_equal(zeros, expected, sizeof zeros);
    ASSERT_OK(mica_tensor_read(mica_full(ctx, MICA_INT32, MICA_SHAPE(5, 7), 7), MICA_FLOAT64,
                               sevens, sizeof sevens, &err));
    for (int i = 0; i < 35; i++) assert_true(sevens[i] == 7);
    assert_true(mica_tensor_item(mica_ones(ctx, MICA_BFLOAT16, MICA_SCALAR)) == 1);
}

RUN_TESTS(IN_CONTEXT(a_shape_is_filled_with_one_number),
          IN_CONTEXT(a_result_larger_than_the_memory_there_is_is_refused),
          IN_CONTEXT(results_larger_than_any_memory_are_refused))
