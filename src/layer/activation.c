/* Activation: y = activation(x), of any shape.  Source: keras.layers.Activation. */
#include "layer/layer.h"

static const field activation_fields[] = {LAYER_FIELDS(mica_activation_options),
                                          CONFIG(mica_activation_options, activation, NULL,
                                                 REQUIRED, .check = check_activation,
                                                 .help = "its name"),
                                          END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = activate(OPTIONS_OF(l, activation)->activation, f->in[0]);
}

const layer_kind layer_activation = {.name = "Activation",
                                     .fields = activation_fields,
                                     .options_size = sizeof(mica_activation_options),
                                     .call = call};

LAYER_CONSTRUCTOR(activation)
