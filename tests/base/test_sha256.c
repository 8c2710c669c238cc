#include "base/sha256.h"

#include "support/testing.h"

static void expect(const void *bytes, size_t count, const char *hex) {
    sha256 h;
    char text[65];
    sha256_begin(&h);
    sha256_add(&h, bytes, count);
    sha256_end_hex(&h, text);
    assert_string_equal(text, hex);
}

/* NIST's examples of FIPS 180-4. */
TEST(sha256_equals_the_known_answers) {
    expect("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect(two, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    expect(million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

TEST(sha256_does_not_depend_on_the_pieces) {
    unsigned char bytes[300];
    char whole[65], pieces[65];
    sha256 h;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        sha256_begin(&h);
        sha256_add(&h, bytes, n);
        sha256_add(&h, NULL, 0);
        sha256_end_hex(&h, whole);
        for (size_t at = 0, step = 1; at < n; at += step, step = step * 2 % 61 + 1)
            sha256_add(&h, bytes + at, step < n - at ? step : n - at);
        sha256_end_hex(&h, pieces);
        assert_string_equal(whole, pieces);
    }
}

RUN_TESTS(UNIT(sha256_equals_the_known_answers), UNIT(sha256_does_not_depend_on_the_pieces))
