/* What segment_sum and segment_max share: rows of x, numbered by ids, become `count` rows. */
#ifndef OP_SEGMENT_H
#define OP_SEGMENT_H

#include "op/array.h"

typedef struct segment_attrs {
    int64_t count;
} segment_attrs;

extern const field segment_fields[];

/* x (N, …), ids (N) integers: y (count, …). */
mica_status segment_shape(shape_frame *f);
/* The segment of row i, -1: none. */
int64_t segment_of(const kernel_call *c, int64_t i);
/* Row ids[i] of t (count, …) for every i: (N, …), zeros where the id is none. */
mica_tensor *segment_rows(mica_tensor *t, mica_tensor *ids, int64_t count);
bool segment_samples(int number, sample *s, bool distinct);

#endif
