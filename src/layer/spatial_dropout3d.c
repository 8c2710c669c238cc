/* SpatialDropout3D: Dropout of whole channels.  x (B, D, H, W, C): one draw for each of B and C.
 * Source: keras.layers.SpatialDropout3D; Tompson et al. (2014). */
#include "layer/image.h"
#include "layer/noise.h"

#define OWNER mica_spatial_dropout3d_options

static const field spatial_dropout3d_fields[] = {
    LAYER_FIELDS_UNTRAINED(OWNER),
    REAL(OWNER, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    SEED_FIELD(OWNER), DATA_FORMAT_FIELD(OWNER), END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, spatial_dropout3d);
    bool first = layout_of(o->data_format) == MICA_CHANNELS_FIRST;
    shape noise = {5, {-1, 1, 1, 1, -1}};
    if (first) noise.dims[1] = -1, noise.dims[4] = 1;
    f->out[0] = noise_drop(f, f->in[0], &noise, o->rate,
                           noise_key(l, o->seed, "spatial_dropout3d"));
}

const layer_kind layer_spatial_dropout3d = {.name = "SpatialDropout3D",
                                            .fields = spatial_dropout3d_fields,
                                            .options_size = sizeof(OWNER),
                                            .renamed = renamed,
                                            .call = call,
                                            .min_rank = 5,
                                            .max_rank = 5};

LAYER_CONSTRUCTOR(spatial_dropout3d)
