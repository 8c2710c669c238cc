/* GaussianDropout: in training y = x z, z normal with mean 1 and variance rate / (1 - rate); in
 * inference y = x.  Source: keras.layers.GaussianDropout; Srivastava et al. (2014). */
#include "layer/noise.h"

#define OWNER mica_gaussian_dropout_options

static const field gaussian_dropout_fields[] = {
    LAYER_FIELDS(OWNER),
    REAL(OWNER, rate, REQUIRED, .min = 0, .max = 1, .help = "as the share that Dropout drops"),
    SEED_FIELD(OWNER), END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static mica_status check(const void *options, const char *what, mica_error *err) {
    double rate = ((const OWNER *)options)->rate;
    return rate < 1 ? MICA_OK : fail(err, MICA_VALUE, "%s: rate is 1, expected below 1", what);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, gaussian_dropout);
    uint64_t key = noise_key(l, o->seed, "gaussian_dropout");
    double stddev = sqrt(o->rate / (1 - o->rate));
    bool noisy = f->training && o->rate > 0;
    f->out[0] = noisy ? mica_multiply(f->in[0], noise_normal(f, f->in[0], 1, stddev, key))
                      : f->in[0];
}

const layer_kind layer_gaussian_dropout = {.name = "GaussianDropout",
                                           .fields = gaussian_dropout_fields,
                                           .options_size = sizeof(OWNER),
                                           .renamed = renamed,
                                           .check = check,
                                           .call = call};

LAYER_CONSTRUCTOR(gaussian_dropout)
