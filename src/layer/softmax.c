/* Softmax: e^x over its sum along the axis.  Source: keras.layers.Softmax. */
#include "layer/layer.h"

static const field softmax_fields[] = {
    LAYER_FIELDS(mica_softmax_options),
    INTEGER(mica_softmax_options, axis, DEFAULT(-1), .help = "that sums to 1"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = mica_softmax(f->in[0], OPTIONS_OF(l, softmax)->axis);
}

const layer_kind layer_softmax = {.name = "Softmax",
                                  .fields = softmax_fields,
                                  .options_size = sizeof(mica_softmax_options),
                                  .call = call,
                                  .min_rank = 1};

LAYER_CONSTRUCTOR(softmax)
