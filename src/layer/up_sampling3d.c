/* UpSampling3D: see up_sampling.h.  Source: keras.layers.UpSampling3D. */
#include "layer/up_sampling.h"

static const field up_sampling3d_fields[] = {
    LAYER_FIELDS(mica_up_sampling3d_options),
    SIZES_FIELD(mica_up_sampling3d_options, FIELD_INTEGERS, 3),
    DATA_FORMAT_FIELD(mica_up_sampling3d_options), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_up_sampling3d_options *o = OPTIONS_OF(l, up_sampling3d);
    f->out[0] = up_sample(f->in[0], 3, o->sizes, "nearest", o->data_format);
}

UP_SAMPLING_LAYER(up_sampling3d, "UpSampling3D", 3, pool_renamed)
