/* For `samples` rules: adds one operand to a case of the battery and returns it. */
#ifndef OP_SAMPLES_H
#define OP_SAMPLES_H

#include "op/op.h"

/* Uniform values in [-1, 1). */
static inline struct sample_input *sample_real(sample *s, shape dims) {
    struct sample_input *in = &s->in[s->inputs++];
    *in = (struct sample_input){.shape = dims, .low = -1, .high = 1};
    return in;
}

/* An operand of which only the shape matters. */
static inline struct sample_input *sample_like(sample *s, shape dims) {
    struct sample_input *in = sample_real(s, dims);
    in->constant = true;
    return in;
}

/* Whole numbers in [low, high]. */
static inline struct sample_input *sample_whole(sample *s, shape dims, double low, double high,
                                                mica_dtype dtype) {
    struct sample_input *in = &s->in[s->inputs++];
    *in = (struct sample_input){.shape = dims,
                                .low = low,
                                .high = high,
                                .integers = true,
                                .dtype = dtype,
                                .constant = true};
    return in;
}

#endif
