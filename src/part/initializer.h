/* Initializers: the first values of a weight, as pure functions of a key and the element's number,
 * so that any weight can be made again. To add one: a file (or a family's file) with `const
 * initializer_kind initializer_foo`, and INITIALIZER(foo) in initializers.def. */
#ifndef PART_INITIALIZER_H
#define PART_INITIALIZER_H

#include "part/kind.h"
#include "tensor/tensor.h"

typedef struct fill_frame {
    const void *options;
    uint64_t key;
    const shape *shape;     /* of the weight */
    double fan_in, fan_out; /* of that shape, as Keras counts them */
} fill_frame;

typedef struct initializer_kind {
    KIND_MEMBERS
    /* Elements first … first + n - 1 of the weight, row-major; first is a multiple of 4. */
    void (*fill)(const fill_frame *f, int64_t first, int64_t n, double *out);
    /* Where one element depends on all: the whole weight. One of the two is NULL. */
    mica_status (*whole)(const fill_frame *f, double *out, mica_error *err);
} initializer_kind;

/* A new tensor of that shape and dtype, owned by the open scope, filled by the initializer that
 * `config` (a name, or JSON text) says; `key` is used where its seed is null. */
mica_status initialize(mica_context *ctx, const char *config, uint64_t key, mica_dtype dtype,
                       const shape *s, mica_tensor **out, mica_error *err);
/* Keras's fans: (in, out) of a matrix; receptive field times the last two dims of a kernel. */
void fans_of(const shape *s, double *fan_in, double *fan_out);
/* The options of those that C users make by a call. */
typedef struct normal_options {
    double mean, stddev;
    int64_t seed;
} normal_options;
typedef struct uniform_options {
    double minval, maxval;
    int64_t seed;
} uniform_options;
typedef struct constant_options {
    double value;
} constant_options;
typedef struct gain_options {
    double gain;
    int64_t seed; /* of orthogonal */
} gain_options;

/* The stream of numbers: of the options' seed where there is one, else the layer's. */
uint64_t seed_or_key(int64_t seed, const fill_frame *f);
/* Draws that families share; low/high and mean/stddev as usual, truncated at 2 stddev. */
void fill_uniform(uint64_t key, double low, double high, int64_t first, int64_t n, double *out);
void fill_normal(uint64_t key, double mean, double stddev, int64_t first, int64_t n, double *out);
void fill_truncated(uint64_t key, double mean, double stddev, int64_t first, int64_t n,
                    double *out);

extern const initializer_kind *const all_initializers[];

/* A field check: the config names a known initializer with good options. */
mica_status check_initializer(const char *config, const char *what, const char *field_name,
                              mica_error *err);

#endif
