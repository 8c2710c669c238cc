/* Configs of every layer: each field through files and back, zeros too; dialects; headers. */
#include "layer/layer.h"
#include "required.h"
#include "support/in_context.h"
#include "support/options_header.h"

#include <glob.h>

static json_t *written(const mica_layer *l) {
    json_t *tree = layer_config(l, &err);
    assert_non_null(tree);
    json_t *config = json_incref(json_object_get(tree, "config"));
    json_decref(tree);
    return config;
}

/* Values to try for a field, as JSON; NULL ends. */
static const char *const *candidates(const field *f) {
    static const char *const integers[] = {"0",
                                           "1",
                                           "2",
                                           "-1",
                                           "[0, 0]",
                                           "[1, 2]",
                                           "[1]",
                                           "[1, 2, 3]",
                                           "[[1, 2], [3, 4]]",
                                           "[[1, 0], [3, 4], [0, 6]]",
                                           "null",
                                           NULL};
    static const char *const reals[] = {"0.0", "0.5", "1.0", "-3.5", "null", NULL};
    static const char *const lists[] = {"0.0",        "0.5",          "-2.0",
                                        "[0.0, 0.3]", "[0.0, 255.0]", "[1.0, 2.0, 3.0]",
                                        "null",       "[\"one\"]",    NULL};
    static const char *const booleans[] = {"true", "false", NULL};
    static const char *const shapes[] = {"[1, 2]", "[2, 1]", "[null, 7]", "[-1]", "null", NULL};
    static const char *const texts[] = {
        "\"ones\"",
        "\"l2\"",
        "\"non_neg\"",
        "\"tanh\"",
        "\"same\"",
        "\"channels_first\"",
        "\"bilinear\"",
        "\"constant\"",
        "null",
        "{\"class_name\": \"Constant\", \"config\": {\"value\": 0.0}}",
        "{\"class_name\": \"LeakyReLU\", \"config\": {\"negative_slope\": 0.0}}",
        NULL};
    static const char *const trees[] = {"[3, 1, 2]",      "[0.5, 1.5]", "2",    "\"x\"",
                                        "[\"x\", \"y\"]", "[]",         "null", NULL};
    if (f->flags & (FIELD_JSON | FIELD_NUMBERS)) return trees;
    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_INTEGERS: return integers;
    case FIELD_REAL: return reals;
    case FIELD_REALS: return lists;
    case FIELD_BOOLEAN:
    case FIELD_NEGATED: return booleans;
    case FIELD_SHAPE: return shapes;
    default: return texts;
    }
}

/* One number stands for all of a list, and of pairs for both: the list that is written. */
static json_t *spread(const field *f, json_t *value) {
    if (f->type == FIELD_INTEGER && json_is_array(value)) { /* a list of one: the number */
        json_t *one = json_incref(json_array_get(value, 0));
        json_decref(value);
        return one;
    }
    if (f->type != FIELD_INTEGERS) return value;
    bool pairs = (f->flags & FIELD_PAIRS) && f->count > 2;
    size_t count = pairs ? f->count / 2 : f->count;
    if (json_is_null(value)) return value;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (pairs && json_is_integer(item))
            json_array_append_new(list, json_pack("[O, O]", item, item));
        else json_array_append(list, item);
    }
    json_decref(value);
    return list;
}

/* Reads config[name] = value; where it is accepted it must be written as it was read. */
static int try_value(const layer_kind *k, const field *f, const char *text) {
    json_t *config = base_of(k->name), *value = parsed(text);
    json_object_set(config, f->name, value);
    mica_layer *l = layer_from_config(ctx, k->name, config, &err);
    if (l) {
        json_t *out = written(l), *got = json_object_get(out, f->name);
        value = spread(f, value);
        bool defaulted = json_is_null(value) && !(f->flags & FIELD_NULLABLE);
        defaulted |= f->type == FIELD_SHAPE && /* an unknown dim is -1 or null, as the field says */
                     !strcmp(text, f->flags & FIELD_UNKNOWN ? "[-1]" : "[null, 7]");
        bool hidden = !got && (f->flags & (FIELD_HIDDEN | FIELD_SPARED));
        if (!defaulted && !hidden && !json_equal(got, value))
            fail_msg("%s: %s %s is written as %s", k->name, f->name, text, config_text(got));
        mica_layer *again = layer_from_config(ctx, k->name, out, &err);
        if (!again) fail_msg("%s: its own config is refused: %s", k->name, err.message);
        json_t *second = written(again);
        assert_true(json_equal(out, second));
        json_decref(out);
        json_decref(second);
    } else if (!strstr(err.message, f->name)) {
        fail_msg("%s: %s: the error does not name it: %s", k->name, f->name, err.message);
    }
    json_decref(config);
    json_decref(value);
    return l != NULL;
}

TEST(every_field_is_the_same_after_writing_and_reading) {
    for (const layer_kind *const *k = all_layers; *k; k++)
        for (const field *f = (*k)->fields; f->name; f++) {
            if (!strcmp(f->name, "name") || !strcmp(f->name, "dtype")) continue;
            int accepted = 0;
            for (const char *const *text = candidates(f); *text; text++)
                accepted += try_value(*k, f, *text);
            if (!accepted) fail_msg("%s: no value of %s is accepted", (*k)->name, f->name);
        }
}

/* What is null in resolved options, as a caller says it. */
static void unresolve(const field *fields, char *options) {
    for (const field *f = fields; f->name; f++)
        for (size_t i = 0; i < f->count; i++) {
            int64_t *integer = (int64_t *)(options + f->offset) + i;
            bool number = f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS;
            if (number && *integer == NO_INTEGER) *integer = 0;
            else if (number && *integer == 0) *integer = MICA_ZERO;
        }
}

/* MICA_ZERO in an options struct is a real 0, wherever 0 is legal. */
static void try_zero(const layer_kind *k, const field *f) {
    json_t *config = base_of(k->name);
    mica_layer *model = layer_from_config(ctx, k->name, config, &err);
    char *options = calloc(1, k->options_size);
    memcpy(options, model->options, k->options_size);
    unresolve(k->fields, options);
    json_object_set_new(config, f->name, f->type == FIELD_REAL ? json_real(0) : json_integer(0));
    mica_layer *from_file = layer_from_config(ctx, k->name, config, &err);
    if (f->type == FIELD_REAL) *(double *)(options + f->offset) = MICA_ZERO;
    else
        for (size_t i = 0; i < f->count; i++) ((int64_t *)(options + f->offset))[i] = MICA_ZERO;
    *(const char **)(options + offsetof(mica_layer_options, name)) = from_file ? from_file->name
                                                                               : NULL;
    mica_layer *from_c = layer_new(ctx, k, options);
    mica_check(ctx, &err);
    if (from_c->failed != !from_file)
        fail_msg("%s: %s: 0 in C and in files differ", k->name, f->name);
    if (from_file) {
        json_t *a = written(from_file), *b = written(from_c);
        if (!json_equal(a, b)) fail_msg("%s: %s: %s", k->name, f->name, config_text(b));
        json_decref(a);
        json_decref(b);
    }
    json_decref(config);
    free(options);
}

TEST(a_real_zero_is_said_by_mica_zero) {
    for (const layer_kind *const *k = all_layers; *k; k++)
        for (const field *f = (*k)->fields; f->name; f++)
            if (f->type == FIELD_REAL || f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS)
                try_zero(*k, f);
}

#define LAYER(id) #id,
static const char *const ids[] = {
#include "layer/layers.def"
    NULL};
#undef LAYER

/* The header that declares the options of a layer: layers.h, or that of a family. */
static const char *header_of(const char *id, glob_t *headers) {
    char struct_[128], alias[128]; /* one struct for a family has the names of its layers */
    snprintf(struct_, sizeof struct_, "} mica_%s_options;", id);
    snprintf(alias, sizeof alias, "_options mica_%s_options;", id);
    for (size_t i = 0; i < headers->gl_pathc; i++) {
        char *text = whole_file(headers->gl_pathv[i]);
        bool found = strstr(text, struct_) || strstr(text, alias);
        free(text);
        if (found) return headers->gl_pathv[i];
    }
    fail_msg("no header declares mica_%s_options", id);
    return NULL;
}

TEST(headers_equal_the_tables) {
    glob_t headers;
    assert_int_equal(glob("include/mica/layers*.h", 0, NULL, &headers), 0);
    for (int i = 0; ids[i]; i++)
        assert_header_matches(header_of(ids[i], &headers), ids[i], all_layers[i]->fields,
                              sizeof(mica_layer_options));
    globfree(&headers);
}

TEST(default_names_are_keras_names) {
    static const char *const names[][2] = {{"Conv2D", "conv2d"},
                                           {"MaxPooling2D", "max_pooling2d"},
                                           {"ReLU", "re_lu"},
                                           {"LeakyReLU", "leaky_re_lu"},
                                           {"PReLU", "p_re_lu"},
                                           {"ELU", "elu"},
                                           {"InputLayer", "input_layer"},
                                           {"UpSampling2D", "up_sampling2d"},
                                           {"Dense", "dense"},
                                           {"Conv2DTranspose", "conv2d_transpose"},
                                           {"SeparableConv2D", "separable_conv2d"},
                                           {"GlobalAveragePooling2D", "global_average_pooling2d"},
                                           {"BatchNormalization", "batch_normalization"}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        char name[64];
        layer_default_name(layer_kind_by_name(ctx, names[i][0]), name);
        assert_string_equal(name, names[i][1]);
    }
    mica_layer *first = mica_layer_flatten(ctx, NULL), *second = mica_layer_flatten(ctx, NULL);
    assert_string_equal(first->name, "flatten");
    assert_string_equal(second->name, "flatten_1");
}

/* Configs as Keras 1, 2 and 3 write them, and what they become. */
static const struct dialect {
    const char *class_name, *config, *key, *expected;
} dialects[] = {
    {"Dense",
     "{\"output_dim\": 5, \"init\": \"he_normal\", \"W_regularizer\": null, \"input_dim\": 3}",
     "units", "5"},
    {"Convolution2D",
     "{\"nb_filter\": 8, \"nb_row\": 3, \"nb_col\": 5, \"border_mode\": \"same\", "
     "\"subsample\": [1, 1], \"dim_ordering\": \"tf\", \"bias\": true}",
     "kernel_size", "[3, 5]"},
    {"Convolution2D", "{\"nb_filter\": 8, \"nb_row\": 3, \"nb_col\": 5, \"dim_ordering\": \"th\"}",
     "data_format", "\"channels_first\""},
    {"Dropout", "{\"p\": 0.25}", "rate", "0.25"},
    {"Dense", "{\"units\": 5, \"batch_input_shape\": [null, 3], \"dtype\": \"float32\"}", "units",
     "5"},
    {"BatchNormalization", "{\"axis\": [3], \"fused\": true, \"virtual_batch_size\": null}", "axis",
     "3"},
    {"LeakyReLU", "{\"alpha\": 0.1}", "alpha", "0.1"},
    {"LeakyReLU", "{\"negative_slope\": 0.1}", "alpha", "0.1"},
    {"InputLayer", "{\"batch_shape\": [null, 28, 28], \"sparse\": false, \"ragged\": false}",
     "batch_input_shape", "[null, 28, 28]"},
    {"Dense",
     "{\"units\": 5, \"dtype\": {\"module\": \"keras\", \"class_name\": \"DTypePolicy\", "
     "\"config\": "
     "{\"name\": \"mixed_bfloat16\"}, \"registered_name\": null}, \"build_config\": "
     "{\"input_shape\": [null, 3]}, "
     "\"quantization_config\": null}",
     "dtype", "\"mixed_bfloat16\""},
    {"MaxPool2D", "{\"pool_size\": 3, \"strides\": null}", "pool_size", "[3, 3]"},
};

TEST(dialects_of_keras_are_read) {
    for (size_t i = 0; i < LENGTH(dialects); i++) {
        json_t *config = parsed(dialects[i].config), *expected = parsed(dialects[i].expected);
        mica_layer *l = layer_from_config(ctx, dialects[i].class_name, config, &err);
        if (!l) fail_msg("%s: %s", dialects[i].config, err.message);
        json_t *out = written(l);
        if (!json_equal(json_object_get(out, dialects[i].key), expected))
            fail_msg("%s: %s", dialects[i].config, config_text(out));
        json_decref(config);
        json_decref(expected);
        json_decref(out);
    }
}

/* What is wrong is told, with the place and the nearest name. */
static const struct wrong {
    const char *class_name, *config;
    mica_status code;
    const char *text;
} wrongs[] = {
    {"Dens", "{}", MICA_NAME, "unknown class 'Dens' (did you mean 'Dense'?)"},
    {"Lambda", "{\"name\": \"f\"}", MICA_UNSUPPORTED, "layer f: class Lambda holds code in Python"},
    {"Dense", "{\"name\": \"d\", \"unit\": 3}", MICA_NAME,
     "layer d: unknown option 'unit' (did you mean 'units'?)"},
    {"Dense", "{\"name\": \"d\"}", MICA_VALUE, "layer d: units must be given"},
    {"Dense", "{\"units\": 0}", MICA_VALUE, "Dense: units is 0, expected at least 1"},
    {"Dense", "{\"units\": \"ten\"}", MICA_TYPE, "units is \"ten\", expected an integer"},
    {"Dense", "{\"units\": 3, \"activation\": \"rely\"}", MICA_NAME, "did you mean 'relu'?"},
    {"Dense", "{\"units\": 3, \"kernel_initializer\": \"he_norml\"}", MICA_NAME,
     "did you mean 'he_normal'?"},
    {"Dense",
     "{\"units\": 3, \"kernel_regularizer\": {\"class_name\": \"L2\", \"config\": {\"l2\": -1}}}",
     MICA_VALUE, "l2 is -1, expected at least 0"},
    {"Dense", "{\"units\": 3, \"dtype\": \"float23\"}", MICA_NAME, "did you mean 'float32'?"},
    {"Conv2D", "{\"filters\": 4, \"kernel_size\": [3, 3, 3]}", MICA_VALUE,
     "kernel_size has 3 numbers, expected 2"},
    {"Conv2D", "{\"filters\": 4, \"kernel_size\": 3, \"padding\": \"sme\"}", MICA_NAME,
     "did you mean 'same'?"},
    {"Conv2D", "{\"filters\": 4, \"kernel_size\": 3, \"groups\": 3}", MICA_VALUE,
     "expected a multiple of groups"},
    {"Conv2D", "{\"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"dilation_rate\": 2}",
     MICA_VALUE, "both above 1"},
    {"Conv2DTranspose", "{\"filters\": 4, \"kernel_size\": 3, \"output_padding\": 1}", MICA_VALUE,
     "below strides"},
    {"Dropout", "{\"rate\": 1.5}", MICA_VALUE, "rate is 1.5, expected 0 to 1"},
    {"BatchNormalization", "{\"renorm\": true}", MICA_UNSUPPORTED, "renorm is not supported"},
    {"Permute", "{\"dims\": [1, 3]}", MICA_VALUE, "expected each of 1 to 2 once"},
    {"Reshape", "{\"target_shape\": [-1, -1]}", MICA_VALUE, "2 of them -1"},
    {"InputLayer", "{\"batch_shape\": [null, 0]}", MICA_VALUE, "expected at least 1"},
    {"Activation", "{}", MICA_VALUE, "activation must be given"},
};

TEST(wrong_configs_are_told) {
    for (size_t i = 0; i < LENGTH(wrongs); i++) {
        json_t *config = parsed(wrongs[i].config);
        if (layer_from_config(ctx, wrongs[i].class_name, config, &err))
            fail_msg("%s %s is accepted", wrongs[i].class_name, wrongs[i].config);
        ASSERT_FAILS(err.code, wrongs[i].code, wrongs[i].text);
        json_decref(config);
    }
}

TEST(a_failed_layer_fails_when_it_is_called) {
    mica_layer *l = mica_layer_dense(ctx, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "Dense: units must be given");
    mica_layer_call(l, mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2), 0), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "was not made");
}

RUN_TESTS(IN_CONTEXT(every_field_is_the_same_after_writing_and_reading),
          IN_CONTEXT(a_real_zero_is_said_by_mica_zero), IN_CONTEXT(headers_equal_the_tables),
          IN_CONTEXT(default_names_are_keras_names), IN_CONTEXT(dialects_of_keras_are_read),
          IN_CONTEXT(wrong_configs_are_told), IN_CONTEXT(a_failed_layer_fails_when_it_is_called))
