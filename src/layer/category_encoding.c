/* CategoryEncoding: whole numbers below num_tokens as one_hot, multi_hot or count. x (…), y
 * (…, num_tokens) of the layer's type; with count_weights, like x, each number counts so much.
 * Numbers outside 0 … num_tokens - 1 are left out.  Mask: not passed on.
 * Source: keras.layers.CategoryEncoding. */
#include "layer/encoding.h"
#include "mica/layers_features.h"

#include <string.h>

#define OWNER mica_category_encoding_options

enum { ROLE_INPUTS, ROLE_COUNT_WEIGHTS };
static const char *const arguments[] = {"inputs", "count_weights", NULL};
static const char *const modes[] = {"one_hot", "multi_hot", "count", NULL};

static const field category_encoding_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, num_tokens, REQUIRED, .min = 1, .help = "numbers are below it"),
    TEXT(OWNER, output_mode, "multi_hot", .choices = modes, .help = "what the output says"),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, category_encoding);
    char x[128], w[128];
    int weights = layer_input_of(l->roles, inputs, ROLE_COUNT_WEIGHTS);
    if (inputs > 2)
        return fail(err, MICA_VALUE, "%d inputs, expected numbers and perhaps count_weights",
                    inputs);
    if (in[0].rank >= MAX_RANK)
        return fail(err, MICA_SHAPE, "input of rank %d, expected at most %d", in[0].rank,
                    MAX_RANK - 1);
    if (weights < 0) return MICA_OK;
    if (strcmp(o->output_mode, "count"))
        return fail(err, MICA_VALUE, "count_weights with output_mode '%s', expected 'count'",
                    o->output_mode);
    if (shape_equal(&in[0], &in[weights])) return MICA_OK;
    shape_format(&in[0], x), shape_format(&in[weights], w);
    return fail(err, MICA_SHAPE, "count_weights have shape %s, expected the input's %s", w, x);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, category_encoding);
    int at = layer_input_of(f->role, f->inputs, ROLE_COUNT_WEIGHTS);
    mica_tensor *weights = at < 0 ? NULL : mica_cast(f->in[at], l->compute_dtype);
    f->out[0] = encode_categories(mica_cast(f->in[0], MICA_INT64), o->output_mode, o->num_tokens,
                                  l->variable_dtype, weights);
}

const layer_kind layer_category_encoding = {.name = "CategoryEncoding",
                                            .fields = category_encoding_fields,
                                            .options_size = sizeof(OWNER),
                                            .translate = encoding_translate,
                                            .build = build,
                                            .call = call,
                                            .inputs = VARIADIC,
                                            .arguments = arguments,
                                            .keeps_integers = true,
                                            .keeps_floats = true,
                                            .ends_mask = true};

LAYER_CONSTRUCTOR(category_encoding)
