/* Texts and how often they came. */
#include "base/tally.h"

#include "support/testing.h"

TEST(equal_texts_are_one_entry) {
    tally t = {0};
    const char *const words[] = {"b", "a", "b", "", "a\0c", "b"};
    const size_t lengths[] = {1, 1, 1, 0, 3, 1};
    for (int i = 0; i < 6; i++) tally_entry(&t, words[i], lengths[i])->count++;
    assert_int_equal(t.count, 4);
    assert_int_equal(tally_entry(&t, "b", 1)->count, 3);
    assert_int_equal(tally_entry(&t, "a\0c", 3)->count, 1);
    tally_free(&t);
    assert_int_equal(t.count, 0);
}

TEST(orders_are_by_count_and_by_bytes) {
    tallied x[] = {{"b", 1, 2, 0}, {"a", 1, 2, 0}, {"ab", 2, 5, 0}, {"", 0, 1, 0}};
    qsort(x, 4, sizeof *x, tally_by_count);
    assert_string_equal(x[0].text, "ab");
    assert_string_equal(x[1].text, "a");
    assert_string_equal(x[2].text, "b");
    qsort(x, 4, sizeof *x, tally_by_text);
    assert_string_equal(x[0].text, "");
    assert_string_equal(x[1].text, "a");
    assert_string_equal(x[2].text, "ab");
}

RUN_TESTS(UNIT(equal_texts_are_one_entry), UNIT(orders_are_by_count_and_by_bytes))
