/* Dropout: in training y = x / (1 - rate) with probability 1 - rate, else 0 (inverted dropout); in
 * inference y = x.  Random by (layer, step, element), so that a resumed run drops the same.
 * Source: keras.layers.Dropout; Srivastava et al. (2014). */
#include "base/philox.h"
#include "layer/layer.h"

static const field dropout_fields[] = {
    LAYER_FIELDS(mica_dropout_options),
    REAL(mica_dropout_options, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    {.name = "noise_shape",
     .type = FIELD_SHAPE,
     .count = 1,
     .flags = FIELD_NULLABLE | FIELD_UNKNOWN,
     .offset = offsetof(mica_dropout_options, noise_shape),
     .help = "with the batch; dims of 1 share their draw"},
    INTEGER(mica_dropout_options, seed, NULLABLE, .help = "null: of the context"),
    END_OF_FIELDS};

static const renamed_key renamed[] = {{"p", "rate"}, {NULL, NULL}};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const shape *noise = &OPTIONS_OF(l, dropout)->noise_shape;
    bool fits = noise->rank == 0 || noise->rank == in->rank;
    for (int i = 0; fits && i < noise->rank; i++)
        fits = noise->dims[i] < 0 || noise->dims[i] == 1 || in->dims[i] < 0 ||
               noise->dims[i] == in->dims[i];
    if (fits) return MICA_OK;
    char found[128], wanted[128];
    shape_format(noise, found), shape_format(in, wanted);
    return fail(err, MICA_SHAPE, "noise_shape is %s, expected dims of the input %s or 1", found,
                wanted);
}

/* What is drawn for: x, or its first elements along the dims that share their draw. */
static mica_tensor *pattern_of(mica_tensor *x, const shape *noise) {
    int64_t end[MAX_RANK];
    for (int i = 0; i < noise->rank; i++) end[i] = noise->dims[i] == 1 ? 1 : MICA_END;
    return mica_ones_like(mica_slice(x, noise->rank, NULL, end, NULL));
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_dropout_options *o = OPTIONS_OF(l, dropout);
    mica_tensor *x = f->in[0];
    uint64_t key = o->seed == NO_INTEGER ? l->key : philox_key((uint64_t)o->seed, "dropout");
    if (!f->training || o->rate == 0) f->out[0] = x;
    else if (o->rate == 1) f->out[0] = mica_zeros_like(x);
    else if (o->noise_shape.rank == 0) f->out[0] = mica_dropout(x, f->counter, o->rate, key);
    else
        f->out[0] = mica_multiply(
            x, mica_dropout(pattern_of(x, &o->noise_shape), f->counter, o->rate, key));
}

const layer_kind layer_dropout = {.name = "Dropout",
                                  .fields = dropout_fields,
                                  .options_size = sizeof(mica_dropout_options),
                                  .renamed = renamed,
                                  .build = build,
                                  .call = call};

LAYER_CONSTRUCTOR(dropout)
