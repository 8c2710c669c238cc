/* ReLU: x > threshold: min(x, max_value), else negative_slope (x - threshold).
 * Source: keras.layers.ReLU. */
#include "layer/layer.h"

static const field relu_fields[] = {LAYER_FIELDS(mica_relu_options),
                                    REAL(mica_relu_options, max_value, DEFAULT(NAN), NULLABLE,
                                         .min = 0, .max = INFINITY, .help = "null: none"),
                                    REAL(mica_relu_options, negative_slope, DEFAULT(0), .min = 0,
                                         .max = INFINITY, .help = "below the threshold"),
                                    REAL(mica_relu_options, threshold, DEFAULT(0), .min = 0,
                                         .max = INFINITY, .help = "where it begins"),
                                    END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_relu_options *o = OPTIONS_OF(l, relu);
    f->out[0] = general_relu(f->in[0], o->negative_slope, o->max_value, o->threshold);
}

const layer_kind layer_relu = {
    .name = "ReLU", .fields = relu_fields, .options_size = sizeof(mica_relu_options), .call = call};

LAYER_CONSTRUCTOR(relu)
