/* Signed tokens: the example of RFC 7515, A.1; what is refused, and why. */
#include "base/file.h"
#include "base/sha256.h"
#include "serve/base64.h"
#include "serve/keys.h"
#include "serve/token.h"
#include "support/folder.h"

#define NOW 1300819000
static const char secret[] = "0123456789abcdef0123456789abcdef";

static token_keys *open_with(const char *bytes, size_t size, const access_options *more) {
    mica_error err = {0};
    token_keys *k = NULL;
    access_options o = more ? *more : (access_options){0};
    o.jwt_secret = in_folder("secret");
    FILE *f = fopen(o.jwt_secret, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
    ASSERT_OK(tokens_open(&o, &k, &err));
    return k;
}

/* base64 for URLs, without padding. */
static char *encode(char *out, const void *bytes, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *b = bytes;
    for (size_t bit = 0; bit < size * 8; bit += 6) {
        const unsigned two = (unsigned)b[bit / 8] << 8 | (bit / 8 + 1 < size ? b[bit / 8 + 1] : 0);
        *out++ = letters[two >> (10 - bit % 8) & 63];
    }
    *out = 0;
    return out;
}

static const char *make(const char *head, const char *claims) {
    static char text[4096];
    unsigned char digest[32];
    char *at = encode(text, head, strlen(head));
    *at++ = '.';
    at = encode(at, claims, strlen(claims));
    hmac_sha256(secret, 32, text, (size_t)(at - text), digest);
    *at++ = '.';
    encode(at, digest, 32);
    return text;
}

TEST(a_token_of_the_rfc_holds) {
    static const char of_rfc[] =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "VlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    static const char key[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
                              "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    char bytes[80];
    size_t size;
    token t;
    assert_true(base64_decode(key, strlen(key), bytes, &size));
    token_keys *k = open_with(bytes, size, &(access_options){.jwt_issuer = "joe"});
    assert_null(token_read(k, of_rfc, NOW, &t));
    assert_non_null(strstr(token_read(k, of_rfc, NOW + 3600, &t), "expired"));
    tokens_close(k);
    k = open_with(bytes, size, &(access_options){.jwt_issuer = "jane"});
    assert_non_null(strstr(token_read(k, of_rfc, NOW, &t), "issuer"));
    tokens_close(k);
    bytes[0] ^= 1;
    k = open_with(bytes, size, NULL);
    assert_non_null(strstr(token_read(k, of_rfc, NOW, &t), "signature"));
    tokens_close(k);
}

TEST(claims_say_what_a_token_is_for) {
    token t;
    token_keys *k = open_with(secret, 32, &(access_options){.jwt_audience = "here"});
    assert_null(token_read(k,
                           make("{\"alg\":\"HS256\"}",
                                "{\"sub\":\"me\",\"exp\":1300819001,\"aud\":[\"there\",\"here\"],"
                                "\"roles\":[\"metrics\",\"king\"],\"models\":[\"a\",\"b\"]}"),
                           NOW, &t));
    assert_string_equal(t.subject, "me");
    assert_int_equal(t.roles, 1u << ACTION_METRICS);
    assert_true(token_for_model(&t, "a") && token_for_model(&t, "b") && token_for_model(&t, NULL));
    assert_false(token_for_model(&t, "c") || token_for_model(&t, "*"));
    tokens_close(k);
}

TEST(tokens_that_do_not_hold_are_refused) {
    static const char head[] = "{\"alg\":\"HS256\"}";
    static const struct {
        const char *head, *claims, *why;
    } cases[] = {
        {"{\"alg\":\"none\"}", "{\"exp\":1300819999}", "signature"},
        {"{\"alg\":\"RS256\"}", "{\"exp\":1300819999}", "signature"},
        {"{}", "{\"exp\":1300819999}", "signature"},
        {"[]", "{\"exp\":1300819999}", "signature"},
        {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", "{\"exp\":1300819999}", "signature"},
        {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{\"exp\":1300819999}",
         "signature"},
        {head, "[1300819999]", "JSON Web Token"},
        {head, "{}", "no time"},
        {head, "{\"exp\":\"1300819999\"}", "no time"},
        {head, "{\"exp\":1300818900}", "expired"},
        {head, "{\"exp\":-1e300}", "expired"},
        {head, "{\"exp\":1300819999,\"nbf\":1300819900}", "not valid yet"},
        {head, "{\"exp\":1300819999,\"nbf\":null}", "not valid yet"},
    };
    token t;
    token_keys *k = open_with(secret, 32, NULL);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *why = token_read(k, make(cases[i].head, cases[i].claims), NOW, &t);
        if (!why || !strstr(why, cases[i].why))
            fail_msg("%s %s: %s", cases[i].head, cases[i].claims, why ? why : "it was taken");
    }
    static const char *const texts[] = {"",    ".",       "..",    "...",
                                        "a.b", "a.b.c.d", "=.=.=", "e30.e30."};
    for (size_t i = 0; i < LENGTH(texts); i++) assert_non_null(token_read(k, texts[i], NOW, &t));
    tokens_close(k);
}

TEST(a_short_secret_is_refused) {
    mica_error err = {0};
    token_keys *k = NULL;
    const char *path = in_folder("short");
    FILE *f = fopen(path, "wb");
    fputs("0123456789abcdef0123456789abcde\n\n", f);
    fclose(f);
    ASSERT_FAILS(tokens_open(&(access_options){.jwt_secret = path}, &k, &err), MICA_VALUE,
                 "31 bytes");
}

RUN_TESTS(UNIT(a_token_of_the_rfc_holds), UNIT(claims_say_what_a_token_is_for),
          UNIT(tokens_that_do_not_hold_are_refused), UNIT(a_short_secret_is_refused))
