/* Recipes: see recipe.h. */
#include "cli/recipe.h"

#include "base/fields.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static const char *const top_keys[] = {"model", "data", "compile", "fit", "seed", "output", "$schema", "name", NULL};
static const char *const data_keys[] = {"train", "validation", "test", "validation_split", NULL};
static const char *const fit_keys[] = {"epochs", "batch_size", "shuffle", "class_weight", "steps_per_epoch",
                                       "validation_split", NULL};

static mica_status known_keys(const json_t *object, const char *const *known, const char *what, mica_error *err) {
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return fail(err, MICA_TYPE, "%s is %s, expected an object", what, config_kind(object));
    json_object_foreach((json_t *)object, key, value) {
        bool found = false;
        for (const char *const *k = known; *k && !found; k++) found = !strcmp(*k, key);
        if (!found) return fail_unknown(err, what, "key", key, known);
    }
    return MICA_OK;
}

static mica_status wrong(const char *what, const json_t *value, const char *expected, mica_error *err) {
    return fail(err, MICA_TYPE, "recipe: %s is %s, expected %s", what, config_kind(value), expected);
}

static mica_status text_of(const json_t *object, const char *key, const char **out, mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_string(value)) return wrong(key, value, "a string", err);
    *out = json_string_value(value);
    return MICA_OK;
}

static mica_status count_of(const json_t *object, const char *key, int64_t least, int64_t *out, mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_integer(value)) return wrong(key, value, "a whole number", err);
    *out = (int64_t)json_integer_value(value);
    if (*out < least) return fail(err, MICA_VALUE, "recipe: %s is %lld, expected at least %lld", key, (long long)*out, (long long)least);
    return MICA_OK;
}

static mica_status split_of(const json_t *object, double *out, mica_error *err) {
    const json_t *value = json_object_get(object, "validation_split");
    if (!value) return MICA_OK;
    if (!json_is_number(value)) return wrong("validation_split", value, "a number", err);
    *out = json_number_value(value);
    if (*out < 0 || *out >= 1) return fail(err, MICA_VALUE, "recipe: validation_split is %g, expected 0 to below 1", *out);
    return MICA_OK;
}

static mica_status read_data(recipe *r, const json_t *data, mica_error *err) {
    if (!data) return MICA_OK;
    if (json_is_string(data)) return r->train = json_string_value(data), MICA_OK;
    TRY(known_keys(data, data_keys, "recipe: data", err));
    TRY(text_of(data, "train", &r->train, err));
    TRY(text_of(data, "validation", &r->validation, err));
    TRY(text_of(data, "test", &r->test, err));
    return split_of(data, &r->validation_split, err);
}

static mica_status read_fit(recipe *r, const json_t *fit, mica_error *err) {
    if (!fit) return MICA_OK;
    TRY(known_keys(fit, fit_keys, "recipe: fit", err));
    TRY(count_of(fit, "epochs", 1, &r->epochs, err));
    TRY(count_of(fit, "batch_size", 1, &r->batch_size, err));
    TRY(count_of(fit, "steps_per_epoch", 1, &r->steps_per_epoch, err));
    TRY(split_of(fit, &r->validation_split, err));
    const json_t *shuffle = json_object_get(fit, "shuffle");
    if (shuffle && !json_is_boolean(shuffle)) return wrong("shuffle", shuffle, "true or false", err);
    r->no_shuffle = json_is_false(shuffle);
    r->class_weight = json_object_get(fit, "class_weight");
    if (r->class_weight && !json_is_object(r->class_weight))
        return wrong("class_weight", r->class_weight, "an object of class numbers and weights", err);
    return MICA_OK;
}

static mica_status read(recipe *r, mica_error *err) {
    r->epochs = 1;
    r->batch_size = 32;
    TRY(known_keys(r->tree, top_keys, "recipe", err));
    r->model = json_object_get(r->tree, "model");
    r->compile = json_object_get(r->tree, "compile");
    TRY(read_data(r, json_object_get(r->tree, "data"), err));
    TRY(read_fit(r, json_object_get(r->tree, "fit"), err));
    TRY(count_of(r->tree, "seed", 0, &r->seed, err));
    return text_of(r->tree, "output", &r->output, err);
}

/* "fit.epochs=10": the value as JSON, or as a string where it is none. */
static mica_status set_value(json_t *tree, const char *setting, mica_error *err) {
    const char *equals = strchr(setting, '='), *at = setting;
    json_t *object = tree;
    if (!equals || equals == setting) return fail(err, MICA_VALUE, "--set %s: expected key.path=value", setting);
    for (const char *dot; (dot = memchr(at, '.', (size_t)(equals - at))); at = dot + 1) {
        char key[256];
        snprintf(key, sizeof key, "%.*s", (int)(dot - at), at);
        json_t *next = json_object_get(object, key);
        if (!next) json_object_set_new(object, key, next = json_object());
        if (!json_is_object(next)) return fail(err, MICA_TYPE, "--set %s: %s is %s", setting, key, config_kind(next));
        object = next;
    }
    char key[256];
    snprintf(key, sizeof key, "%.*s", (int)(equals - at), at);
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    if (json_object_set_new(object, key, value ? value : json_string(equals + 1)))
        return fail_memory(err, 1, setting);
    return MICA_OK;
}

static mica_status finish(recipe *r, const char *const *sets, int set_count, mica_error *err) {
    for (int i = 0; i < set_count; i++) TRY(set_value(r->tree, sets[i], err));
    return read(r, err);
}

mica_status recipe_load(const char *path, const char *const *sets, int set_count, recipe *r, mica_error *err) {
    *r = (recipe){.folder = ""};
    TRY(config_load(path, &r->tree, err));
    const char *slash = strrchr(path, '/');
    char *folder = arena_text(&r->arena, path);
    if (!folder) return fail_memory(err, strlen(path), path);
    folder[slash ? slash - path + 1 : 0] = 0;
    r->folder = folder;
    mica_status status = finish(r, sets, set_count, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", path);
}

mica_status recipe_empty(const char *const *sets, int set_count, recipe *r, mica_error *err) {
    *r = (recipe){.folder = "", .tree = json_object()};
    return r->tree ? finish(r, sets, set_count, err) : fail_memory(err, 1, "a recipe");
}

void recipe_free(recipe *r) {
    json_decref(r->tree);
    arena_free(&r->arena);
    *r = (recipe){.folder = ""};
}

const char *recipe_path(recipe *r, const char *path) {
    const char *colon = strchr(path, ':'), *rest = colon && colon != path ? colon + 1 : path;
    if (rest[0] == '/' || !r->folder[0]) return path;
    size_t length = strlen(r->folder) + strlen(path) + 1;
    char *joined = arena_take(&r->arena, length);
    if (joined) snprintf(joined, length, "%.*s%s%s", (int)(rest - path), path, r->folder, rest);
    return joined;
}
