/* UpSampling2D: see up_sampling.h.  Source: keras.layers.UpSampling2D. */
#include "layer/up_sampling.h"

static const field up_sampling2d_fields[] = {
    LAYER_FIELDS(mica_up_sampling2d_options),
    SIZES_FIELD(mica_up_sampling2d_options, FIELD_INTEGERS, 2),
    DATA_FORMAT_FIELD(mica_up_sampling2d_options),
    INTERPOLATION_FIELD(mica_up_sampling2d_options, "nearest"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_up_sampling2d_options *o = OPTIONS_OF(l, up_sampling2d);
    f->out[0] = up_sample(f->in[0], 2, o->sizes, o->interpolation, o->data_format);
}

UP_SAMPLING_LAYER(up_sampling2d, "UpSampling2D", 2, pool_renamed)
