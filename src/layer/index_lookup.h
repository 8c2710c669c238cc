/* Lookups in a vocabulary: what IntegerLookup and its like share. The numbers of tokens begin with
 * the mask's (0, where there is one and the output is "int"), then come those of tokens that are
 * out of the vocabulary, then the vocabulary's, in its order. */
#ifndef LAYER_INDEX_LOOKUP_H
#define LAYER_INDEX_LOOKUP_H

#include "data/dataset.h"
#include "layer/encoding.h"
#include "op/text_tokens.h"

/* A layer's options, however its own struct is called. */
typedef struct index_lookup {
    const char **vocabulary, **idf_weights; /* JSON of lists; NULL: none. adapt sets them */
    int64_t max_tokens, num_oov_indices, salt[2];
    int64_t mask_token, oov_token;    /* NO_INTEGER: none */
    bool texts;                       /* tokens are strings, and the special ones are these: */
    const char *mask_text, *oov_text; /* NULL: none */
    const char *output_mode, *oov_method;
    bool invert, pad_to_max_tokens;
    const text_rule *rule; /* how texts become tokens; NULL: each is one */
} index_lookup;

#define INDEX_LOOKUP_OF(o)                                                                         \
    .vocabulary = &(o)->vocabulary, .idf_weights = &(o)->idf_weights,                              \
    .max_tokens = (o)->max_tokens, .num_oov_indices = (o)->num_oov_indices,                        \
    .salt = {(o)->salt[0], (o)->salt[1]}, .output_mode = (o)->output_mode,                         \
    .oov_method = (o)->oov_method, .invert = (o)->invert,                                          \
    .pad_to_max_tokens = (o)->pad_to_max_tokens

/* The fields of what is learned. */
#define VOCABULARY_FIELDS(OWNER)                                                                   \
    CONFIG(OWNER, vocabulary, NULL, .flags = FIELD_NULLABLE | FIELD_JSON,                          \
           .help = "list of tokens, or a file with one a line; null: adapt sets it"),              \
        INTEGER(OWNER, max_tokens, NULLABLE, .min = 2, .help = "most numbers; null: any"),         \
        BOOLEAN(OWNER, pad_to_max_tokens, .help = "the output is max_tokens wide"),                \
        CONFIG(OWNER, idf_weights, NULL, .flags = FIELD_NULLABLE | FIELD_JSON,                     \
               .help = "list of weights, one a token, of tf_idf; null: adapt sets it")

/* The fields that all of them have. */
#define INDEX_LOOKUP_FIELDS(OWNER)                                                                 \
    VOCABULARY_FIELDS(OWNER),                                                                      \
        INTEGER(OWNER, num_oov_indices, DEFAULT(1), .min = 0, .max = 1e9,                          \
                .help = "how many numbers tokens that are not in the vocabulary have"),            \
        BOOLEAN(OWNER, invert, .help = "from numbers to tokens"),                                  \
        TEXT(OWNER, output_mode, "int", .choices = lookup_modes, .help = "what the output says"),  \
        TEXT(OWNER, oov_method, "floormod", .choices = oov_methods,                                \
             .help = "how tokens that are not in the vocabulary share their numbers"),             \
        INTEGERS(OWNER, salt, 2, NULLABLE, .help = "key of oov_method's SipHash; null: FarmHash")
extern const char *const oov_methods[];

/* Tables of the layer (layer_set_table): ascending keys and what each becomes; the weights. */
enum { TABLE_KEYS, TABLE_VALUES, TABLE_WEIGHTS };

/* For kinds: what their functions are, by their view of the options. */
mica_status index_lookup_complete(mica_layer *l, const index_lookup *o, mica_error *err);
mica_status index_lookup_build(mica_layer *l, const index_lookup *o, mica_error *err);
void index_lookup_call(mica_layer *l, const index_lookup *o, layer_frame *f);
mica_status index_lookup_adapt(mica_layer *l, const index_lookup *o, const mica_dataset *d,
                               mica_error *err);
/* For call: whether a call that has values may be made; false: nothing is learned, the context has
 * the error. Traces may be made before: whoever runs them looks first. */
bool index_lookup_ready(mica_layer *l);
/* For call: the weights of tf_idf; zeros, of a trace, where they are not learned yet. */
mica_tensor *index_lookup_weights(mica_layer *l, const index_lookup *o);
/* Keys that say nothing which is not in others. */
extern const char *const index_lookup_ignored[];

/* An option vocabulary that is the name of a file (no JSON) becomes the list of what it holds. */
mica_status vocabulary_read_option(mica_layer *l, const index_lookup *o, const char *what,
                                   mica_error *err);

bool index_has_mask(const index_lookup *o);
/* The number of the first token that is out of the vocabulary, and of the first that is in it. */
int64_t index_oov_start(const index_lookup *o);
int64_t index_token_start(const index_lookup *o);
/* How many numbers the output knows. */
int64_t index_depth(const mica_layer *l, const index_lookup *o);

/* The hooks of a kind that has `index_lookup view(mica_layer *l)`. */
#define INDEX_LOOKUP_HOOKS                                                                         \
    static mica_status complete(mica_layer *l, mica_error *err) {                                  \
        index_lookup o = view(l);                                                                  \
        return index_lookup_complete(l, &o, err);                                                  \
    }                                                                                              \
    static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {        \
        index_lookup o = view(l);                                                                  \
        return index_lookup_build(l, &o, err);                                                     \
    }                                                                                              \
    static void call(mica_layer *l, layer_frame *f) {                                              \
        index_lookup o = view(l);                                                                  \
        index_lookup_call(l, &o, f);                                                               \
    }                                                                                              \
    static bool knows(const mica_layer *l) { return *view((mica_layer *)l).vocabulary != NULL; }   \
    static mica_status adapt(mica_layer *l, const mica_dataset *d, mica_error *err) {              \
        index_lookup o = view(l);                                                                  \
        return index_lookup_adapt(l, &o, d, err);                                                  \
    }

#endif
