/* TextVectorization: texts become the numbers of their tokens, or what output_mode says of them.
 * x (B), (B, 1) strings, or without splitting (B, N); y "int" (B, output_sequence_length) int64,
 * else (B, K). 0 fills rows up, 1 (with a depth 0) is what is not in the vocabulary, which is
 * given, or adapt finds it: the most frequent first, of equals the later in the order of bytes; it
 * is saved in the config.  Mask: not passed on. Errors: SHAPE where texts are split and x is (B,
 * N). Source: keras.layers.TextVectorization. */
#include "layer/index_lookup.h"
#include "mica/layers_features.h"
#include "op/vectorize_text.h"

#include <string.h>

#define OWNER mica_text_vectorization_options

static const char *const modes[] = {"int", "multi_hot", "count", "tf_idf", NULL};
static const char *const standards[] = {"lower_and_strip_punctuation", "lower", "strip_punctuation",
                                        "", NULL};
static const char *const splits[] = {"whitespace", "character", "", NULL};
static const char *const encodings[] = {"utf-8", NULL};

static bool is_width(const json_t *item) {
    return json_is_integer(item) && json_integer_value(item) > 0 &&
           json_integer_value(item) <= INT32_MAX;
}

/* The widths of "2", which is [1, 2], or of a list; false: they are none. */
static bool read_ngrams(const char *text, field_dims *out) {
    json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL), *item;
    size_t i;
    bool good = json_is_array(tree)
                    ? json_array_size(tree) > 0 && json_array_size(tree) <= LENGTH(out->dims)
                    : is_width(tree) && json_integer_value(tree) <= (json_int_t)LENGTH(out->dims);
    *out = (field_dims){0};
    json_array_foreach(tree, i, item) if ((good = good && is_width(item)))
        out->dims[out->count++] = json_integer_value(item);
    for (int64_t n = 1; good && n <= json_integer_value(tree); n++) out->dims[out->count++] = n;
    json_decref(tree);
    return good;
}

static mica_status check_ngrams(const char *value, const char *what, const char *name,
                                mica_error *err) {
    field_dims widths;
    if (read_ngrams(value, &widths)) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: %s is '%.60s', expected a number from 1 to 8, or a list of "
                "at most 8 such as [2, 3]",
                what, name, value);
}

static const field text_vectorization_fields[] = {
    LAYER_FIELDS(OWNER),
    TEXT(OWNER, standardize, "lower_and_strip_punctuation", NULLABLE, .choices = standards,
         .help = "what is done to texts first; null: nothing"),
    TEXT(OWNER, split, "whitespace", NULLABLE, .choices = splits,
         .help = "where texts are split; null: nowhere"),
    CONFIG(OWNER, ngrams, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS, .check = check_ngrams,
           .help = "how many tokens are one: up to a number, or each of a list"),
    TEXT(OWNER, output_mode, "int", .choices = modes, .help = "what the output says"),
    INTEGER(OWNER, output_sequence_length, NULLABLE, .min = 1,
            .help = "of a row of int; null: that of the longest text"),
    VOCABULARY_FIELDS(OWNER),
    TEXT(OWNER, encoding, "utf-8", .choices = encodings, .help = "of the texts"),
    END_OF_FIELDS};

static bool is_int(const OWNER *o) { return !strcmp(o->output_mode, "int"); }

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    if (is_int(o) || o->output_sequence_length == NO_INTEGER) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: output_sequence_length with output_mode '%s', expected it of 'int' alone",
                what, o->output_mode);
}

static text_rule rule_of(const OWNER *o) {
    text_rule r = {.split = !o->split || !*o->split          ? SPLIT_NONE
                            : !strcmp(o->split, "character") ? SPLIT_CHARACTER
                                                             : SPLIT_WHITESPACE};
    const char *s = o->standardize ? o->standardize : "";
    if (!strncmp(s, "lower", 5)) r.standardize |= TEXT_LOWER;
    if (strstr(s, "strip_punctuation")) r.standardize |= TEXT_STRIP_PUNCTUATION;
    if (o->ngrams) read_ngrams(o->ngrams, &r.ngrams);
    return r;
}

/* As a lookup of strings; the rule is the caller's. */
static index_lookup lookup_of(mica_layer *l, const text_rule *rule) {
    OWNER *o = (OWNER *)l->options;
    return (index_lookup){.vocabulary = &o->vocabulary,
                          .idf_weights = &o->idf_weights,
                          .max_tokens = o->max_tokens,
                          .num_oov_indices = 1,
                          .salt = {NO_INTEGER, NO_INTEGER},
                          .mask_token = NO_INTEGER,
                          .oov_token = NO_INTEGER,
                          .texts = true,
                          .mask_text = "",
                          .oov_text = "[UNK]",
                          .output_mode = o->output_mode,
                          .oov_method = "floormod",
                          .pad_to_max_tokens = o->pad_to_max_tokens,
                          .rule = rule};
}

static mica_status complete(mica_layer *l, mica_error *err) {
    OWNER *o = (OWNER *)l->options;
    index_lookup lookup = lookup_of(l, NULL);
    if (o->standardize && !*o->standardize) o->standardize = NULL;
    if (o->split && !*o->split) o->split = NULL;
    return index_lookup_complete(l, &lookup, err);
}

static mica_status check_columns(const OWNER *o, int64_t columns, mica_error *err) {
    if (!o->split || columns == 1) return MICA_OK;
    return fail(err, MICA_SHAPE, "rows of %lld texts, expected 1 where they are split",
                (long long)columns);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, text_vectorization);
    index_lookup lookup = lookup_of(l, NULL);
    TRY(check_columns(o, in->rank == 2 ? in->dims[1] : 1, err));
    return index_lookup_build(l, &lookup, err);
}

static mica_status adapt(mica_layer *l, const mica_dataset *d, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, text_vectorization);
    const column *c = &d->column[dataset_column(d, COLUMN_INPUT, 0)];
    text_rule rule = rule_of(o);
    index_lookup lookup = lookup_of(l, &rule);
    if (c->dtype != MICA_STRING)
        return fail(err, MICA_TYPE, "layer %s: %s of %s, expected strings", l->name, c->name,
                    mica_dtype_name(c->dtype));
    if (check_columns(o, shape_size(&c->shape), err) != MICA_OK)
        return fail_within(err, MICA_SHAPE, "layer %s", l->name);
    return index_lookup_adapt(l, &lookup, d, err);
}

static bool knows(const mica_layer *l) {
    return OPTIONS_OF(l, text_vectorization)->vocabulary != NULL;
}

/* Of texts that are not split: as many as there are columns, of every width. */
static int64_t unsplit_length(const text_rule *rule, int64_t columns) {
    int64_t length = rule->ngrams.count ? 0 : columns;
    for (int64_t i = 0; i < rule->ngrams.count; i++)
        if (columns >= rule->ngrams.dims[i]) length += columns - rule->ngrams.dims[i] + 1;
    return length;
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, text_vectorization);
    mica_tensor *x = f->in[0], *y;
    text_rule rule = rule_of(o);
    index_lookup lookup = lookup_of(l, &rule);
    bool flat = x->shape.rank == 1, whole = o->output_sequence_length == NO_INTEGER;
    if (x->dtype != MICA_STRING) {
        context_fail(l->ctx, MICA_TYPE, "input of %s, expected strings", mica_dtype_name(x->dtype));
        f->out[0] = tensor_poison(l->ctx);
        return;
    }
    if (!index_lookup_ready(l)) {
        f->out[0] = tensor_poison(l->ctx);
        return;
    }
    if (flat) x = mica_expand_dims(x, -1);
    vectorize_text_attrs a = {.rule = rule,
                              .length = whole ? WHOLE_TEXT : o->output_sequence_length,
                              .counts = strcmp(o->output_mode, "multi_hot") != 0,
                              .dtype = MICA_FLOAT32};
    if (whole && !o->split) a.length = unsplit_length(&rule, x->shape.dims[1]);
    if (!is_int(o)) a.depth = index_depth(l, &lookup);
    y = vectorize_text(x, l->table[TABLE_KEYS], l->table[TABLE_VALUES], &a);
    if (flat && whole && !o->split && is_int(o) && a.length == 1) y = mica_squeeze(y, MICA_AXES(1));
    if (!strcmp(o->output_mode, "tf_idf")) y = mica_multiply(y, index_lookup_weights(l, &lookup));
    f->out[0] = y;
}

const layer_kind layer_text_vectorization = {.name = "TextVectorization",
                                             .fields = text_vectorization_fields,
                                             .options_size = sizeof(OWNER),
                                             .ignored = index_lookup_ignored,
                                             .translate = encoding_translate,
                                             .check = check,
                                             .complete = complete,
                                             .build = build,
                                             .call = call,
                                             .adapt = adapt,
                                             .knows = knows,
                                             .min_rank = 1,
                                             .max_rank = 2,
                                             .keeps_integers = true,
                                             .keeps_strings = true,
                                             .keeps_floats = true,
                                             .ends_mask = true};

LAYER_CONSTRUCTOR(text_vectorization)
