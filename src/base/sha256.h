/* SHA-256 (FIPS 180-4), for fingerprints of data and checksums of files. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha256 {
    uint32_t state[8];
    uint64_t bytes; /* so far */
    unsigned char block[64];
} sha256;

void sha256_begin(sha256 *h);
void sha256_add(sha256 *h, const void *bytes, size_t count);
/* The digest; h is begun anew. */
void sha256_end(sha256 *h, unsigned char digest[32]);
/* The same in 64 hexadecimal letters and a NUL. */
void sha256_end_hex(sha256 *h, char text[65]);
void sha256_hex(const unsigned char digest[32], char text[65]);

/* HMAC-SHA256 by a key. Between begin and end, sha256_add to `inner`. Source: RFC 2104, FIPS 198-1.
 */
typedef struct hmac {
    sha256 inner, outer;
} hmac;

void hmac_begin(hmac *h, const void *key, size_t size);
void hmac_end(hmac *h, unsigned char digest[32]);
void hmac_sha256(const void *key, size_t key_size, const void *value, size_t size,
                 unsigned char digest[32]);

#endif
