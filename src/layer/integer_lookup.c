/* IntegerLookup: whole numbers become their places in a vocabulary (or, with invert, places become
 * numbers), as output_mode says; tf_idf: how often times a weight. x (…) integers, y int64 like x,
 * or encoded (of tf_idf float32). The vocabulary is given, or adapt finds it: the most frequent
 * first, of equals the greater; it is saved in the config.  Mask: not passed on.
 * Source: keras.layers.IntegerLookup. */
#include "layer/index_lookup.h"
#include "mica/layers_features.h"

#define OWNER mica_integer_lookup_options

static const field integer_lookup_fields[] = {
    LAYER_FIELDS(OWNER), INDEX_LOOKUP_FIELDS(OWNER),
    INTEGER(OWNER, mask_token, NULLABLE, .help = "what stands for nothing; null: none"),
    INTEGER(OWNER, oov_token, DEFAULT(-1), .flags = FIELD_NULLABLE,
            .help = "with invert: what an unknown place becomes"),
    END_OF_FIELDS};

static index_lookup view(mica_layer *l) {
    OWNER *o = (OWNER *)l->options;
    return (index_lookup){INDEX_LOOKUP_OF(o), .mask_token = o->mask_token,
                          .oov_token = o->oov_token};
}

INDEX_LOOKUP_HOOKS

const layer_kind layer_integer_lookup = {.name = "IntegerLookup",
                                         .fields = integer_lookup_fields,
                                         .options_size = sizeof(OWNER),
                                         .ignored = index_lookup_ignored,
                                         .translate = encoding_translate,
                                         .complete = complete,
                                         .build = build,
                                         .call = call,
                                         .adapt = adapt,
                                         .knows = knows,
                                         .max_rank = MAX_RANK - 1,
                                         .keeps_integers = true,
                                         .keeps_floats = true,
                                         .ends_mask = true};

LAYER_CONSTRUCTOR(integer_lookup)
