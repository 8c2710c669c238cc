/* Signed tokens: any text is refused or holds; what a signer wrote is read whatever it says. */
#include "base/sha256.h"
#include "serve/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "0123456789abcdef0123456789abcdef";

static token_keys *open_keys(void) {
    static token_keys *keys;
    char path[] = "/tmp/mica_fuzz_XXXXXX";
    const int fd = keys ? -1 : mkstemp(path);
    if (fd < 0) return keys;
    if (write(fd, secret, sizeof secret - 1) == sizeof secret - 1)
        tokens_open(&(access_options){.jwt_secret = path}, &keys, NULL);
    close(fd);
    unlink(path);
    return keys;
}

static char *encode(char *out, const uint8_t *bytes, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t bit = 0; bit < size * 8; bit += 6) {
        const unsigned two = (unsigned)bytes[bit / 8] << 8 |
                             (bit / 8 + 1 < size ? bytes[bit / 8 + 1] : 0);
        *out++ = letters[two >> (10 - bit % 8) & 63];
    }
    return out;
}

static void look(const token_keys *keys, const char *text) {
    token t;
    if (token_read(keys, text, 1000, &t)) return;
    if (!memchr(t.subject, 0, sizeof t.subject) || t.model_count > TOKEN_MODELS) abort();
    token_for_model(&t, "m");
}

/* The claims, signed as they are. */
static void look_signed(const token_keys *keys, const uint8_t *claims, size_t size) {
    static const uint8_t head[] = "{\"alg\":\"HS256\"}";
    unsigned char digest[32];
    char *text = malloc(2 * size + 200), *at = text;
    if (!text) return;
    at = encode(at, head, sizeof head - 1);
    *at++ = '.';
    at = encode(at, claims, size);
    hmac_sha256(secret, sizeof secret - 1, text, (size_t)(at - text), digest);
    *at++ = '.';
    *encode(at, digest, sizeof digest) = 0;
    look(keys, text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const token_keys *keys = open_keys();
    char *text = keys ? malloc(size + 1) : NULL;
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    look(keys, text);
    free(text);
    look_signed(keys, data, size);
    return 0;
}
