#include "base/hash.h"

#include "base/index.h"
#include "base/numbering.h"
#include "support/testing.h"
#include "table/dictionary.h"

#include <string.h>

enum { COUNT = 1 << 16 };

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The most that fall into one of 2^16 places. */
static int most_in_a_place(uint64_t *hash, int shift) {
    int most = 0, run = 0;
    for (int i = 0; i < COUNT; i++) hash[i] = hash[i] >> shift & (COUNT - 1);
    qsort(hash, COUNT, sizeof *hash, by_value);
    for (int i = 0; i < COUNT; i++) {
        run = i && hash[i] == hash[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}

/* 30 and more of 2^16 in one of as many places come by chance once in 10^27 times. */
static void expect_spread(uint64_t *hash, const char *what) {
    static uint64_t copy[COUNT];
    for (int shift = 0; shift <= 48; shift += 16) {
        memcpy(copy, hash, sizeof copy);
        int most = most_in_a_place(copy, shift);
        if (most >= 30) fail_msg("%s: %d in one place of bits %d …", what, most, shift);
    }
}

/* What multiplying by a constant brings together: multiples of powers of two, its inverse's. */
TEST(words_are_spread_whichever_they_are) {
    static const uint64_t factors[] = {
        1, 1 << 16, UINT64_C(1) << 32, UINT64_C(1) << 48, 0xD6E8FEB86659FD93u, 0xC3A5C85C97CB3127u};
    static uint64_t hash[COUNT];
    for (size_t k = 0; k < LENGTH(factors); k++) {
        for (uint64_t i = 0; i < COUNT; i++) hash[i] = hash_word(i * factors[k]);
        expect_spread(hash, "words");
    }
}

/* Texts of 24 bytes whose middle cancels the state that a known key would have made of the first:
 * all of them had one hash, whatever came before. */
static void put_collision(char *at, uint64_t first) {
    unsigned __int128 p = (unsigned __int128)(0xA0761D6478BD642Fu ^ 24 ^ first) *
                          0xE7037ED1A0B428DBu;
    uint64_t state = (uint64_t)p ^ (uint64_t)(p >> 64);
    memcpy(at, &first, 8), memcpy(at + 8, &state, 8), memset(at + 16, 'x', 8);
}

TEST(texts_are_spread_whichever_they_are) {
    static uint64_t whole[COUNT], hash[COUNT];
    char room[8 + 24] = {0}, *at = room + 8;
    for (uint64_t i = 0; i < COUNT; i++) {
        put_collision(at, i * 0x9E3779B97F4A7C15u);
        hash[i] = text_hash(at, 24);
        whole[i] = hash_bytes(HASH_BEGIN, at, 24);
    }
    expect_spread(hash, "texts"), expect_spread(whole, "bytes");
    for (size_t length = 3; length <= 20; length++) {
        memset(at, '0', 24);
        for (uint64_t i = 0; i < COUNT; i++) {
            at[0] = (char)i, at[length - 1] = (char)(i >> 8);
            hash[i] = text_hash(at, length);
            whole[i] = hash_bytes(HASH_BEGIN, at, length);
        }
        expect_spread(hash, "short texts"), expect_spread(whole, "short bytes");
    }
}

TEST(equal_bytes_have_equal_hashes_and_others_do_not) {
    const char bytes[] = "aaaaaaaaaaaaaaaaaaaaaaaa";
    for (size_t n = 0; n < 24; n++) {
        char copy[24];
        memcpy(copy, bytes, n);
        assert_true(hash_bytes(HASH_BEGIN, copy, n) == hash_bytes(HASH_BEGIN, bytes, n));
        for (size_t m = 0; m < n; m++)
            assert_true(hash_bytes(HASH_BEGIN, bytes, m) != hash_bytes(HASH_BEGIN, bytes, n));
        assert_true(hash_bytes(1, bytes, n) != hash_bytes(2, bytes, n));
    }
    assert_true(hash_bytes(HASH_BEGIN, "\0", 1) != hash_bytes(HASH_BEGIN, "", 0));
}

/* Of 2^20 numbers that met in one place of every table with that many. */
TEST(numbers_that_were_made_to_meet_are_numbered) {
    enum { MANY = 1 << 20 };
    numbering n = {0};
    uint64_t inverse = 1;
    for (int i = 0; i < 6; i++) inverse *= 2 - 0xD6E8FEB86659FD93u * inverse;
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t wanted = i << 32; /* after the multiplication: low half 0 once it is folded */
        wanted |= wanted >> 32;
        uint64_t value = wanted * inverse;
        assert_int_equal(numbering_of(&n, value ^ value >> 32), i);
    }
    for (uint64_t i = 0; i < 100; i++) assert_int_equal(numbering_find(&n, i | 1), NO_NUMBER);
    numbering_free(&n);
}

TEST(the_key_was_drawn) {
    assert_true(hash_key[1] & 1 && hash_key[3] & 1);
    assert_true(hash_key[0] && hash_key[1] != 1 && hash_key[2] && hash_key[3] != 1);
}

RUN_TESTS(UNIT(words_are_spread_whichever_they_are), UNIT(texts_are_spread_whichever_they_are),
          UNIT(equal_bytes_have_equal_hashes_and_others_do_not),
          UNIT(numbers_that_were_made_to_meet_are_numbered), UNIT(the_key_was_drawn))
