/* Philox: see philox.h. */
#include "base/philox.h"

#include <math.h>

static uint64_t mix(uint64_t x) { /* splitmix64's finaliser */
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

uint64_t philox_key(uint64_t seed, const char *purpose) {
    uint64_t key = mix(seed + 0x9E3779B97F4A7C15u);
    for (; *purpose; purpose++) key = mix(key ^ (unsigned char)*purpose) + 0x9E3779B97F4A7C15u;
    return key;
}

uint64_t philox_below(uint64_t key, uint64_t counter, uint64_t index, uint64_t bound) {
    philox4 r = philox(key, counter, index);
    uint64_t bits = (uint64_t)r.v[0] << 32 | r.v[1];
    return (uint64_t)((unsigned __int128)bits * bound >> 64);
}

void philox_normal(uint64_t key, uint64_t counter, uint64_t block, double out[4]) {
    philox4 r = philox(key, counter, block);
    for (int i = 0; i < 4; i += 2) {
        double radius = sqrt(-2 * log((double)philox_unit_open(r.v[i])));
        double angle = 6.283185307179586 * (double)philox_unit(r.v[i + 1]);
        out[i] = radius * cos(angle);
        out[i + 1] = radius * sin(angle);
    }
}

void philox_shuffle(uint64_t key, uint64_t counter, uint32_t *order, size_t n) {
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)philox_below(key, counter, i, i);
        uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
