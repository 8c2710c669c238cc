/* What random layers share: keys, and draws that elements share. */
#ifndef LAYER_NOISE_H
#define LAYER_NOISE_H

#include "layer/layer.h"

/* The layer's own stream of numbers, or that of a seed. */
uint64_t noise_key(const mica_layer *l, int64_t seed, const char *purpose);
/* For build: noise_shape is none, or has the input's rank and its dims or 1. */
mica_status noise_check(const shape *noise, const shape *in, mica_error *err);
/* Ones in the shape of x, but with extent 1 along the dims that share their draw. */
mica_tensor *noise_pattern(mica_tensor *x, const shape *noise);
/* x / (1 - rate) with probability 1 - rate, else 0; one draw along the noise's dims of 1. */
mica_tensor *noise_drop(layer_frame *f, mica_tensor *x, const shape *noise, double rate,
                        uint64_t key);
/* Independent normal values in the shape and dtype of x. */
mica_tensor *noise_normal(const layer_frame *f, mica_tensor *x, double mean, double stddev,
                          uint64_t key);

#define NOISE_SHAPE_FIELD(owner)                                                                   \
    {                                                                                              \
        .name = "noise_shape", .type = FIELD_SHAPE, .count = 1,                                    \
        .flags = FIELD_NULLABLE | FIELD_UNKNOWN, .offset = offsetof(owner, noise_shape),           \
        .help = "with the batch; dims of 1 share their draw"                                       \
    }
#define SEED_FIELD(owner) INTEGER(owner, seed, NULLABLE, .help = "null: of the context")

#endif
