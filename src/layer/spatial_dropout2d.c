/* SpatialDropout2D: Dropout of whole channels.  x (B, H, W, C): one draw for each of B and C.
 * Source: keras.layers.SpatialDropout2D; Tompson et al. (2014). */
#include "layer/image.h"
#include "layer/noise.h"

#define OWNER mica_spatial_dropout2d_options

static const field spatial_dropout2d_fields[] = {
    LAYER_FIELDS_UNTRAINED(OWNER),
    REAL(OWNER, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    SEED_FIELD(OWNER), DATA_FORMAT_FIELD(OWNER), END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, spatial_dropout2d);
    bool first = layout_of(o->data_format) == MICA_CHANNELS_FIRST;
    shape noise = {4, {-1, 1, 1, -1}};
    if (first) noise.dims[1] = -1, noise.dims[3] = 1;
    f->out[0] = noise_drop(f, f->in[0], &noise, o->rate,
                           noise_key(l, o->seed, "spatial_dropout2d"));
}

const layer_kind layer_spatial_dropout2d = {.name = "SpatialDropout2D",
                                            .fields = spatial_dropout2d_fields,
                                            .options_size = sizeof(OWNER),
                                            .renamed = renamed,
                                            .call = call,
                                            .min_rank = 4,
                                            .max_rank = 4};

LAYER_CONSTRUCTOR(spatial_dropout2d)
