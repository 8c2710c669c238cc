/* GaussianNoise: in training y = x + z, z normal with mean 0 and the standard deviation stddev; in
 * inference y = x.  Source: keras.layers.GaussianNoise. */
#include "layer/noise.h"

#define OWNER mica_gaussian_noise_options

static const field gaussian_noise_fields[] = {
    LAYER_FIELDS(OWNER), REAL(OWNER, stddev, REQUIRED, .min = 0, .max = 1, .help = "of the noise"),
    SEED_FIELD(OWNER), END_OF_FIELDS};

static const renamed_key renamed[] = {{"sigma", "stddev"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, gaussian_noise);
    uint64_t key = noise_key(l, o->seed, "gaussian_noise");
    bool noisy = f->training && o->stddev > 0;
    f->out[0] = noisy ? mica_add(f->in[0], noise_normal(f, f->in[0], 0, o->stddev, key)) : f->in[0];
}

const layer_kind layer_gaussian_noise = {.name = "GaussianNoise",
                                         .fields = gaussian_noise_fields,
                                         .options_size = sizeof(OWNER),
                                         .renamed = renamed,
                                         .call = call,
                                         .prepares = PREPARES_PICTURES};

LAYER_CONSTRUCTOR(gaussian_noise)
