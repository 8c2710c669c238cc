/* StringLookup: strings become their places in a vocabulary (or, with invert, places become
 * strings), as output_mode says; tf_idf: how often times a weight. x (…) strings, y int64 like x,
 * or encoded (of tf_idf float32). The vocabulary is given, or adapt finds it: the most frequent
 * first, of equals the later in the order of bytes; it is saved in the config.  Mask: not passed
 * on. Source: keras.layers.StringLookup. */
#include "layer/index_lookup.h"
#include "mica/layers_features.h"

#define OWNER mica_string_lookup_options

static const char *const encodings[] = {"utf-8", NULL};

static const field string_lookup_fields[] = {
    LAYER_FIELDS(OWNER),
    INDEX_LOOKUP_FIELDS(OWNER),
    TEXT(OWNER, mask_token, NULL, NULLABLE, .help = "what stands for nothing; null: none"),
    TEXT(OWNER, oov_token, "[UNK]", .help = "with invert: what an unknown place becomes"),
    TEXT(OWNER, encoding, "utf-8", .choices = encodings, .help = "of the strings"),
    END_OF_FIELDS};

static index_lookup view(mica_layer *l) {
    OWNER *o = (OWNER *)l->options;
    return (index_lookup){INDEX_LOOKUP_OF(o),         .texts = true,
                          .mask_token = NO_INTEGER,   .oov_token = NO_INTEGER,
                          .mask_text = o->mask_token, .oov_text = o->oov_token};
}

INDEX_LOOKUP_HOOKS

const layer_kind layer_string_lookup = {.name = "StringLookup",
                                        .fields = string_lookup_fields,
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
                                        .keeps_strings = true,
                                        .keeps_floats = true,
                                        .ends_mask = true};

LAYER_CONSTRUCTOR(string_lookup)
