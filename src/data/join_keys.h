/* Equal keys of two tables: rows numbered such that equal keys have one number. */
#ifndef DATA_JOIN_KEYS_H
#define DATA_JOIN_KEYS_H

#include "table/edit.h"

typedef struct join_keys {
    uint32_t *left, *right; /* of each row; NO_KEY where it equals none */
    int64_t count;
} join_keys;
#define NO_KEY UINT32_MAX

/* Columns left_on[i] and right_on[i] are compared. missing_apart: a key with a missing cell equals
 * none. Errors: TYPE where columns cannot be equal. */
mica_status join_keys_of(const mica_table *left, const int *left_on, const mica_table *right,
                         const int *right_on, int count, bool missing_apart, join_keys *out,
                         mica_error *err);
void join_keys_free(join_keys *k);

/* -1, 0, 1: how the cells of two rows, each of the left or right table, compare; missing last. */
typedef struct join_cell {
    const mica_table *t;
    int column;
    int64_t row;
} join_cell;
int join_compare(join_cell a, join_cell b);

#endif
