/* See hash.h. Products of 128 bits are folded as Wang Yi's wyhash does it, but nothing in them is
 * known: its constants let a state become 0. */
#include "base/hash.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

uint64_t hash_key[4] = {0, 1, 0, 1};

/* Before main, and before threads. Early in a machine's start there may be no chance yet: then the
 * kernel's 16 bytes for the process do. */
__attribute__((constructor)) static void draw_key(void) {
    if (getrandom(hash_key, sizeof hash_key, GRND_NONBLOCK) != (ssize_t)sizeof hash_key) {
        const unsigned char *given = (const unsigned char *)getauxval(AT_RANDOM);
        if (given) memcpy(hash_key, given, 16), memcpy(hash_key + 2, given, 16);
        hash_key[2] = hash_word(hash_key[0]), hash_key[3] ^= hash_word(hash_key[1]);
    }
    hash_key[1] |= 1, hash_key[3] |= 1;
}
