/* The different keys of a stream and how often each comes, in rising order and in bounded memory:
 * where there are more of them than may be kept, those below a limit are, and the stream is gone
 * through again for the next ones. One such turn is a round. */
#ifndef TRANSFORM_KEY_COUNTS_H
#define TRANSFORM_KEY_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct counted_key {
    uint64_t key, count;
} counted_key;

/* Zero-initialised, but for `most`, is ready for the first round. */
typedef struct key_counts {
    size_t most; /* different keys that are kept in a round */
    uint64_t from, until;
    uint64_t least, greatest; /* of all keys that came, of whichever round */
    bool any;
    bool cut; /* keys from `until` on wait for the next round */
    struct key_run {
        counted_key *keys;
        size_t count;
    } * runs; /* sorted, the later the shorter */
    size_t run_room;
    int run_count;
} key_counts;

/* Adds keys, whose order is lost; `spare` has as much room. Those of other rounds are left out.
 * False: no memory. */
bool key_counts_add(key_counts *k, uint64_t *keys, uint64_t *spare, size_t count);
/* The end of a round: all of its keys. False: no memory. */
bool key_counts_end(key_counts *k, const counted_key **keys, size_t *count);
/* The next round, if there is one. */
bool key_counts_next(key_counts *k);
/* From the first round on again. */
void key_counts_again(key_counts *k);
/* Of a key of the round that was ended last; 0: it is none. */
uint64_t key_counts_of(const key_counts *k, uint64_t key);

/* Keys that have the order of numbers. */
static inline uint64_t key_of_integer(int64_t v) { return (uint64_t)v ^ (UINT64_C(1) << 63); }
static inline int64_t integer_of_key(uint64_t key) { return (int64_t)(key ^ UINT64_C(1) << 63); }
static inline uint64_t key_of_real(double v) {
    uint64_t bits;
    v += 0.0; /* -0 is 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}
static inline double real_of_key(uint64_t key) {
    double v;
    key = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    memcpy(&v, &key, sizeof v);
    return v;
}

#endif
