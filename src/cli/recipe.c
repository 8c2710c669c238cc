/* Recipes: see recipe.h. */
#include "cli/recipe.h"

#include "base/fields.h"
#include "base/file.h"
#include "data/database.h"
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

static const char *const top_keys[] = {"$schema",    "name",         "model", "data",
                                       "compile",    "fit",          "seed",  "output",
                                       "run_folder", "dtype_policy", NULL};
static const char *const data_keys[] = {
    "train",      "validation", "test",    "preprocessing", "validation_split",
    "resample",   "augment",    "windows", "skip",          "take",
    "shard",      "shuffle",    "repeat",  "prefetch",      "workers",
    "interleave", "sample",     "cache",   "join",          "clean",
    "filter",     NULL};
static const char *const fit_keys[] = {"epochs",
                                       "batch_size",
                                       "shuffle",
                                       "class_weight",
                                       "steps_per_epoch",
                                       "validation_split",
                                       "early_stopping",
                                       "csv_log",
                                       "checkpoint_seconds",
                                       "callbacks",
                                       NULL};

typedef struct early_stopping_settings {
    const char *monitor, *mode;
    double min_delta;
    int64_t patience;
    bool restore_best_weights;
} early_stopping_settings;

#define OWNER early_stopping_settings
static const char *const modes[] = {"auto", "min", "max", NULL};
static const field early_stopping_fields[] = {
    TEXT(OWNER, monitor, "val_loss"),     REAL(OWNER, min_delta, .max = 1e300),
    INTEGER(OWNER, patience, .max = 1e9), TEXT(OWNER, mode, "auto", .choices = modes),
    BOOLEAN(OWNER, restore_best_weights), END_OF_FIELDS,
};

static mica_status known_keys(const json_t *object, const char *const *known, const char *what,
                              mica_error *err) {
    const char *key;
    json_t *value;
    char text[CONFIG_SHOWN];
    if (!json_is_object(object))
        return fail(err, MICA_TYPE, "%s is %s, expected an object", what,
                    config_show(object, text));
    json_object_foreach((json_t *)object, key, value) {
        bool found = false;
        for (const char *const *k = known; *k && !found; k++) found = !strcmp(*k, key);
        if (!found) return fail_unknown(err, what, "key", key, known);
    }
    return MICA_OK;
}

static mica_status wrong(const char *what, const json_t *value, const char *expected,
                         mica_error *err) {
    char text[CONFIG_SHOWN];
    return fail(err, MICA_TYPE, "%s is %s, expected %s", what, config_show(value, text), expected);
}

static mica_status text_of(const json_t *object, const char *key, const char **out,
                           mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_string(value)) return wrong(key, value, "a string", err);
    *out = json_string_value(value);
    return MICA_OK;
}

/* A SPEC, or a list of them, which is then one as text. */
static mica_status spec_of(recipe *r, const json_t *data, const char *key, const char **out,
                           mica_error *err) {
    const json_t *value = json_object_get(data, key);
    const size_t count = json_array_size(value);
    char text[CONFIG_SHOWN];
    if (json_is_object(value)) return recipe_read_zip(r, value, key, out, err);
    if (!json_is_array(value)) return text_of(data, key, out, err);
    if (!count) return fail(err, MICA_VALUE, "data.%s is an empty list, expected paths", key);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(value, i);
        if (!json_is_string(one) || !*json_string_value(one))
            return fail(err, MICA_TYPE, "data.%s[%zu] is %s, expected a path", key, i,
                        config_show(one, text));
    }
    *out = spec_text(r, value);
    return *out ? MICA_OK : fail_no_memory(err, r->name);
}

static mica_status count_of(const json_t *object, const char *key, int64_t least, int64_t *out,
                            mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_integer(value)) return wrong(key, value, "a whole number", err);
    *out = (int64_t)json_integer_value(value);
    if (*out >= least) return MICA_OK;
    return fail(err, MICA_VALUE, "%s is %lld, expected at least %lld", key, (long long)*out,
                (long long)least);
}

static mica_status real_of(const json_t *object, const char *key, double below, double *out,
                           mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_number(value)) return wrong(key, value, "a number", err);
    *out = json_number_value(value);
    if (*out >= 0 && *out < below) return MICA_OK;
    return fail(err, MICA_VALUE, "%s is %g, expected 0 to below %g", key, *out, below);
}

static mica_status object_of(const json_t *object, const char *key, const json_t **out,
                             mica_error *err) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_object(value)) return wrong(key, value, "an object", err);
    *out = value;
    return MICA_OK;
}

/* ---- {"adam": {"learning_rate": 0.1}}, as layers are written, for {"class_name", "config"} ----
 */

static bool is_short(const json_t *value) {
    if (!json_is_object(value) || json_object_size(value) != 1) return false;
    void *only = json_object_iter((json_t *)value);
    const json_t *options = json_object_iter_value(only);
    return json_is_object(options) && strcmp(json_object_iter_key(only), "config") &&
           !json_object_get(options, "class_name");
}

static json_t *written_out(const json_t *value) {
    void *only = json_object_iter((json_t *)value);
    if (!json_object_size(json_object_iter_value(only))) /* "accuracy" means one by the loss */
        return json_string(json_object_iter_key(only));
    return json_pack("{s:s, s:O}", "class_name", json_object_iter_key(only), "config",
                     json_object_iter_value(only));
}

void recipe_write_out(json_t *object, const char *key) {
    json_t *value = json_object_get(object, key), *item;
    size_t i;
    if (is_short(value)) {
        json_object_set_new(object, key, written_out(value)); /* value is gone */
        return;
    }
    json_array_foreach(value, i, item) if (is_short(item))
        json_array_set_new(value, i, written_out(item));
}

static void write_out_all(json_t *tree) {
    json_t *compile = json_object_get(tree, "compile");
    recipe_write_out(compile, "optimizer");
    recipe_write_out(compile, "loss");
    recipe_write_out(compile, "metrics");
    recipe_write_out(compile, "weighted_metrics");
    recipe_write_out(json_object_get(tree, "fit"), "callbacks");
    recipe_write_out(json_object_get(tree, "data"), "augment");
}

/* A number, the last part of the rows; or an object that says more. */
static mica_status read_split(recipe *r, const json_t *owner, mica_error *err) {
    const json_t *value = json_object_get(owner, "validation_split");
    if (json_is_object(value)) return recipe_read_split(r, value, err);
    if (value && !json_is_null(value)) {
        r->splits_rows = false;
        r->split_groups = r->split_time = NULL;
    }
    return real_of(owner, "validation_split", 1, &r->validation_split, err);
}

static mica_status read_class_weight(recipe *r, const json_t *fit, mica_error *err) {
    const json_t *value = json_object_get(fit, "class_weight");
    r->balanced_classes = json_is_string(value) && !strcmp(json_string_value(value), "balanced");
    if (r->balanced_classes) return MICA_OK;
    if (json_is_string(value))
        return wrong("class_weight", value, "an object or \"balanced\"", err);
    return object_of(fit, "class_weight", &r->class_weight, err);
}

static mica_status read_data(recipe *r, const json_t *data, mica_error *err) {
    if (!data || json_is_null(data)) return MICA_OK;
    if (json_is_string(data)) return r->train = json_string_value(data), MICA_OK;
    TRY(known_keys(data, data_keys, "data", err));
    TRY(spec_of(r, data, "train", &r->train, err));
    TRY(spec_of(r, data, "validation", &r->validation, err));
    TRY(spec_of(r, data, "test", &r->test, err));
    TRY(recipe_read_windows(r, (json_t *)data, err));
    recipe_read_source((json_t *)data);
    TRY(object_of(data, "preprocessing", &r->preprocessing, err));
    r->augment = json_object_get(data, "augment");
    if (r->augment && !json_is_array(r->augment))
        return wrong("data.augment", r->augment, "a list", err);
    TRY(recipe_read_resample(r, data, err));
    TRY(recipe_read_pipeline(r, data, err));
    TRY(recipe_read_sources(r, data, err));
    return read_split(r, data, err);
}

static mica_status read_early_stopping(recipe *r, const json_t *fit, mica_error *err) {
    const json_t *settings = NULL;
    TRY(object_of(fit, "early_stopping", &settings, err));
    if (!settings) return MICA_OK;
    early_stopping_settings s = {0};
    TRY(fields_read(early_stopping_fields, &s, settings, &r->arena, NULL, "fit.early_stopping",
                    err));
    r->stops_early = true;
    r->early_stopping = *MICA_OPTIONS(early_stopping, .monitor = s.monitor, .mode = s.mode,
                                      .min_delta = s.min_delta, .patience = s.patience,
                                      .restore_best_weights = s.restore_best_weights);
    return MICA_OK;
}

static mica_status read_fit(recipe *r, const json_t *fit, mica_error *err) {
    if (!fit || json_is_null(fit)) return MICA_OK;
    TRY(known_keys(fit, fit_keys, "fit", err));
    TRY(count_of(fit, "epochs", 1, &r->epochs, err));
    TRY(count_of(fit, "batch_size", 1, &r->batch_size, err));
    TRY(count_of(fit, "steps_per_epoch", 1, &r->steps_per_epoch, err));
    TRY(read_split(r, fit, err));
    TRY(real_of(fit, "checkpoint_seconds", 1e9, &r->checkpoint_seconds, err));
    TRY(text_of(fit, "csv_log", &r->csv_log, err));
    TRY(read_class_weight(r, fit, err));
    TRY(read_early_stopping(r, fit, err));
    r->callbacks = json_object_get(fit, "callbacks");
    if (r->callbacks && !json_is_array(r->callbacks))
        return wrong("callbacks", r->callbacks, "a list", err);
    const json_t *shuffle = json_object_get(fit, "shuffle");
    if (shuffle && !json_is_boolean(shuffle))
        return wrong("shuffle", shuffle, "true or false", err);
    r->no_shuffle = json_is_false(shuffle);
    return MICA_OK;
}

static mica_status read_run_folder(recipe *r, mica_error *err) {
    const json_t *wanted = json_object_get(r->tree, "run_folder");
    if (wanted && !json_is_boolean(wanted))
        return wrong("run_folder", wanted, "true or false", err);
    r->no_run_folder = json_is_false(wanted);
    return MICA_OK;
}

static mica_status read(recipe *r, mica_error *err) {
    const char *name = NULL;
    r->epochs = 1;
    TRY(known_keys(r->tree, top_keys, "recipe", err));
    write_out_all(r->tree);
    r->model = json_object_get(r->tree, "model");
    TRY(object_of(r->tree, "compile", &r->compile, err));
    TRY(read_data(r, json_object_get(r->tree, "data"), err));
    TRY(read_fit(r, json_object_get(r->tree, "fit"), err));
    TRY(count_of(r->tree, "seed", 0, &r->seed, err));
    TRY(read_run_folder(r, err));
    TRY(text_of(r->tree, "dtype_policy", &r->dtype_policy, err));
    TRY(text_of(r->tree, "name", &name, err));
    return text_of(r->tree, "output", &r->output, err);
}

/* One step of a path: a key, or the number in brackets. */
typedef struct path_step {
    char key[256]; /* "" where it is a number */
    long at;
} path_step;

/* The next step of "model.layers[0].Dense.units", as `mica runs compare` writes paths; false at
 * `end`, and (with key and at unset) where there is none. */
static bool next_step(const char **at, const char *end, path_step *step) {
    char *close;
    *step = (path_step){.at = -1};
    if (**at == '.') ++*at;
    if (*at >= end) return false;
    if (**at == '[') {
        step->at = strtol(*at + 1, &close, 10);
        if (*close != ']' || close == *at + 1 || close >= end || step->at < 0) step->at = -1;
        else *at = close + 1;
        return step->at >= 0;
    }
    size_t n = strcspn(*at, ".[=");
    if (!n || n >= sizeof step->key || *at + n > end) return false;
    memcpy(step->key, *at, n);
    *at += n;
    return true;
}

static json_t *step_in(const json_t *tree, const path_step *step) {
    return step->key[0] ? json_object_get(tree, step->key) : json_array_get(tree, (size_t)step->at);
}

/* Whether the step can be made: names and keys belong to objects, numbers to lists of as many. */
static mica_status check_step(const json_t *tree, const path_step *step, const char *setting,
                              const char *name, mica_error *err) {
    if (step->key[0] && !json_is_object(tree))
        return fail(err, MICA_TYPE, "--set %s: %s is %s, expected an object", setting, name,
                    config_kind(tree));
    if (!step->key[0] && !json_is_array(tree))
        return fail(err, MICA_TYPE, "--set %s: %s is %s, expected a list", setting, name,
                    config_kind(tree));
    if (!step->key[0] && (size_t)step->at >= json_array_size(tree))
        return fail(err, MICA_VALUE, "--set %s: %s has %zu entries, from [0] on", setting, name,
                    json_array_size(tree));
    return MICA_OK;
}

/* A layer without options is its name alone: ["Flatten"] becomes {"Flatten": {}} on the way. */
static json_t *opened(json_t *tree, const path_step *step, const path_step *after) {
    json_t *next = step_in(tree, step);
    if (!step->key[0] && json_is_string(next) && !strcmp(json_string_value(next), after->key)) {
        json_array_set_new(tree, (size_t)step->at, json_pack("{s:{}}", json_string_value(next)));
        next = step_in(tree, step);
    }
    if (!next && step->key[0]) {
        json_object_set_new(tree, step->key, json_object());
        next = step_in(tree, step);
    }
    return next;
}

/* "fit.epochs=10": the value as JSON, or as a string where it is none. */
static mica_status set_value(json_t *tree, const char *setting, mica_error *err) {
    const char *equals = strchr(setting, '='), *at = setting;
    char name[256] = "recipe";
    path_step step, after;
    if (!equals || equals == setting || !next_step(&at, equals, &step))
        return fail(err, MICA_VALUE, "--set %s: expected key.path=value", setting);
    for (; at < equals; step = after) {
        if (!next_step(&at, equals, &after))
            return fail(err, MICA_VALUE, "--set %s: expected key.path=value, like %s", setting,
                        "model.layers[0].Dense.units=3");
        TRY(check_step(tree, &step, setting, name, err));
        json_t *next = opened(tree, &step, &after);
        if (!next)
            return fail(err, MICA_VALUE, "--set %s: expected key.path=value in UTF-8", setting);
        tree = next;
        if (step.key[0]) snprintf(name, sizeof name, "%s", step.key);
    }
    TRY(check_step(tree, &step, setting, name, err));
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    if (!value) value = json_string(equals + 1);
    if (step.key[0] ? json_object_set_new(tree, step.key, value)
                    : json_array_set_new(tree, (size_t)step.at, value))
        return fail(err, MICA_VALUE, "--set %s: expected key.path=value in UTF-8", setting);
    return MICA_OK;
}

static mica_status change_and_read(recipe *r, const char *const *sets, int set_count,
                                   mica_error *err) {
    if (set_count && !json_is_object(r->tree)) return wrong("recipe", r->tree, "an object", err);
    for (int i = 0; i < set_count; i++) TRY(set_value(r->tree, sets[i], err));
    return read(r, err);
}

mica_status recipe_load(const char *path, const char *const *sets, int set_count, recipe *r,
                        mica_error *err) {
    *r = (recipe){.folder = "", .name = path ? path : "train"};
    if (path) TRY(config_load(path, &r->tree, err));
    else r->tree = json_object();
    const char *slash = path ? strrchr(path, '/') : NULL;
    char *folder = arena_text(&r->arena, path ? path : "");
    if (!folder || !r->tree) return fail_no_memory(err, r->name);
    folder[slash ? slash - path + 1 : 0] = 0;
    r->folder = folder;
    mica_status status = change_and_read(r, sets, set_count, err);
    return status == MICA_OK || !path ? status : fail_within(err, status, "%s", path);
}

void recipe_free(recipe *r) {
    json_decref(r->tree);
    arena_free(&r->arena);
    *r = (recipe){.folder = ""};
}

const char *after_kind(const char *spec) {
    const char *colon = strchr(spec, ':');
    for (const source *const *s = all_sources; *s && colon; s++)
        if (strlen((*s)->name) == (size_t)(colon - spec) &&
            !strncmp((*s)->name, spec, (size_t)(colon - spec)))
            return database_path(colon + 1);
    return database_path(spec);
}

const char *spec_text(recipe *r, const json_t *list) {
    const json_t *first = json_array_get(list, 0);
    char *text = json_is_object(list) || json_array_size(list) > 1 ? json_dumps(list, 0) : NULL;
    const char *kept = arena_text(&r->arena, text ? text : json_string_value(first));
    free(text);
    return kept;
}

json_t *spec_placed(const char *spec, placed_path *place, void *arg) {
    json_t *zip = spec_zip(spec), *list = zip ? zip : spec_list(spec), *placed = NULL;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!(placed = place(arg, json_string_value(json_array_get(list, i)))) ||
            json_array_set_new(list, i, placed))
            return json_decref(list), NULL;
    if (zip) return json_pack("{s:o}", "zip", zip);
    return list ? list : place(arg, spec);
}

const char *recipe_path(recipe *r, const char *path) {
    const char *rest = after_kind(path);
    if (!rest || rest[0] == '/' || !r->folder[0]) return path;
    size_t length = strlen(r->folder) + strlen(path) + 1;
    char *joined = arena_take(&r->arena, length);
    if (joined) snprintf(joined, length, "%.*s%s%s", (int)(rest - path), path, r->folder, rest);
    return joined;
}
