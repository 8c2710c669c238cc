/* Columns of a table as the inputs of a model, each prepared by layers that the model keeps: the
 * recipe's {"features": {"age": "float_normalized", "city": "string_categorical", …}}. What the
 * layers make of them comes beside each other. Source: keras.utils.FeatureSpace, whose kinds and
 * options these are; crosses hash the values themselves. */
#include "model/feature_space.h"

#include <string.h>

#define HOT ", \"output_mode\": \"one_hot\"}"
#define LOOKUP "{\"num_oov_indices\": 1" HOT
#define LOOKUP_OPTIONS                                                                             \
    { "max_tokens", "num_oov_indices", "vocabulary", "output_mode" }

#define HASHED "{\"num_bins\": 32" HOT
#define HASHED_OPTIONS                                                                             \
    { "num_bins", "output_mode" }

static const feature_kind feature_kinds[] = {
    {"float", "float32", NULL, "{}", {NULL}, "number"},
    {"float_rescaled", "float32", "Rescaling", "{\"scale\": 1.0}", {"scale", "offset"}, "number"},
    {"float_normalized", "float32", "Normalization", "{}", {"mean", "variance"}, "number"},
    {"float_discretized",
     "float32",
     "Discretization",
     "{\"num_bins\": 10" HOT,
     {"num_bins", "bin_boundaries", "output_mode"},
     NULL},
    {"integer_categorical", "int64", "IntegerLookup", LOOKUP, LOOKUP_OPTIONS, "category"},
    {"string_categorical", "string", "StringLookup", LOOKUP, LOOKUP_OPTIONS, "category"},
    {"integer_hashed", "int64", "Hashing", HASHED, HASHED_OPTIONS, NULL},
    {"string_hashed", "string", "Hashing", HASHED, HASHED_OPTIONS, NULL},
    {"string_vectorized",
     "string",
     "TextVectorization",
     "{\"max_tokens\": 20000, \"output_mode\": \"multi_hot\"}",
     {"max_tokens", "split", "ngrams", "output_mode"},
     NULL,
     true},
};

static mica_status unknown_kind(const char *place, const char *kind, mica_error *err) {
    const char *known[LENGTH(feature_kinds) + 1] = {NULL};
    for (size_t i = 0; i < LENGTH(feature_kinds); i++) known[i] = feature_kinds[i].name;
    return fail_unknown(err, place, "kind of feature", kind, known);
}

mica_status feature_kind_read(const json_t *value, const char *place, const feature_kind **out,
                              const json_t **options, mica_error *err) {
    const char *name = json_string_value(value);
    *options = NULL;
    *out = NULL;
    if (json_is_object(value) && json_object_size(value) == 1) {
        void *only = json_object_iter((json_t *)value);
        name = json_object_iter_key(only);
        *options = json_object_iter_value(only);
    }
    if (!name || (*options && !json_is_object(*options)))
        return config_wrong(err, place, "it", value, "a kind, or {\"kind\": {options}}");
    for (size_t i = 0; i < LENGTH(feature_kinds) && !*out; i++)
        if (!strcmp(feature_kinds[i].name, name)) *out = &feature_kinds[i];
    return *out ? MICA_OK : unknown_kind(place, name, err);
}

mica_status feature_options(const feature_kind *kind, const json_t *given, const char *place,
                            json_t **out, mica_error *err) {
    const char *key;
    json_t *value;
    const char *known[LENGTH(kind->given) + 1] = {NULL};
    memcpy(known, kind->given, sizeof kind->given);
    json_object_foreach((json_t *)given, key, value) {
        bool found = false;
        for (size_t i = 0; known[i] && !found; i++) found = !strcmp(known[i], key);
        if (!found) return fail_unknown(err, place, "option", key, known);
    }
    *out = json_loads(kind->options, 0, NULL);
    if (!*out || (given && json_object_update(*out, (json_t *)given)))
        return fail_no_memory(err, place);
    if (json_object_get(given, "bin_boundaries")) json_object_del(*out, "num_bins");
    return MICA_OK;
}

mica_status feature_add_layer(feature_space *s, const char *class_name, const json_t *config,
                              const reference *in, int inputs, const char *place, reference *out,
                              mica_error *err) {
    mica_layer *l = layer_from_config(s->m->ctx, class_name, config, err);
    mica_status status = l ? model_add_node(s->m, l, in, inputs, err) : err->code;
    if (status != MICA_OK) {
        if (l) layer_discard(l);
        return fail_within(err, status, "%s", place);
    }
    *out = (reference){(int)s->m->node_count - 1, 0};
    return MICA_OK;
}

mica_status feature_join(feature_space *s, reference r, mica_error *err) {
    if (s->count == MAX_LAYER_INPUTS)
        return fail(err, MICA_VALUE, "%s: more than %d features and crosses", s->file,
                    MAX_LAYER_INPUTS);
    s->joined[s->count++] = r;
    return MICA_OK;
}

mica_status feature_add_input(feature_space *s, const char *name, const feature_input *how,
                              const char *place, reference *out, mica_error *err) {
    mica_model *m = s->m;
    if (m->input_count == MAX_MODEL_INPUTS)
        return fail(err, MICA_VALUE,
                    "%s: more than %d features, as a model has inputs: \"inputs\": \"grouped\" in "
                    "data.preprocessing makes one input of the features of a kind",
                    s->file, MAX_MODEL_INPUTS);
    if (strchr(name, '/'))
        context_log(m->ctx, MICA_LOG_WARNING,
                    "%s: Keras opens no model with a '/' in a name; mica does", place);
    json_t *shape = json_pack("[n]"), *config = json_pack("{s:o, s:s, s:s}", "batch_shape", shape,
                                                          "dtype", how->dtype, "name", name);
    if (how->width) json_array_append_new(shape, json_integer(how->width));
    if (!config) return fail_no_memory(err, place);
    mica_status status = feature_add_layer(s, "InputLayer", config, NULL, 0, place, out, err);
    json_decref(config);
    if (status == MICA_OK) m->inputs[m->input_count++] = *out;
    return status;
}

static mica_status add_feature(feature_space *s, const char *name, const json_t *value,
                               mica_error *err) {
    char place[MAX_PLACE];
    const feature_kind *kind;
    const json_t *given;
    json_t *config = NULL;
    reference r;
    snprintf(place, sizeof place, "%s: model.features.%s", s->file, name);
    TRY(feature_kind_read(value, place, &kind, &given, err));
    TRY(feature_add_input(s, name, &(feature_input){kind->dtype, kind->split ? 0 : 1}, place, &r,
                          err));
    mica_status status = feature_options(kind, given, place, &config, err);
    if (status == MICA_OK && kind->class_name)
        status = feature_add_layer(s, kind->class_name, config, &r, 1, place, &r, err);
    json_decref(config);
    return status == MICA_OK ? feature_join(s, r, err) : status;
}

/* ---- crosses ---- */

static mica_status find_input(const feature_space *s, const json_t *item, const char *place,
                              reference *out, mica_error *err) {
    const mica_model *m = s->m;
    const char *name = json_string_value(item), *names[MAX_MODEL_INPUTS + 1] = {NULL};
    if (!name) return config_wrong(err, place, "a feature of it", item, "a name");
    for (int i = 0; i < m->input_count; i++) {
        const model_node *n = &m->nodes[m->inputs[i].node];
        names[i] = n->layer->name;
        if (strcmp(names[i], name)) continue;
        *out = m->inputs[i];
        if (n->out_dtype[0] == MICA_FLOAT32)
            return fail(err, MICA_TYPE,
                        "%s: feature %s is a float, expected an integer_… or string_… one", place,
                        name);
        return MICA_OK;
    }
    return fail_unknown(err, place, "feature", name, names);
}

static mica_status add_cross(feature_space *s, size_t number, const json_t *names, json_int_t dim,
                             mica_error *err) {
    char place[MAX_PLACE];
    reference in[MAX_LAYER_INPUTS], r;
    size_t i, n = json_array_size(names);
    json_t *item;
    snprintf(place, sizeof place, "%s: model.crosses[%zu]", s->file, number);
    if (n < 2 || n > LENGTH(in))
        return config_wrong(err, place, "it", names, "an array of two or more features");
    json_array_foreach((json_t *)names, i, item) TRY(find_input(s, item, place, &in[i], err));
    json_t *config = json_pack("{s:I, s:s}", "num_bins", dim, "output_mode", "one_hot");
    if (!config) return fail_no_memory(err, place);
    mica_status status = feature_add_layer(s, "HashedCrossing", config, in, (int)n, place, &r, err);
    json_decref(config);
    return status == MICA_OK ? feature_join(s, r, err) : status;
}

static mica_status add_crosses(feature_space *s, const json_t *tree, mica_error *err) {
    const json_t *crosses = json_object_get(tree, "crosses"),
                 *dim = json_object_get(tree, "crossing_dim");
    json_t *names;
    size_t i;
    if (crosses && !json_is_array(crosses))
        return config_wrong(err, s->file, "crosses", crosses, "an array of arrays of features");
    if (dim && (!json_is_integer(dim) || json_integer_value(dim) < 1))
        return config_wrong(err, s->file, "crossing_dim", dim, "a whole number from 1");
    json_array_foreach((json_t *)crosses, i, names)
        TRY(add_cross(s, i, names, dim ? json_integer_value(dim) : 32, err));
    return MICA_OK;
}

mica_status read_features(mica_model *m, const json_t *tree, const char *file, mica_error *err) {
    const json_t *features = json_object_get(tree, "features");
    feature_space s = {.m = m, .file = file};
    const char *name;
    json_t *value;
    if (!json_is_object(features) || !json_object_size(features))
        return config_wrong(err, file, "features", features,
                            "an object like {\"age\": \"float_normalized\"}");
    if (feature_groups_are_fed(m)) TRY(add_feature_groups(&s, tree, err));
    else
        json_object_foreach((json_t *)features, name, value) TRY(add_feature(&s, name, value, err));
    TRY(add_crosses(&s, tree, err));
    m->outputs[0] = s.joined[0];
    if (s.count == 1) return MICA_OK;
    return feature_add_layer(&s, "Concatenate", NULL, s.joined, s.count, file, &m->outputs[0], err);
}
