/* Discretization: y = how many of the ascending bin_boundaries are at most x: the bin that x is in.
 * NaN is in the last. x any numbers (…), y int32 like x, or encoded as output_mode says, with one
 * number a bin. The boundaries are given, or adapt cuts num_bins bins of about equal size; they are
 * saved as Keras saves them, in the config.  Mask: not passed on.
 * Source: keras.layers.Discretization. */
#include "layer/encoding.h"
#include "layer/quantiles.h"
#include "mica/layers_features.h"

#include <stdlib.h>
#include <string.h>

#define OWNER mica_discretization_options
#define BOUNDARIES 0 /* the table */

static mica_status check_boundaries(const char *value, const char *what, const char *name,
                                    mica_error *err) {
    json_t *tree = json_loads(value, JSON_DECODE_ANY, NULL);
    bool good = json_is_array(tree);
    for (size_t i = 0; i < json_array_size(tree) && good; i++) {
        const json_t *item = json_array_get(tree, i);
        good = json_is_number(item) && (i == 0 || json_number_value(json_array_get(tree, i - 1)) <=
                                                      json_number_value(item));
    }
    json_decref(tree);
    if (good) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: %s is '%.60s', expected a list of ascending numbers", what,
                name, value);
}

static const field discretization_fields[] = {
    LAYER_FIELDS_UNTRAINED(OWNER),
    CONFIG(OWNER, bin_boundaries, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS,
           .check = check_boundaries, .help = "ascending; null: adapt sets them"),
    INTEGER(OWNER, num_bins, NULLABLE, .min = 1, .help = "how many adapt cuts"),
    REAL(OWNER, epsilon, DEFAULT(0.01), .min = 1e-9, .max = 1,
         .help = "share of the data that a bin of adapt may be off by"),
    TEXT(OWNER, output_mode, "int", .choices = encoding_modes, .help = "what the output says"),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    if (o->bin_boundaries || o->num_bins != NO_INTEGER) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: neither bin_boundaries nor num_bins is given, expected one",
                what);
}

/* The table of the option's text. */
static mica_status set_table(mica_layer *l, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, discretization);
    if (!o->bin_boundaries) return MICA_OK;
    json_t *tree = json_loads(o->bin_boundaries, JSON_DECODE_ANY, NULL);
    int64_t n = (int64_t)json_array_size(tree);
    mica_tensor *t = tensor_alloc(l->ctx, MICA_FLOAT32, &MICA_SHAPE(n));
    for (int64_t i = 0; i < n && t->kind != TENSOR_POISON; i++)
        ((float *)tensor_bytes(t))[i] = (float)json_number_value(json_array_get(tree, (size_t)i));
    json_decref(tree);
    if (t->kind == TENSOR_POISON) return mica_check(l->ctx, err);
    layer_set_table(l, BOUNDARIES, t);
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    if (l->table[BOUNDARIES]) return MICA_OK;
    return fail(err, MICA_STATE, "it has no bins yet: adapt it to data, or give bin_boundaries");
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, discretization);
    mica_tensor *bounds = l->table[BOUNDARIES];
    bool whole = !strcmp(o->output_mode, "int");
    mica_tensor *bin = mica_searchsorted(bounds, f->in[0], true);
    f->out[0] = encode_categories(bin, o->output_mode, bounds->shape.dims[0] + 1,
                                  whole ? MICA_INT32 : l->compute_dtype, NULL);
}

/* Text of the list that the config will have. */
static const char *text_of(arena *a, const double *bounds, int64_t count) {
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++) json_array_append_new(list, json_real(bounds[i]));
    char *text = config_text(list);
    const char *kept = text ? arena_text(a, text) : NULL;
    json_decref(list);
    free(text);
    return kept;
}

static mica_status adapt(mica_layer *l, const mica_dataset *d, mica_error *err) {
    OWNER *o = (OWNER *)l->options;
    int64_t count, had = l->table[BOUNDARIES] ? l->table[BOUNDARIES]->shape.dims[0] : -1;
    double *bounds;
    if (o->num_bins == NO_INTEGER)
        return fail(err, MICA_STATE,
                    "layer %s: its bin_boundaries are given, expected num_bins to adapt", l->name);
    TRY(quantile_boundaries(d, dataset_column(d, COLUMN_INPUT, 0), o->num_bins, o->epsilon, &bounds,
                            &count, err));
    const char *text = text_of(&l->arena, bounds, count);
    free(bounds);
    if (!text) return fail_memory(err, (size_t)count, l->name);
    if (l->built && had >= 0 && had != count && strcmp(o->output_mode, "int"))
        return fail(err, MICA_STATE,
                    "layer %s: adapting gives %lld bins, but what comes after it was built for "
                    "%lld",
                    l->name, (long long)count + 1, (long long)had + 1);
    o->bin_boundaries = text;
    return set_table(l, err);
}

static bool unlearned(mica_layer *l) { return !OPTIONS_OF(l, discretization)->bin_boundaries; }

const layer_kind layer_discretization = {.name = "Discretization",
                                         .fields = discretization_fields,
                                         .options_size = sizeof(OWNER),
                                         .translate = encoding_translate,
                                         .check = check,
                                         .complete = set_table,
                                         .build = build,
                                         .call = call,
                                         .adapt = adapt,
                                         .unlearned = unlearned,
                                         .max_rank = MAX_RANK - 1,
                                         .keeps_integers = true,
                                         .ends_mask = true};

LAYER_CONSTRUCTOR(discretization)
