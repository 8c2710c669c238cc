/* SpatialDropout1D: Dropout of whole channels.  x (B, T, C): one draw for each of B and C.
 * Source: keras.layers.SpatialDropout1D; Tompson et al. (2014). */
#include "layer/noise.h"

#define OWNER mica_spatial_dropout1d_options

static const field spatial_dropout1d_fields[] = {
    LAYER_FIELDS_UNTRAINED(OWNER),
    REAL(OWNER, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    SEED_FIELD(OWNER), END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, spatial_dropout1d);
    const shape noise = {3, {-1, 1, -1}};
    f->out[0] = noise_drop(f, f->in[0], &noise, o->rate,
                           noise_key(l, o->seed, "spatial_dropout1d"));
}

const layer_kind layer_spatial_dropout1d = {.name = "SpatialDropout1D",
                                            .fields = spatial_dropout1d_fields,
                                            .options_size = sizeof(OWNER),
                                            .renamed = renamed,
                                            .call = call,
                                            .min_rank = 3,
                                            .max_rank = 3};

LAYER_CONSTRUCTOR(spatial_dropout1d)
