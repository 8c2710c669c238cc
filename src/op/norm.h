/* What the batch normalisation ops share: attributes, and per-channel arithmetic for their rules.
 * Parameters and statistics have shape (C), C the extent of `axis` of x. */
#ifndef OP_NORM_H
#define OP_NORM_H

#include "op/array.h"

typedef struct batch_norm_attrs {
    double epsilon;
    int64_t axis; /* negative counts from the end */
} batch_norm_attrs;

extern const field batch_norm_fields[];

/* Checks attributes, x, and the parameters in[first] … in[last]: one dtype, shape (C). */
mica_status batch_norm_check(shape_frame *f, const operand *x, int first, int last);

/* p (C) shaped so that it broadcasts against x. */
mica_tensor *per_channel(mica_tensor *p, mica_tensor *x, int64_t axis);
/* The sum of t over all axes but the channels': (C). */
mica_tensor *channel_sum(mica_tensor *t, int64_t axis);
/* How many elements of x a channel has, a scalar. */
mica_tensor *channel_size(mica_tensor *x, int64_t axis);
/* 1 / sqrt(variance + epsilon). */
mica_tensor *inverse_deviation(mica_tensor *variance, double epsilon);

/* Walking over the channels in a reference: element i of channel c of x. */
typedef struct channel_walk {
    int64_t channels, inner, count; /* count: elements of a channel */
} channel_walk;
channel_walk channel_walk_of(const shape *x, int64_t axis);
static inline int64_t channel_at(const channel_walk *w, int64_t channel, int64_t i) {
    return (i / w->inner * w->channels + channel) * w->inner + i % w->inner;
}

/* Cases for the battery: attributes and x. */
bool batch_norm_case(int number, batch_norm_attrs *a, shape *x, shape *channels);

#endif
