/* Hashes that stay the same for ever and everywhere, of bytes: what TensorFlow's feature columns
 * and Keras's Hashing number categories by. Neither keeps secrets that need more than a key. */
#ifndef BASE_FINGERPRINT_H
#define BASE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* FarmHash's Fingerprint64 (Pike and Alakuijala, 2014). */
uint64_t fingerprint64(const void *bytes, size_t size);
/* SipHash-2-4 with a key of 128 bits (Aumasson and Bernstein, 2012). */
uint64_t siphash64(const uint64_t key[2], const void *bytes, size_t size);
/* One fingerprint of two, in that order: TensorFlow's FingerprintCat64. */
uint64_t fingerprint_join(uint64_t first, uint64_t second);

#endif
