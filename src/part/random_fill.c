/* RandomNormal, RandomUniform, TruncatedNormal: element i of the stream `key`, whatever chunk it is
 * drawn in.  Truncated: |z| <= 2 stddev by drawing again, with the attempt as Philox's counter.
 * Source: keras.initializers. */
#include "base/philox.h"
#include "part/initializer.h"

uint64_t seed_or_key(int64_t seed, const fill_frame *f) {
    return seed == NO_INTEGER ? f->key : philox_key((uint64_t)seed, "initializer");
}

void fill_uniform(uint64_t key, double low, double high, int64_t first, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i += 4) {
        philox4 r = philox(key, 0, (uint64_t)(first + i) / 4);
        for (int64_t k = 0; k < 4 && i + k < n; k++)
            out[i + k] = low + (high - low) * (double)philox_unit(r.v[k]);
    }
}

void fill_normal(uint64_t key, double mean, double stddev, int64_t first, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i += 4) {
        double z[4];
        philox_normal(key, 0, (uint64_t)(first + i) / 4, z);
        for (int64_t k = 0; k < 4 && i + k < n; k++) out[i + k] = mean + stddev * z[k];
    }
}

static double truncated(uint64_t key, uint64_t element) {
    for (uint64_t attempt = 0; attempt < 64; attempt++) {
        double z[4];
        philox_normal(key, attempt, element / 4, z);
        if (fabs(z[element % 4]) <= 2) return z[element % 4];
    }
    return 0; /* one in 10^85 */
}

void fill_truncated(uint64_t key, double mean, double stddev, int64_t first, int64_t n,
                    double *out) {
    fill_normal(key, 0, 1, first, n, out);
    for (int64_t i = 0; i < n; i++) {
        double z = fabs(out[i]) <= 2 ? out[i] : truncated(key, (uint64_t)(first + i));
        out[i] = mean + stddev * z;
    }
}

#define SEED(owner) INTEGER(owner, seed, NULLABLE, .help = "null: of the layer")

static const field normal_fields[] = {
    REAL(normal_options, mean, DEFAULT(0), .help = "of the values"),
    REAL(normal_options, stddev, DEFAULT(0.05), .min = 0, .max = INFINITY, .help = "of the values"),
    SEED(normal_options), END_OF_FIELDS};

static const field uniform_fields[] = {
    REAL(uniform_options, minval, DEFAULT(-0.05), .help = "lowest value"),
    REAL(uniform_options, maxval, DEFAULT(0.05), .help = "values are below it"),
    SEED(uniform_options), END_OF_FIELDS};

static const char *const ignored[] = {"dtype", NULL}; /* Keras 1 and 2 */

static void random_normal(const fill_frame *f, int64_t first, int64_t n, double *out) {
    const normal_options *o = f->options;
    fill_normal(seed_or_key(o->seed, f), o->mean, o->stddev, first, n, out);
}

static void truncated_normal(const fill_frame *f, int64_t first, int64_t n, double *out) {
    const normal_options *o = f->options;
    fill_truncated(seed_or_key(o->seed, f), o->mean, o->stddev, first, n, out);
}

static void random_uniform(const fill_frame *f, int64_t first, int64_t n, double *out) {
    const uniform_options *o = f->options;
    fill_uniform(seed_or_key(o->seed, f), o->minval, o->maxval, first, n, out);
}

const initializer_kind initializer_random_normal = {.name = "random_normal",
                                                    .class_name = "RandomNormal",
                                                    .aliases = {"normal"},
                                                    .fields = normal_fields,
                                                    .options_size = sizeof(normal_options),
                                                    .ignored = ignored,
                                                    .fill = random_normal};

const initializer_kind initializer_truncated_normal = {.name = "truncated_normal",
                                                       .class_name = "TruncatedNormal",
                                                       .fields = normal_fields,
                                                       .options_size = sizeof(normal_options),
                                                       .ignored = ignored,
                                                       .fill = truncated_normal};

const initializer_kind initializer_random_uniform = {.name = "random_uniform",
                                                     .class_name = "RandomUniform",
                                                     .aliases = {"uniform"},
                                                     .fields = uniform_fields,
                                                     .options_size = sizeof(uniform_options),
                                                     .ignored = ignored,
                                                     .fill = random_uniform};
