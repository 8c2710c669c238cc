/* The twins of the random loops against Philox itself. */
#include "backend/cpu/random.h"
#include "base/philox.h"

#include "support/testing.h"

#include <stdlib.h>

static void compare(const random_table *table, uint64_t first, int64_t blocks, uint32_t limit) {
    const uint64_t key = 0x123456789abcdef0u, counter = 0xfedcba9876543210u;
    float y[4 * 40];
    table->bernoulli(key, counter, first, blocks, limit, 1.25f, y);
    for (int64_t b = 0; b < blocks; b++) {
        philox4 r = philox(key, counter, first + (uint64_t)b);
        for (int k = 0; k < 4; k++) assert_true(y[4 * b + k] == (r.v[k] >> 8 < limit ? 1.25f : 0));
    }
}

TEST(bernoulli_of_every_twin_has_the_bits_of_philox) {
    for (int set = ISA_BASELINE; set <= (int)isa_best(); set++) {
        const random_table *table = ISA_CHOOSE(randoms, (isa)set);
        for (int64_t blocks = 0; blocks <= 40; blocks++) compare(table, 7, blocks, 1u << 23);
        compare(table, 0xfffffff0u, 40, 0x600000); /* where the upper half of the number changes */
        compare(table, 0, 40, 0);
        compare(table, 0, 40, 1u << 24);
    }
}

/* Values from 2 to 4, where floats lie 2.4e-7 apart, and blocks beyond the vectors' end. */
static void compare_normal(const random_table *table, uint64_t first, int64_t blocks) {
    const uint64_t key = 0x123456789abcdef0u, counter = 0xfedcba9876543210u;
    float *y = malloc((size_t)(4 * blocks + 1) * sizeof *y);
    assert_non_null(y);
    y[4 * blocks] = 42;
    int64_t made = table->normal(key, counter, first, blocks, 3, 0.125, y);
    assert_in_range(blocks - made, 0, 7);
    for (int64_t b = 0; b < made; b++) {
        double z[4];
        philox_normal(key, counter, first + (uint64_t)b, z);
        for (int k = 0; k < 4; k++) z[k] = 3 + 0.125 * z[k];
        ASSERT_CLOSE(y + 4 * b, z, 4, 1.3e-7);
    }
    assert_true(y[4 * blocks] == 42);
    free(y);
}

TEST(normal_values_of_every_twin_are_those_of_philox) {
    for (int set = ISA_BASELINE; set <= (int)isa_best(); set++) {
        const random_table *table = ISA_CHOOSE(randoms, (isa)set);
        for (int64_t blocks = 0; blocks <= 40; blocks++) compare_normal(table, 7, blocks);
        compare_normal(table, 0xfffffff0u, 4000);
    }
}

RUN_TESTS(UNIT(bernoulli_of_every_twin_has_the_bits_of_philox),
          UNIT(normal_values_of_every_twin_are_those_of_philox))
