/* mica train: settings, data, model, compile settings. See training.h. */
#include "cli/model_data.h"
#include "cli/training.h"

#include "base/file.h"
#include "layer/vocabulary_file.h"
#include "train/evaluate.h"

#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

/* "initial.h5" gives "initial_trained.h5" in the current folder, a recipe "digits.json"
 * "digits.h5". */
static const char *default_output(training *t) {
    const char *from = t->o->model ? t->o->model : t->recipe.name, *slash = strrchr(from, '/');
    if (slash) from = slash + 1;
    const char *dot = strrchr(from, '.');
    size_t stem = dot && dot != from ? (size_t)(dot - from) : strlen(from);
    char *path = arena_take(&t->recipe.arena, stem + 16);
    if (path)
        snprintf(path, stem + 16, "%.*s%s.h5", (int)stem, from, t->o->model ? "_trained" : "");
    return path;
}

static void prefer_options(training *t) {
    const train_options *o = t->o;
    recipe *r = &t->recipe;
    if (o->data) r->train = o->data, r->test = NULL;
    if (o->validation_data) r->validation = o->validation_data;
    if (given(o->epochs)) r->epochs = o->epochs;
    if (given(o->batch_size)) r->batch_size = o->batch_size;
    if (real_given(o->validation_split)) r->validation_split = o->validation_split;
    if (r->validation_split == 0) r->splits_rows = false;
    if (given(o->seed)) r->seed = o->seed;
    if (o->output) r->output = o->output;
    r->no_shuffle |= o->no_shuffle;
}

static json_t *in_folder(void *arg, const char *path) {
    const char *placed = recipe_path(arg, path);
    return placed ? json_string(placed) : NULL;
}

/* They are inputs, so they are relative to the recipe's folder. */
static mica_status place_files(recipe *r, mica_error *err) {
    const char *file = json_string_value(json_object_get(r->preprocessing, "password_file"));
    const char *placed = file ? recipe_path(r, file) : NULL;
    if (file && !placed) return fail_no_memory(err, r->name);
    if (placed && placed != file)
        json_object_set_new((json_t *)r->preprocessing, "password_file", json_string(placed));
    return place_joins((json_t *)r->preprocessing, in_folder, r) ? MICA_OK
                                                                 : fail_no_memory(err, r->name);
}

static mica_status place_data(recipe *r, mica_error *err) {
    const char **specs[] = {&r->train, &r->validation, &r->test};
    for (size_t i = 0; i < LENGTH(specs); i++) {
        if (!*specs[i]) continue;
        json_t *placed = spec_placed(*specs[i], in_folder, r);
        *specs[i] = json_is_string(placed) ? arena_text(&r->arena, json_string_value(placed))
                                           : spec_text(r, placed);
        const bool done = placed && *specs[i];
        json_decref(placed);
        if (!done) return fail_no_memory(err, r->name);
    }
    return MICA_OK;
}

mica_status read_settings(training *t, mica_error *err) {
    const train_options *o = t->o;
    const char *path = o->common.arguments ? o->common.argument[0] : NULL;
    recipe *r = &t->recipe;
    TRY(recipe_load(path, o->set.at, o->set.count, r, err));
    TRY(place_data(r, err));
    TRY(place_files(r, err));
    prefer_options(t);
    if (!r->output) r->output = default_output(t);
    if (!r->output) return fail_no_memory(err, r->name);
    if (!r->train) return fail(err, MICA_VALUE, "%s: no data: give data.train, or --data", r->name);
    if (r->epochs > INT32_MAX)
        return fail(err, MICA_VALUE, "%s: epochs is %lld, expected at most %d", r->name,
                    (long long)r->epochs, INT32_MAX);
    size_t length = strlen(r->output) + 16;
    t->checkpoint = arena_take(&r->arena, length);
    if (!t->checkpoint) return fail_memory(err, length, r->name);
    snprintf(t->checkpoint, length, "%s.checkpoint", r->output);
    return MICA_OK;
}

const char *augment_text(training *t, size_t i) {
    const json_t *item = json_array_get(t->recipe.augment, i);
    char *text = json_is_string(item) ? NULL : config_text(item);
    const char *kept = arena_text(&t->recipe.arena, text ? text : json_string_value(item));
    free(text);
    return kept;
}

/* ---- the model ---- */

static bool is_config(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && !strcmp(dot, ".json");
}

/* Whether the model is made anew, and may learn from the data. */
static bool is_new(const training *t) {
    const json_t *model = t->recipe.model;
    if (t->o->model) return is_config(t->o->model);
    return !json_is_string(model) || is_config(json_string_value(model));
}

static mica_status model_of_file(training *t, const char *path, mica_error *err) {
    if (!is_config(path)) return mica_model_load(t->ctx, path, &t->model, err);
    json_t *config = NULL;
    TRY(config_load(path, &config, err));
    mica_status status = model_from_config_adapted(t->ctx, config, path, t->drawn_from, &t->model,
                                                   err);
    json_decref(config);
    return status;
}

static mica_status make_model(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    if (t->o->model) return model_of_file(t, t->o->model, err);
    if (!r->model) return fail(err, MICA_VALUE, "%s: no model: give model, or --model", r->name);
    if (!json_is_string(r->model)) {
        json_t *model = json_object_get(r->tree, "model");
        mica_status status = vocabularies_from_files(model, NULL, r->folder, err);
        if (status != MICA_OK) return fail_within(err, status, "%s", r->name);
        return model_from_config_adapted(t->ctx, r->model, r->name, t->drawn_from, &t->model, err);
    }
    const char *path = recipe_path(r, json_string_value(r->model));
    return path ? model_of_file(t, path, err) : fail_no_memory(err, r->name);
}

/* The optimizer of a compile config with another rate: {"class_name", "config": {…}}. */
static mica_status set_learning_rate(json_t *tree, double rate, mica_error *err) {
    json_t *optimizer = json_object_get(tree, "optimizer");
    if (json_is_string(optimizer)) {
        optimizer = json_pack("{s:O, s:{}}", "class_name", optimizer, "config");
        json_object_set_new(tree, "optimizer", optimizer);
    }
    json_t *config = json_object_get(optimizer, "config");
    if (optimizer && !config) json_object_set_new(optimizer, "config", config = json_object());
    if (json_object_set_new(config, "learning_rate", json_real(rate)))
        return fail(err, MICA_VALUE, "--learning-rate: there is no optimizer: give --optimizer");
    return MICA_OK;
}

/* The recipe's compile settings, or what the file holds; options go before both. */
static mica_status compile_tree(training *t, json_t **out, mica_error *err) {
    const train_options *o = t->o;
    json_t *tree = t->recipe.compile ? json_deep_copy(t->recipe.compile) : NULL;
    if (!tree && t->model->compiled.done) TRY(compile_config(t->model, &tree, err));
    if (!tree) tree = json_object();
    if (o->optimizer) json_object_set_new(tree, "optimizer", json_string(o->optimizer));
    if (o->loss) json_object_set_new(tree, "loss", json_string(o->loss));
    *out = tree;
    return tree ? MICA_OK : fail_no_memory(err, "compile settings");
}

/* The file whose settings are wrong. */
static const char *where_said(const training *t) {
    return t->o->common.arguments ? t->recipe.name : t->o->model;
}

static mica_status compile_anew(training *t, mica_error *err) {
    json_t *tree = NULL;
    mica_status status = compile_tree(t, &tree, err);
    if (status == MICA_OK && real_given(t->o->learning_rate))
        status = set_learning_rate(tree, t->o->learning_rate, err);
    if (status == MICA_OK && !json_object_get(tree, "loss"))
        status = fail(err, MICA_VALUE, "%s: no loss: give compile.loss, or --loss", t->recipe.name);
    if (status == MICA_OK) {
        status = compile_from_config(t->model, tree, err);
        if (status != MICA_OK) fail_within(err, status, "%s", where_said(t));
    }
    json_decref(tree);
    return status;
}

/* Compile settings that are stored in the file are taken as they are, with the optimizer's state.
 */
static mica_status compile_model(training *t, mica_error *err) {
    const train_options *o = t->o;
    if (!t->model->compiled.done || t->recipe.compile || o->optimizer || o->loss)
        return compile_anew(t, err);
    if (!real_given(o->learning_rate)) return MICA_OK;
    return mica_optimizer_set_learning_rate(t->model->compiled.optimizer, o->learning_rate, err);
}

/* ---- class weights ---- */

#define MOST_CLASSES 1000000

/* Classes that the model tells apart, so that those without a weight have 1; checks the object. */
static mica_status count_classes(training *t, mica_error *err) {
    const char *key;
    json_t *value;
    const shape *y = model_output_shape(t->model, 0);
    int64_t width = y->rank ? y->dims[y->rank - 1] : 1;
    t->class_weight_count = width > 1 && width < MOST_CLASSES ? (int)width : 2;
    json_object_foreach((json_t *)t->recipe.class_weight, key, value) {
        char *end;
        long class = strtol(key, &end, 10);
        if (*end || end == key || class < 0 || class >= MOST_CLASSES)
            return fail(err, MICA_VALUE,
                        "%s: fit.class_weight: the key '%s' is no class, expected a number from 0, "
                        "like {\"0\": 1.5}",
                        t->recipe.name, key);
        if (!json_is_number(value))
            return fail(err, MICA_TYPE,
                        "%s: fit.class_weight: the weight of class %ld is %s, "
                        "expected a number",
                        t->recipe.name, class, config_kind(value));
        if (!(json_number_value(value) >= 0))
            return fail(err, MICA_VALUE,
                        "%s: fit.class_weight: the weight of class %ld is %g, "
                        "expected at least 0",
                        t->recipe.name, class, json_number_value(value));
        if (class >= t->class_weight_count) t->class_weight_count = (int)class + 1;
    }
    return MICA_OK;
}

static mica_status read_class_weights(training *t, mica_error *err) {
    const char *key;
    json_t *value;
    if (!t->recipe.class_weight) return MICA_OK;
    TRY(count_classes(t, err));
    size_t count = (size_t)t->class_weight_count;
    t->class_weights = arena_take(&t->recipe.arena, sizeof(double) * count);
    if (!t->class_weights) return fail_memory(err, count, "class_weight");
    for (size_t i = 0; i < count; i++) t->class_weights[i] = 1;
    json_object_foreach((json_t *)t->recipe.class_weight, key, value)
        t->class_weights[strtol(key, NULL, 10)] = json_number_value(value);
    return MICA_OK;
}

int slots_wanted(const mica_optimizer *o) {
    int slots = 0;
    for (int i = 0; o->kind->slots[i]; i++)
        if (!o->kind->has_slot || o->kind->has_slot(o->options, i)) slots++;
    return o->kind->slot_shape ? 0 : slots; /* smaller ones are not counted */
}

/* So that a model that is too large to be trained is refused before its weights are filled. What is
 * wrong with the optimizer is told when the model is compiled. */
static int copies_in_training(training *t) {
    json_t *named = t->o->optimizer ? json_string(t->o->optimizer) : NULL;
    const json_t *tree = named ? named : json_object_get(t->recipe.compile, "optimizer");
    mica_error own = {0};
    mica_optimizer *o = tree ? optimizer_from_config(t->ctx, tree, &own) : NULL;
    int copies = 2 + (o ? slots_wanted(o) : 0);
    mica_optimizer_destroy(&o);
    json_decref(named);
    return copies;
}

static mica_status load_data(training *t, mica_error *err) {
    mica_status status = load_all_data(t, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", t->recipe.name);
}

/* Data come first where the model may learn from them while it is made, and the model where it
 * tells how pictures are read. */
static mica_status make_model_and_data(training *t, mica_error *err) {
    const source *s = dataset_source(t->recipe.train, NULL);
    const bool data_first = is_new(t) && !(s && s->pictures);
    if (data_first) TRY(load_data(t, err));
    TRY(make_model(t, err));
    TRY(mica_check(t->ctx, err));
    if (!data_first) TRY(load_data(t, err));
    return is_new(t) ? model_adapt(t->model, t->drawn_from, err) : MICA_OK;
}

mica_status set_up_parts(training *t, mica_error *err) {
    const char *policy = t->recipe.dtype_policy;
    if (policy && mica_set_dtype_policy(t->ctx, policy, err) != MICA_OK)
        return fail_within(err, err->code, "%s", t->recipe.name);
    t->ctx->weight_copies = copies_in_training(t);
    TRY(make_model_and_data(t, err));
    if (!t->recipe.batch_size) t->recipe.batch_size = batch_for(t->model, 0);
    return MICA_OK;
}

mica_status set_up(training *t, mica_error *err) {
    TRY(set_up_parts(t, err));
    TRY(compile_model(t, err));
    TRY(mica_check(t->ctx, err));
    TRY(check_loss(t, err));
    if (t->test) TRY(check_test_data(t->model, "evaluate", t->test, err));
    return read_class_weights(t, err);
}
