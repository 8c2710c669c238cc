/* VarianceScaling and its special cases: variance = scale / fan, fan by mode.
 *   glorot: scale 1, fan_avg    he: scale 2, fan_in    lecun: scale 1, fan_in
 * uniform: within sqrt(3 variance); normal: truncated at 2 stddev, widened so that the variance
 * holds. Source: keras.initializers; Glorot and Bengio (2010), He et al. (2015), LeCun et al.
 * (1998). */
#include "part/initializer.h"

#include <string.h>

/* stddev of a standard normal truncated at 2 */
#define TRUNCATED_STDDEV 0.87962566103423978

typedef struct scaling_options {
    double scale;
    const char *mode, *distribution;
    int64_t seed;
} scaling_options;

static double variance(double scale, const char *mode, const fill_frame *f) {
    double fan = !strcmp(mode, "fan_in")    ? f->fan_in
                 : !strcmp(mode, "fan_out") ? f->fan_out
                                            : (f->fan_in + f->fan_out) / 2;
    return scale / (fan > 1 ? fan : 1);
}

static void fill(const char *distribution, double variance, uint64_t key, int64_t first, int64_t n,
                 double *out) {
    double limit = sqrt(3 * variance), stddev = sqrt(variance);
    if (!strcmp(distribution, "uniform")) fill_uniform(key, -limit, limit, first, n, out);
    else if (!strcmp(distribution, "untruncated_normal"))
        fill_normal(key, 0, stddev, first, n, out);
    else fill_truncated(key, 0, stddev / TRUNCATED_STDDEV, first, n, out);
}

static void variance_scaling(const fill_frame *f, int64_t first, int64_t n, double *out) {
    const scaling_options *o = f->options;
    fill(o->distribution, variance(o->scale, o->mode, f), seed_or_key(o->seed, f), first, n, out);
}

static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", NULL};
static const char *const distributions[] = {"truncated_normal", "untruncated_normal", "uniform",
                                            "normal", NULL};
static const char *const ignored[] = {"dtype", NULL};

static const field scaling_fields[] = {
    REAL(scaling_options, scale, DEFAULT(1), .flags = FIELD_POSITIVE, .help = "of the variance"),
    TEXT(scaling_options, mode, "fan_in", .choices = modes, .help = "what divides the variance"),
    TEXT(scaling_options, distribution, "truncated_normal", .choices = distributions,
         .help = "normal is truncated_normal"),
    INTEGER(scaling_options, seed, NULLABLE, .help = "null: of the layer"), END_OF_FIELDS};

const initializer_kind initializer_variance_scaling = {.name = "variance_scaling",
                                                       .class_name = "VarianceScaling",
                                                       .fields = scaling_fields,
                                                       .options_size = sizeof(scaling_options),
                                                       .ignored = ignored,
                                                       .fill = variance_scaling};

typedef struct seed_options {
    int64_t seed;
} seed_options;

static const field seed_fields[] = {
    INTEGER(seed_options, seed, NULLABLE, .help = "null: of the layer"), END_OF_FIELDS};

#define SPECIAL_CASE(id, class, scale, mode, distribution)                                         \
    static void id(const fill_frame *f, int64_t first, int64_t n, double *out) {                   \
        const seed_options *o = f->options;                                                        \
        fill(distribution, variance(scale, mode, f), seed_or_key(o->seed, f), first, n, out);      \
    }                                                                                              \
    const initializer_kind initializer_##id = {.name = #id,                                        \
                                               .class_name = class,                                \
                                               .fields = seed_fields,                              \
                                               .options_size = sizeof(seed_options),               \
                                               .ignored = ignored,                                 \
                                               .fill = id};

SPECIAL_CASE(glorot_uniform, "GlorotUniform", 1, "fan_avg", "uniform")
SPECIAL_CASE(glorot_normal, "GlorotNormal", 1, "fan_avg", "truncated_normal")
SPECIAL_CASE(he_uniform, "HeUniform", 2, "fan_in", "uniform")
SPECIAL_CASE(he_normal, "HeNormal", 2, "fan_in", "truncated_normal")
SPECIAL_CASE(lecun_uniform, "LecunUniform", 1, "fan_in", "uniform")
SPECIAL_CASE(lecun_normal, "LecunNormal", 1, "fan_in", "truncated_normal")
