#include "base/philox.h"

#include "support/testing.h"

/* Random123's kat_vectors, philox4x32 10. There the counter is c[0..3], the key k[0..1]; here
 * block is c[0..1], counter c[2..3]. */
static void check_vector(const uint32_t c[4], const uint32_t k[2], const uint32_t want[4]) {
    philox4 got = philox(k[0] | (uint64_t)k[1] << 32, c[2] | (uint64_t)c[3] << 32,
                         c[0] | (uint64_t)c[1] << 32);
    for (int i = 0; i < 4; i++) assert_int_equal(got.v[i], want[i]);
}

TEST(philox_gives_the_known_answers) {
    check_vector((uint32_t[4]){0}, (uint32_t[2]){0},
                 (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    check_vector((uint32_t[]){~0u, ~0u, ~0u, ~0u}, (uint32_t[]){~0u, ~0u},
                 (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    check_vector((uint32_t[]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                 (uint32_t[]){0xa4093822, 0x299f31d0},
                 (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(units_stay_within_their_bounds) {
    assert_true(philox_unit(0) == 0 && philox_unit(~0u) < 1);
    assert_true(philox_unit_open(0) > 0 && philox_unit_open(~0u) == 1);
}

TEST(keys_differ_by_seed_and_purpose) {
    assert_true(philox_key(1, "shuffle") == philox_key(1, "shuffle"));
    assert_true(philox_key(1, "shuffle") != philox_key(2, "shuffle"));
    assert_true(philox_key(1, "a") != philox_key(1, "b"));
    assert_true(philox_key(1, "ab") != philox_key(1, "ba"));
}

TEST(below_is_within_and_even) {
    int count[10] = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t value = philox_below(7, 3, i, 10);
        assert_true(value < 10);
        count[value]++;
    }
    for (int i = 0; i < 10; i++) assert_in_range(count[i], 9600, 10400); /* 4 sigma: 380 */
}

TEST(normal_has_mean_0_variance_1_kurtosis_3) {
    double sum[5] = {0};
    const int blocks = 100000;
    for (int b = 0; b < blocks; b++) {
        double v[4];
        philox_normal(42, 0, (uint64_t)b, v);
        for (int i = 0; i < 4; i++) sum[1] += v[i], sum[2] += v[i] * v[i], sum[4] += pow(v[i], 4);
    }
    for (int i = 1; i < 5; i++) sum[i] /= 4.0 * blocks;
    assert_true(fabs(sum[1]) < 0.007 && fabs(sum[2] - 1) < 0.01 && fabs(sum[4] - 3) < 0.07);
}

TEST(shuffle_is_a_permutation_that_depends_on_key_and_counter) {
    uint32_t a[100], b[100], seen[100] = {0};
    philox_shuffle(5, 1, a, 100);
    for (int i = 0; i < 100; i++) seen[a[i]]++;
    for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
    philox_shuffle(5, 1, b, 100);
    assert_memory_equal(a, b, sizeof a);
    philox_shuffle(5, 2, b, 100);
    assert_memory_not_equal(a, b, sizeof a);
    philox_shuffle(6, 1, b, 100);
    assert_memory_not_equal(a, b, sizeof a);
}

RUN_TESTS(UNIT(philox_gives_the_known_answers), UNIT(units_stay_within_their_bounds),
          UNIT(keys_differ_by_seed_and_purpose), UNIT(below_is_within_and_even),
          UNIT(normal_has_mean_0_variance_1_kurtosis_3),
          UNIT(shuffle_is_a_permutation_that_depends_on_key_and_counter))
