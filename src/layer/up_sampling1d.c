/* UpSampling1D: see up_sampling.h.  Source: keras.layers.UpSampling1D. */
#include "layer/up_sampling.h"

static const field up_sampling1d_fields[] = {
    LAYER_FIELDS(mica_up_sampling1d_options),
    SIZES_FIELD(mica_up_sampling1d_options, FIELD_INTEGER, 1), END_OF_FIELDS};

static const renamed_key renamed[] = {{"length", "size"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    const mica_up_sampling1d_options *o = OPTIONS_OF(l, up_sampling1d);
    f->out[0] = up_sample(f->in[0], 1, &o->sizes, "nearest", "channels_last");
}

UP_SAMPLING_LAYER(up_sampling1d, "UpSampling1D", 1, renamed)
