/* LeakyReLU: x > 0: x, else negative_slope x.  In files "alpha", which both Keras 3 and 2 read.
 * Source: keras.layers.LeakyReLU; Maas et al. (2013). */
#include "layer/layer.h"

static const field leaky_relu_fields[] = {
    LAYER_FIELDS(mica_leaky_relu_options),
    {.name = "alpha",
     .type = FIELD_REAL,
     .count = 1,
     .initial = 0.3,
     .min = 0,
     .max = INFINITY,
     .offset = offsetof(mica_leaky_relu_options, negative_slope),
     .help = "slope below 0"},
    END_OF_FIELDS};

static const renamed_key renamed[] = {{"negative_slope", "alpha"}, {NULL, NULL}};

static void call(mica_layer *l, layer_frame *f) {
    f->out[0] = mica_leaky_relu(f->in[0], OPTIONS_OF(l, leaky_relu)->negative_slope);
}

const layer_kind layer_leaky_relu = {.name = "LeakyReLU",
                                     .fields = leaky_relu_fields,
                                     .options_size = sizeof(mica_leaky_relu_options),
                                     .renamed = renamed,
                                     .call = call};

LAYER_CONSTRUCTOR(leaky_relu)
