/* The most frequent values of a column whose keys are counted in rounds (key_counts.h): of values
 * that come equally often those that come first. Where a value's first row is, the rows themselves
 * tell: once a round is over it is known how many values of it may count, and they are looked for.
 */
#ifndef TRANSFORM_FREQUENT_H
#define TRANSFORM_FREQUENT_H

#include "transform/key_counts.h"

typedef struct frequent_value {
    char *text; /* NULL: none was asked for */
    uint64_t key;
    int64_t count, row; /* row: its first */
} frequent_value;

typedef struct frequent_values {
    int most, count;
    frequent_value *value; /* in their order; behind them those of this round */
    int found;
    int64_t least;   /* what comes more seldom is none of them */
    int more, alike; /* of this round: values that come more often than that, and that often */
} frequent_values;

/* False: no memory. */
bool frequent_open(frequent_values *f, int most);
void frequent_free(frequent_values *f); /* also of zeroes */
/* All keys of a round. False: no memory. */
bool frequent_begin(frequent_values *f, const counted_key *keys, size_t count);
/* Whether values of the round may still come, from that row on. */
bool frequent_waits(const frequent_values *f, int64_t row);
/* Whether a key of the round that comes so often is one, and was not found yet. */
bool frequent_wants(const frequent_values *f, uint64_t key, int64_t count);
/* One that is wanted, in the order of the rows; the text is taken. */
void frequent_add(frequent_values *f, frequent_value value);
/* Those of the round take their places. */
void frequent_end(frequent_values *f);

#endif
