/* Embedding: y[…, :] = E[x[…]].  x (…) whole numbers, E (input_dim, output_dim), y (…, output_dim).
 * Numbers outside of 0 … input_dim - 1: where an input of a model goes straight into the layer,
 * fit, evaluate and predict refuse the data (train/indices.c); an eager call refuses those outside
 * of -input_dim … input_dim - 1. What a plan computes is not looked at: it gives zeros there.
 * The gradient of E is dense: scatter_rows adds up the rows of equal numbers.
 * Mask: x != 0 with mask_zero, else none.  Source: keras.layers.Embedding. */
#include "layer/layer.h"
#include "op/emit.h"

#define OWNER mica_embedding_options

static const field embedding_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, input_dim, REQUIRED, .min = 1, .help = "numbers are below it"),
    INTEGER(OWNER, output_dim, REQUIRED, .min = 1, .help = "length of a vector"),
    INITIALIZER_FIELD(OWNER, embeddings_initializer, "uniform"),
    REGULARIZER_FIELD(OWNER, embeddings_regularizer),
    REGULARIZER_FIELD(OWNER, activity_regularizer),
    CONSTRAINT_FIELD(OWNER, embeddings_constraint),
    BOOLEAN(OWNER, mask_zero, .help = "0 is padding"),
    END_OF_FIELDS};

static const renamed_key renamed[] = {{"init", "embeddings_initializer"},
                                      {"W_regularizer", "embeddings_regularizer"},
                                      {"W_constraint", "embeddings_constraint"},
                                      {NULL, NULL}};
static const char *const ignored[] = {"dropout", NULL};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, embedding);
    return layer_add_weight(l, "embeddings", &MICA_SHAPE(o->input_dim, o->output_dim),
                            o->embeddings_initializer, o->embeddings_regularizer,
                            o->embeddings_constraint, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, embedding);
    mica_tensor *x = f->in[0];
    if (dtype_is_float(x->dtype)) x = mica_cast(x, MICA_INT32);
    f->out[0] = mica_gather(layer_weight(l, "embeddings"), x, 0);
    layer_set_mask(f, 0, o->mask_zero ? mica_not_equal(x, scalar_like(x, 0)) : NULL);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}

const layer_kind layer_embedding = {.name = "Embedding",
                                    .fields = embedding_fields,
                                    .options_size = sizeof(OWNER),
                                    .renamed = renamed,
                                    .ignored = ignored,
                                    .build = build,
                                    .call = call,
                                    .min_rank = 1,
                                    .max_rank = MAX_RANK - 1,
                                    .keeps_integers = true,
                                    .keeps_floats = true};

LAYER_CONSTRUCTOR(embedding)
