/* ELU: x > 0: x, else alpha (e^x - 1).  Source: keras.layers.ELU; Clevert et al. (2016). */
#include "layer/layer.h"

static const field elu_fields[] = {
    LAYER_FIELDS(mica_elu_options),
    REAL(mica_elu_options, alpha, DEFAULT(1), .help = "of the exponential part"), END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = mica_elu(f->in[0], OPTIONS_OF(l, elu)->alpha);
}

const layer_kind layer_elu = {
    .name = "ELU", .fields = elu_fields, .options_size = sizeof(mica_elu_options), .call = call};

LAYER_CONSTRUCTOR(elu)
