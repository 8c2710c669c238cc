/* Dropout: in training y = x / (1 - rate) with probability 1 - rate, else 0 (inverted dropout); in
 * inference y = x.  Random by (layer, step, element), so that a resumed run drops the same.
 * Source: keras.layers.Dropout; Srivastava et al. (2014). */
#include "layer/noise.h"

static const field dropout_fields[] = {
    LAYER_FIELDS(mica_dropout_options),
    REAL(mica_dropout_options, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    NOISE_SHAPE_FIELD(mica_dropout_options), SEED_FIELD(mica_dropout_options), END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return noise_check(&OPTIONS_OF(l, dropout)->noise_shape, in, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_dropout_options *o = OPTIONS_OF(l, dropout);
    f->out[0] = noise_drop(f, f->in[0], &o->noise_shape, o->rate, noise_key(l, o->seed, "dropout"));
}

const layer_kind layer_dropout = {.name = "Dropout",
                                  .fields = dropout_fields,
                                  .options_size = sizeof(mica_dropout_options),
                                  .renamed = renamed,
                                  .build = build,
                                  .call = call};

LAYER_CONSTRUCTOR(dropout)
