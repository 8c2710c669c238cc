/* Draws shared out to classes; scikit-learn's counts are in tests/batch/test_split.c. */
#include "transform/share_out.h"

#include "support/in_context.h"

#include <stdlib.h>

TEST(draws_are_shared_out_by_size_and_remainder) {
    const int64_t there[] = {50, 30, 20, 0};
    int64_t taken[4];
    ASSERT_OK(share_out(there, 4, 10, NULL, taken, &err));
    assert_memory_equal(taken, ((int64_t[]){5, 3, 2, 0}), sizeof taken);
    ASSERT_OK(share_out(there, 4, 7, NULL, taken, &err)); /* 3.5, 2.1, 1.4 */
    assert_memory_equal(taken, ((int64_t[]){4, 2, 1, 0}), sizeof taken);
    ASSERT_OK(share_out(there, 4, 100, NULL, taken, &err));
    assert_memory_equal(taken, there, sizeof taken);
    ASSERT_OK(share_out(there, 4, 0, NULL, taken, &err));
    assert_memory_equal(taken, ((int64_t[4]){0}), sizeof taken);
}

TEST(equal_remainders_go_by_lot) {
    const int64_t there[] = {5, 5, 5, 5};
    const uint32_t lot[] = {3, 1, 0, 2};
    int64_t taken[4];
    ASSERT_OK(share_out(there, 4, 6, lot, taken, &err)); /* 1.5 each */
    assert_memory_equal(taken, ((int64_t[]){1, 2, 2, 1}), sizeof taken);
    ASSERT_OK(share_out(there, 4, 6, NULL, taken, &err));
    assert_memory_equal(taken, ((int64_t[]){2, 2, 1, 1}), sizeof taken);
}

/* As many as there may be: a search for each draw would never end. */
TEST(a_million_classes_are_shared_out) {
    enum { CLASSES = 1000000 };
    int64_t *there = malloc(CLASSES * sizeof *there), *taken = malloc(CLASSES * sizeof *taken);
    int64_t sum = 0;
    for (int i = 0; i < CLASSES; i++) there[i] = 2;
    ASSERT_OK(share_out(there, CLASSES, 700000, NULL, taken, &err));
    for (int i = 0; i < CLASSES; i++) sum += taken[i] == (i < 700000);
    assert_int_equal(sum, CLASSES);
    free(there), free(taken);
}

RUN_TESTS(IN_CONTEXT(draws_are_shared_out_by_size_and_remainder),
          IN_CONTEXT(equal_remainders_go_by_lot), IN_CONTEXT(a_million_classes_are_shared_out))
