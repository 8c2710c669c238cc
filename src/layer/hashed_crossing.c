/* HashedCrossing: y = one number below num_bins for the values of two or more features together, as
 * tf.sparse.cross_hashed. Inputs (B) or (B, 1), integers; y like one, or (B, num_bins) with
 * "one_hot".  Mask: not passed on.  Source: keras.layers.HashedCrossing. */
#include "layer/encoding.h"
#include "mica/categories.h"
#include "mica/layers_features.h"

#define OWNER mica_hashed_crossing_options

static const char *const modes[] = {"int", "one_hot", NULL};

static const field hashed_crossing_fields[] = {
    LAYER_FIELDS_UNTRAINED(OWNER),
    INTEGER(OWNER, num_bins, REQUIRED, .min = 1, .help = "numbers of the output are below it"),
    TEXT(OWNER, output_mode, "int", .choices = modes, .help = "what the output says"),
    END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    char first[128], other[128];
    if (inputs < 2) return fail(err, MICA_VALUE, "%d inputs, expected at least 2", inputs);
    shape_format(&in[0], first);
    if (in[0].rank == 2 && in[0].dims[1] != 1)
        return fail(err, MICA_SHAPE, "input %s, expected (batch,) or (batch, 1)", first);
    for (int i = 1; i < inputs; i++) {
        if (shape_equal(&in[0], &in[i])) continue;
        shape_format(&in[i], other);
        return fail(err, MICA_SHAPE, "input %d has shape %s, expected that of the first, %s", i,
                    other, first);
    }
    return MICA_OK;
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, hashed_crossing);
    f->out[0] = encode_categories(mica_hash_cross(f->in, f->inputs, o->num_bins), o->output_mode,
                                  o->num_bins, l->compute_dtype, NULL);
}

const layer_kind layer_hashed_crossing = {.name = "HashedCrossing",
                                          .fields = hashed_crossing_fields,
                                          .options_size = sizeof(OWNER),
                                          .build = build,
                                          .call = call,
                                          .min_rank = 1,
                                          .max_rank = 2,
                                          .inputs = VARIADIC,
                                          .whole_by_default = true,
                                          .keeps_integers = true,
                                          .keeps_strings = true,
                                          .keeps_floats = true,
                                          .ends_mask = true};

LAYER_CONSTRUCTOR(hashed_crossing)
