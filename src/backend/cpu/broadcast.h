/* Operands of an elementwise program that are smaller than what it makes: repeated over a block. */
#ifndef BACKEND_CPU_BROADCAST_H
#define BACKEND_CPU_BROADCAST_H

#include "tensor/tensor.h"

typedef struct broadcast {
    size_t size;
    bool full;      /* read where it lies */
    bool repeats;   /* all blocks see the same elements: a scalar, a row that divides a block */
    int64_t period; /* of a row, else 0 */
    int64_t unit;   /* of a row that is another one further on, else 0 */
    int rank;       /* of its collapsed dims, innermost first */
    int64_t extent[MAX_RANK], stride[MAX_RANK];
} broadcast;

/* What a buffer holds that more blocks than one may see: `count` elements from the place `at` of
 * the input; 0: nothing that is the same again. Zeroed before its first use. */
typedef struct broadcast_held {
    int64_t at, count;
} broadcast_held;

/* How an input of shape `own` is repeated over `whole`: neighbouring dims of one kind together. */
void broadcast_plan(broadcast *in, const shape *own, const shape *whole);
/* Elements begin … begin + n, put into the buffer where it does not hold them already. */
void broadcast_put(const broadcast *in, const char *data, int64_t begin, int64_t n,
                   broadcast_held *held, unsigned char *buffer);
/* n times the value of that size. */
void broadcast_fill(unsigned char *out, const void *value, size_t size, int64_t n);

#endif
