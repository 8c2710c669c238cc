#include "base/index.h"

#include "support/testing.h"

static int nth(const hash_index *x, uint64_t hash, int n) {
    size_t at = 0;
    int number = index_next(x, hash, &at);
    while (n-- > 0 && number >= 0) number = index_next(x, hash, &at);
    return number;
}

TEST(index_finds_what_was_added) {
    hash_index x = {0};
    assert_int_equal(nth(&x, 5, 0), -1);
    for (int i = 0; i < 5000; i++) assert_true(index_add(&x, (uint64_t)i * 64, i));
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(nth(&x, (uint64_t)i * 64, 0), i);
        assert_int_equal(nth(&x, (uint64_t)i * 64, 1), -1);
        assert_int_equal(nth(&x, (uint64_t)i * 64 + 1, 0), -1);
    }
    index_free(&x);
}

TEST(index_gives_equal_hashes_in_the_order_of_adding) {
    hash_index x = {0};
    for (int i = 0; i < 600; i++) assert_true(index_add(&x, (uint64_t)(i % 3), i));
    for (int n = 0; n < 200; n++)
        for (int hash = 0; hash < 3; hash++)
            assert_int_equal(nth(&x, (uint64_t)hash, n), 3 * n + hash);
    assert_int_equal(nth(&x, 1, 200), -1);
    assert_int_equal(index_newest(&x, 2), 599);
    assert_int_equal(index_newest(&x, 3), -1);
    index_free(&x);
}

RUN_TESTS(UNIT(index_finds_what_was_added), UNIT(index_gives_equal_hashes_in_the_order_of_adding))
