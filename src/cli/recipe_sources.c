/* How the sources of data.train take turns: data.interleave, data.sample. See recipe.h. */
#include "cli/recipe.h"

#include "base/fields.h"
#include "data/pipe.h"

#include <math.h>
#include <string.h>

typedef struct turn_settings {
    int64_t block_length;
    bool stop_on_empty_dataset;
} turn_settings;

#define OWNER turn_settings
static const field interleave_fields[] = {
    INTEGER(OWNER, block_length, DEFAULT(1), .min = 1, .max = 1e12), END_OF_FIELDS};
static const field sample_fields[] = {BOOLEAN(OWNER, stop_on_empty_dataset), END_OF_FIELDS};

/* One for each source, in their order. */
static mica_status read_weights(recipe *r, const json_t *list, mica_error *err) {
    const json_t *one;
    double total = 0;
    size_t i;
    char text[CONFIG_SHOWN];
    if (!list || json_is_null(list)) return MICA_OK;
    if (!json_array_size(list))
        return fail(err, MICA_TYPE, "data.sample: weights is %s, expected a list like [0.7, 0.3]",
                    config_show(list, text));
    double *weights = arena_take(&r->arena, sizeof *weights * json_array_size(list));
    if (!weights) return fail_no_memory(err, "data.sample");
    json_array_foreach((json_t *)list, i, one) {
        weights[i] = json_number_value(one);
        if (!json_is_number(one) || !(weights[i] >= 0))
            return fail(err, MICA_VALUE,
                        "data.sample: weights[%zu] is %s, expected a number from 0", i,
                        config_show(one, text));
        total += weights[i];
    }
    if (!(total > 0) || !isfinite(total))
        return fail(err, MICA_VALUE,
                    "data.sample: the weights are %g together, expected one above "
                    "0",
                    total);
    r->sample_weights = weights;
    r->sample_weight_count = json_array_size(list);
    return MICA_OK;
}

static mica_status read_sample(recipe *r, const json_t *value, mica_error *err) {
    turn_settings s = {0};
    json_t *options = json_copy((json_t *)value);
    json_object_del(options, "weights");
    mica_status status = fields_read(sample_fields, &s, options, &r->arena, NULL, "data.sample",
                                     err);
    json_decref(options);
    TRY(status);
    r->sample = value;
    r->stop_on_empty_dataset = s.stop_on_empty_dataset;
    return read_weights(r, json_object_get(value, "weights"), err);
}

static mica_status object_at(const json_t *data, const char *key, const char *like,
                             const json_t **out, mica_error *err) {
    char text[CONFIG_SHOWN];
    *out = json_object_get(data, key);
    if (json_is_null(*out)) *out = NULL;
    if (!*out || json_is_object(*out)) return MICA_OK;
    return fail(err, MICA_TYPE, "data.%s is %s, expected an object like %s", key,
                config_show(*out, text), like);
}

mica_status recipe_read_sources(recipe *r, const json_t *data, mica_error *err) {
    const json_t *interleave, *sample;
    turn_settings s = {0};
    TRY(object_at(data, "interleave", "{\"block_length\": 1}", &interleave, err));
    TRY(object_at(data, "sample", "{\"weights\": [0.7, 0.3]}", &sample, err));
    if (interleave && sample)
        return fail(err, MICA_VALUE, "data.interleave and data.sample, expected one of them");
    if (sample) return read_sample(r, sample, err);
    if (!interleave) return MICA_OK;
    TRY(fields_read(interleave_fields, &s, interleave, &r->arena, NULL, "data.interleave", err));
    r->interleave = interleave;
    r->block_length = s.block_length;
    return MICA_OK;
}

mica_status recipe_read_zip(recipe *r, const json_t *value, const char *key, const char **out,
                            mica_error *err) {
    static const char *const known[] = {"zip", NULL};
    const char *given;
    json_t *one;
    char what[64];
    snprintf(what, sizeof what, "data.%s", key);
    json_object_foreach((json_t *)value, given, one) if (strcmp(given, "zip")) return fail_unknown(
        err, what, "key", given, known);
    TRY(zip_check(json_object_get(value, "zip"), what, err));
    *out = spec_text(r, value);
    return *out ? MICA_OK : fail_no_memory(err, r->name);
}

mica_status recipe_check_sources(const recipe *r, mica_error *err) {
    const char *key = r->sample ? "sample" : "interleave";
    if (!r->sample && !r->interleave) return MICA_OK;
    json_t *list = spec_list(r->train);
    const size_t count = list ? json_array_size(list) : 1;
    json_decref(list);
    if (count < 2 || count > MOST_PARTS)
        return fail(err, MICA_VALUE,
                    "data.%s: data.train has %zu source%s, expected a list of 2 to "
                    "%d",
                    key, count, count > 1 ? "s" : "", MOST_PARTS);
    if (r->sample_weights && r->sample_weight_count != count)
        return fail(err, MICA_VALUE,
                    "data.sample: %zu weights, expected %zu, one for each source "
                    "of data.train",
                    r->sample_weight_count, count);
    return MICA_OK;
}
