/* Pseudonyms, masks, coarser values, k-anonymity and l-diversity. */
#include "base/sha256.h"
#include "transform/protect.h"

#include "support/in_context.h"

static void expect_hmac(const char *key, size_t key_size, const char *value, size_t size,
                        const char *hex) {
    unsigned char digest[32];
    char text[65];
    hmac_sha256(key, key_size, value, size, digest);
    for (int i = 0; i < 32; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, hex);
}

TEST(hmac_is_that_of_rfc_4231) {
    char key[131], data[50];
    memset(key, 0x0b, 20);
    expect_hmac(key, 20, "Hi There", 8,
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    expect_hmac("Jefe", 4, "what do ya want for nothing?", 28,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, 131);
    memset(data, 0xdd, 50);
    expect_hmac(key, 20, data, 50,
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    expect_hmac(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(pseudonyms_depend_on_key_domain_and_value_alone) {
    char a[65], b[65];
    pseudonym("key", 3, "name", "Ann", 3, 16, a);
    pseudonym("key", 3, "name", "Ann", 3, 16, b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 16);
    pseudonym("kez", 3, "name", "Ann", 3, 16, b);
    assert_string_not_equal(a, b);
    pseudonym("key", 3, "nam", "eAnn", 4, 16, b);
    assert_string_not_equal(a, b);
    pseudonym("key", 3, "name", "Anna", 4, 16, b);
    assert_string_not_equal(a, b);
    unsigned char digest[32];
    char hex[17];
    hmac_sha256("key", 3, "name\0Ann", 8, digest);
    for (int i = 0; i < 8; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(a, hex);
}

static void expect_text(char *made, const char *expected) {
    assert_string_equal(made, expected);
    free(made);
}

TEST(masks_keep_what_they_are_told_to) {
    expect_text(mask_text("4111-1111-1111-1111", 19, 0, 4, true), "****-****-****-1111");
    expect_text(mask_text("王小明", 9, 1, 0, false), "王**");
    expect_text(mask_text("abc", 3, 2, 1, false), "***"); /* nothing would be hidden */
    expect_text(mask_text("", 0, 1, 1, false), "");
    expect_text(mask_text("\xe7\x8e", 2, 1, 0, false), "\xe7*"); /* broken UTF-8: bytes */
    expect_text(keep_prefix("10115", 5, 2), "10***");
    expect_text(keep_prefix("北京", 6, 5), "北京");
}

TEST(values_become_ranges_and_months) {
    char out[64];
    range_text(27, 10, 0, true, out), assert_string_equal(out, "20-29");
    range_text(-3, 10, 0, true, out), assert_string_equal(out, "-10--1");
    range_text(30, 10, 5, true, out), assert_string_equal(out, "25-34");
    range_text(1.7, 0.5, 0, false, out), assert_string_equal(out, "[1.5, 2)");
    range_text(NAN, 10, 0, false, out), assert_string_equal(out, "");
    range_text(3, 0, 0, true, out), assert_string_equal(out, "");
    range_text(1234567.5, 5, 0, false, out), assert_string_equal(out, "[1234565, 1234570)");
    coarse_date(1709164800000000, UNIT_MONTH, out), assert_string_equal(out, "2024-02");
    coarse_date(1709164800000000, UNIT_QUARTER, out), assert_string_equal(out, "2024-Q1");
    coarse_date(-1, UNIT_YEAR, out), assert_string_equal(out, "1969");
    coarse_date(INT64_MIN, UNIT_YEAR, out), assert_string_equal(out, "");
}

TEST(a_range_has_one_name_and_holds_its_numbers) {
    char out[64], next[64];
    range_text(7, 5, 0, false, out), range_text(7.5, 5, 0, false, next);
    assert_string_equal(out, "[5, 10)"); /* 7 among numbers with a fraction */
    assert_string_equal(next, out);
    range_text(0.3, 0.1, 0, false, out), assert_string_equal(out, "[0.3, 0.4)");
    range_text(0.7, 0.1, 0, false, out), assert_string_equal(out, "[0.7, 0.8)");
    range_text(0.299, 0.1, 0, false, out), assert_string_equal(out, "[0.2, 0.3)");
    range_text(9e15, 10, 0, true, out);
    assert_string_equal(out, "9000000000000000-9000000000000009");
}

TEST(k_and_l_are_those_of_the_smallest_groups) {
    /* groups: (1, 0) x 3, (1, 1) x 2, (0, 1) x 2, (3, 0) x 1 */
    const uint32_t age[] = {1, 1, 1, 1, 1, 0, 0, 3}, place[] = {0, 0, 0, 1, 1, 1, 1, 0},
                   illness[] = {5, 6, 5, 7, 7, 5, 8, 5};
    const uint32_t *columns[] = {age, place}, *sensitive[] = {illness};
    likeness k;
    ASSERT_OK(likeness_open(&k, 2, 1, &err));
    assert_int_equal(likeness_measure(&k, 3, 0).k, 0);
    ASSERT_OK(likeness_add(&k, columns, sensitive, 7, &err));
    anonymity a = likeness_measure(&k, 3, 0);
    assert_int_equal(a.k, 2);
    assert_int_equal(a.groups, 3);
    assert_int_equal(a.exposed, 4);
    assert_int_equal(a.l, 1);       /* (1, 1) has one illness */
    a = likeness_measure(&k, 3, 3); /* without the rows that are too few alike */
    assert_int_equal(a.k, 3);
    assert_int_equal(a.exposed, 0);
    assert_int_equal(a.l, 2);
    const uint32_t *rest[] = {age + 7, place + 7}, *ill[] = {illness + 7};
    ASSERT_OK(likeness_add(&k, rest, ill, 1, &err));
    a = likeness_measure(&k, 2, 0);
    assert_int_equal(a.k, 1);
    assert_int_equal(a.exposed, 1);
    likeness_close(&k);
    ASSERT_OK(likeness_open(&k, 0, 1, &err)); /* all are alike */
    ASSERT_OK(likeness_add(&k, NULL, sensitive, 8, &err));
    a = likeness_measure(&k, 2, 0);
    assert_int_equal(a.k, 8);
    assert_int_equal(a.l, 4);
    likeness_close(&k);
}

TEST(rows_that_were_not_measured_are_told) {
    const uint32_t age[] = {1, 1, 2, 2, 2, 3}, ill[] = {5, 6, 5, 5, 7, 5};
    const uint32_t *columns[] = {age}, *sensitive[] = {ill};
    uint32_t group[6];
    likeness k;
    ASSERT_OK(likeness_open(&k, 1, 1, &err));
    ASSERT_OK(likeness_add(&k, columns, sensitive, 5, &err));
    assert_false(likeness_complete(&k));
    const uint32_t *later[] = {age + 2}, *ill_later[] = {ill + 2};
    ASSERT_OK(likeness_again(&k, later, ill_later, 3, group, &err));
    for (int i = 0; i < 3; i++) assert_int_equal(k.rows_of[group[i]], 3);
    assert_false(likeness_complete(&k)); /* the group of 1 is lacking */
    ASSERT_OK(likeness_again(&k, columns, sensitive, 2, group, &err));
    assert_true(likeness_complete(&k));
    ASSERT_FAILS(likeness_again(&k, columns, sensitive, 1, group, &err), MICA_IO,
                 "rows changed after k-anonymity was measured"); /* one too many of its group */
    likeness_close(&k);

    ASSERT_OK(likeness_open(&k, 1, 1, &err));
    ASSERT_OK(likeness_add(&k, columns, sensitive, 5, &err));
    const uint32_t *other[] = {age + 5}, *well[] = {ill + 1};
    ASSERT_FAILS(likeness_again(&k, other, sensitive, 1, group, &err), MICA_IO, "rows changed");
    ASSERT_FAILS(likeness_again(&k, later, well, 1, group, &err), MICA_IO, "rows changed");
    const uint32_t same[] = {1, 1, 2, 2, 2}, fewer[] = {5, 5, 5, 5, 7};
    const uint32_t *as_many[] = {same}, *alike_ill[] = {fewer}; /* groups agree, l does not */
    ASSERT_OK(likeness_again(&k, as_many, alike_ill, 5, group, &err));
    assert_false(likeness_complete(&k));
    likeness_close(&k);
}

RUN_TESTS(IN_CONTEXT(hmac_is_that_of_rfc_4231),
          IN_CONTEXT(pseudonyms_depend_on_key_domain_and_value_alone),
          IN_CONTEXT(masks_keep_what_they_are_told_to), IN_CONTEXT(values_become_ranges_and_months),
          IN_CONTEXT(a_range_has_one_name_and_holds_its_numbers),
          IN_CONTEXT(k_and_l_are_those_of_the_smallest_groups),
          IN_CONTEXT(rows_that_were_not_measured_are_told))
