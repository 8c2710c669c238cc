/* The twins of the random loops against Philox itself. */
#include "backend/cpu/random.h"
#include "base/philox.h"

#include "support/testing.h"

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

RUN_TESTS(UNIT(bernoulli_of_every_twin_has_the_bits_of_philox))
