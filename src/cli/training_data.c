/* mica train: the data, split and resampled as the recipe says. See training.h. */
#include "cli/model_data.h"
#include "cli/training.h"

#include "train/split.h"

#include <string.h>

/* ---- the pipeline ---- */

/* data.skip, data.take and data.cache: a file is kept beside the recipe. */
static mica_status keep_data(training *t, mica_dataset **data, const char *ending,
                             mica_error *err) {
    recipe *r = &t->recipe;
    if (!r->cache) return MICA_OK;
    if (!strcmp(r->cache, "memory")) {
        *data = mica_dataset_cache(*data, NULL);
    } else {
        char path[4096];
        const char *file = recipe_path(r, r->cache);
        if (!file) return fail_no_memory(err, r->cache);
        snprintf(path, sizeof path, "%s%s", file, ending);
        *data = mica_dataset_cache(*data, path);
    }
    return mica_check(t->ctx, err);
}

static mica_status begin_pipeline(training *t, mica_error *err) {
    if (t->recipe.skip) t->train = mica_dataset_skip(t->train, t->recipe.skip);
    TRY(mica_check(t->ctx, err));
    if (t->recipe.take) t->train = mica_dataset_take(t->train, t->recipe.take);
    TRY(mica_check(t->ctx, err));
    TRY(keep_data(t, &t->train, "", err));
    return t->validation ? keep_data(t, &t->validation, ".validation", err) : MICA_OK;
}

/* ---- options of the source ---- */

static bool wants_groups(const recipe *r) {
    const char *inputs = json_string_value(json_object_get(r->preprocessing, "inputs"));
    return inputs && !strcmp(inputs, "grouped");
}

/* {"inputs": "columns", "features": […]}: what a string_… feature takes is text, whatever is in the
 * column, and the others take numbers. */
static void wish_columns(const json_t *features, json_t *wishes) {
    json_t *names, *texts, *numbers, *kind;
    const char *name;
    json_object_set_new(wishes, "inputs", json_string("columns"));
    json_object_set_new(wishes, "features", names = json_array());
    json_object_set_new(wishes, "categorical", texts = json_array());
    json_object_set_new(wishes, "numeric", numbers = json_array());
    json_object_foreach((json_t *)features, name, kind) {
        const char *of = json_is_object(kind) ? json_object_iter_key(json_object_iter(kind))
                                              : json_string_value(kind);
        json_array_append_new(names, json_string(name));
        json_array_append_new(of && !strncmp(of, "string_", 7) ? texts : numbers,
                              json_string(name));
    }
}

/* Where the model names the columns of a table: each an input, or those of a kind. */
static mica_status wishes_of_model(const recipe *r, const source *s, json_t **out,
                                   mica_error *err) {
    const json_t *features = json_object_get(r->model, "features");
    json_t *groups;
    *out = json_object();
    if (!*out) return fail_no_memory(err, r->name);
    if (!s || !s->fits || !json_is_object(features)) return MICA_OK;
    const json_t *inputs = json_object_get(r->preprocessing, "inputs");
    if (!inputs && json_object_size(features) > MAX_MODEL_INPUTS)
        return fail(err, MICA_VALUE,
                    "%zu features, expected at most %d where each is an input; \"inputs\": "
                    "\"grouped\" in data.preprocessing makes one input of those of a kind",
                    json_object_size(features), MAX_MODEL_INPUTS);
    if (!wants_groups(r)) return wish_columns(features, *out), MICA_OK;
    mica_status status = feature_groups(features, r->name, &groups, err);
    if (status == MICA_OK) json_object_set_new(*out, "groups", groups);
    return status;
}

/* Columns by which a table is split: of all its parts, the test too, and of the card, by which data
 * are evaluated. */
static mica_status add_ways(const recipe *r, json_t *options, mica_error *err) {
    const struct {
        const char *key, *column;
    } ways[] = {{"split_groups", r->split_groups}, {"split_time", r->split_time}};
    for (size_t i = 0; i < LENGTH(ways) && options; i++) {
        const char *given = json_string_value(json_object_get(options, ways[i].key));
        if (!ways[i].column) continue;
        if (given && strcmp(given, ways[i].column))
            return fail(err, MICA_VALUE, "validation_split by %s, but preprocessing.%s is %s",
                        ways[i].column, ways[i].key, given);
        json_object_set_new(options, ways[i].key, json_string(ways[i].column));
    }
    return MICA_OK;
}

static mica_status check_ways(const recipe *r, const source *s, mica_error *err) {
    const char *column = r->split_groups ? r->split_groups : r->split_time;
    if (!column || r->validation || r->validation_split == 0 || (s && s->fits)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: validation_split: column %s: %s is no table with columns",
                r->name, column, r->train);
}

/* Of a table whose rows for validation the recipe asks for: its source sets them aside, so that
 * nothing is learned from them. The test's rows stay what preprocessing says. */
static mica_status add_split(const recipe *r, const char *subset, json_t *options,
                             mica_error *err) {
    if (json_object_get(options, "validation_split")) return MICA_OK;
    TRY(add_ways(r, options, err));
    json_object_set_new(options, "validation_split", json_real(r->validation_split));
    json_object_set_new(options, "subset", json_string(subset));
    json_object_set_new(options, "validation_order",
                        json_string(!r->splits_rows || r->no_split_shuffle ? "last"
                                    : r->stratify                          ? "stratified"
                                                                           : "shuffled"));
    if (!json_object_get(options, "seed"))
        json_object_set_new(options, "validation_seed", json_integer((json_int_t)r->seed));
    return MICA_OK;
}

typedef struct part_of_data {
    const char *spec, *subset; /* subset NULL: all of the part */
    mica_part part;
    mica_dataset **out;
} part_of_data;

static mica_status load_part(training *t, const part_of_data *p, mica_error *err) {
    const recipe *r = &t->recipe;
    const json_t *given = r->preprocessing;
    json_t *options;
    mica_status status = wishes_of_model(r, dataset_source(p->spec, NULL), &options, err);
    if (status == MICA_OK && given) json_object_update(options, (json_t *)given);
    if (status == MICA_OK && p->subset) status = add_split(r, p->subset, options, err);
    bool any = given || json_object_size(options);
    if (status == MICA_OK)
        status = load_model_data(&(data_request){.ctx = t->ctx,
                                                 .model = t->model,
                                                 .spec = p->spec,
                                                 .part = p->part,
                                                 .preprocessing = any ? options : NULL,
                                                 .other_file = t->o->data != NULL,
                                                 .like = t->train},
                                 p->out, err);
    json_decref(options);
    return status;
}

/* ---- the rows for validation ---- */

/* They are set aside here, not by fit: nothing else may learn from them, and what comes again when
 * rows are resampled must not be on both sides. */
static mica_status set_aside(training *t, mica_error *err) {
    const recipe *r = &t->recipe;
    mica_dataset *whole = t->train;
    int64_t rows;
    if (t->validation || r->validation_split == 0) return MICA_OK;
    if (r->splits_rows && !r->has_windows)
        return mica_dataset_split(whole,
                                  MICA_OPTIONS(split, .test_fraction = r->validation_split,
                                               .stratify = r->stratify,
                                               .no_shuffle = r->no_split_shuffle),
                                  &t->train, &t->validation, err);
    TRY(split_data(whole, r->validation_split, &whole, &rows, err));
    t->train = mica_dataset_range(whole, 0, rows);
    t->validation = mica_dataset_range(whole, rows, mica_dataset_size(whole) - rows);
    mica_dataset_destroy(&whole);
    return mica_check(t->ctx, err);
}

static mica_status check_windows(const recipe *r, mica_error *err) {
    if (!r->has_windows || !r->splits_rows || r->no_split_shuffle || r->split_time) return MICA_OK;
    if (r->validation || r->validation_split == 0) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: validation_split of windows by chance: they would be in both parts; "
                "expected \"shuffle\": false",
                r->name);
}

static bool names_features(const recipe *r) {
    return json_array_size(json_object_get(r->preprocessing, "features")) > 0;
}

/* The first of them, for there may be thousands. */
static void warn_of_left_out(const training *t, const json_t *names) {
    enum { SHOWN = 3 };
    const size_t count = json_array_size(names);
    strbuf text = {0};
    if (!count) return;
    for (size_t i = 0; i < count && i < SHOWN; i++)
        strbuf_add(&text, "%s%s", i ? ", " : "", json_string_value(json_array_get(names, i)));
    warn(&t->o->common,
         "%zu column%s left out, whose numbers are all the same in the rows that train: %s%s",
         count, count > 1 ? "s" : "", text.data ? text.data : "", count > SHOWN ? ", …" : "");
    strbuf_free(&text);
}

/* Inputs that are as the recipe says, but seldom what is meant: the target, where no window takes
 * it of another row; a date that nobody named, whose days only grow. */
static void warn_of_inputs(const training *t) {
    const char *text = mica_dataset_preparation(t->train), *target;
    json_t *how = text ? json_loads(text, 0, NULL) : NULL, *column;
    const json_t *table = json_object_get(how, "table");
    size_t i;
    warn_of_left_out(t, json_object_get(table, "left_out"));
    target = json_string_value(json_object_get(json_object_get(table, "target"), "name"));
    json_array_foreach(json_object_get(table, "columns"), i, column) {
        const char *name = json_string_value(json_object_get(column, "name")),
                   *type = json_string_value(json_object_get(column, "type"));
        if (name && type && !strcmp(type, "date") && !names_features(&t->recipe))
            warn(
                &t->o->common,
                "column %s is a date: the model is told its days since 1970; ignore leaves it out, "
                "features such as %s.weekday take a part of it",
                name, name);
        if (target && name && !strcmp(target, name) && !t->recipe.has_windows)
            warn(
                &t->o->common,
                "column %s is the target and an input too: the model is told the answer, which new "
                "data lack (leakage)",
                target);
    }
    json_decref(how);
}

static json_t *sources_of(const char *spec) {
    json_t *list = spec ? spec_list(spec) : NULL;
    return list || !spec ? list : json_pack("[s]", spec);
}

/* A source of the training's list that another part names too, but not with the same list: its
 * rows are on both sides. */
static void warn_of_shared(const training *t, const char *part, const char *spec) {
    json_t *train = sources_of(t->recipe.train), *other = sources_of(spec);
    const size_t count = json_array_size(train), others = json_array_size(other);
    const bool shared = (count > 1 || others > 1) && !json_equal(train, other);
    for (size_t i = 0; i < count && shared; i++)
        for (size_t k = 0; k < others; k++)
            if (json_equal(json_array_get(train, i), json_array_get(other, k)))
                warn(&t->o->common,
                     "%s trains, and data.%s has it too: all of its rows are in both",
                     json_string_value(json_array_get(train, i)), part);
    json_decref(train);
    json_decref(other);
}

static mica_status load_all(training *t, mica_error *err) {
    const recipe *r = &t->recipe;
    const source *s = dataset_source(r->train, NULL);
    bool by_source = s && s->fits && !r->validation && r->validation_split > 0;
    const part_of_data parts[] = {{r->train, by_source ? "training" : NULL, MICA_TRAIN, &t->train},
                                  {by_source ? r->train : r->validation,
                                   by_source ? "validation" : NULL,
                                   by_source ? MICA_TRAIN : MICA_TEST, &t->validation},
                                  {r->test, NULL, MICA_TEST, &t->test}};
    TRY(check_windows(r, err));
    TRY(recipe_check_sources(r, err));
    TRY(check_ways(r, s, err));
    warn_of_shared(t, "validation", r->validation);
    warn_of_shared(t, "test", r->test);
    if (by_source) TRY(add_ways(r, (json_t *)r->preprocessing, err));
    for (size_t i = 0; i < LENGTH(parts); i++) {
        if (parts[i].spec) TRY(load_part(t, &parts[i], err));
        if (i == 0) t->broken_told = mica_dataset_broken(t->train);
    }
    TRY(check_classes(t, err));
    warn_of_inputs(t);
    t->whole = t->train;
    t->whole_rows = mica_dataset_size(t->train) +
                    (by_source ? mica_dataset_size(t->validation) : 0);
    TRY(begin_pipeline(t, err));
    return set_aside(t, err);
}

/* Between the numbers of two categories are those of others. */
static mica_status check_smote(const training *t, mica_error *err) {
    const char *text = mica_dataset_preparation(t->train), *input = NULL;
    const char *method = t->recipe.resample.method;
    if (!t->recipe.resampling || !method || strcmp(method, "smote")) return MICA_OK;
    json_t *how = text ? json_loads(text, 0, NULL) : NULL, *group;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(how, "table"), "groups"), i, group) {
        if (!json_object_get(group, "tokens")) continue;
        input = json_string_value(json_object_get(group, "name"));
    }
    mica_status status = input ? fail(err, MICA_VALUE,
                                      "data.resample: smote makes numbers between numbers, and the "
                                      "input %s is of categories: expected over or under",
                                      input)
                               : MICA_OK;
    json_decref(how);
    return status;
}

static mica_status end_pipeline(training *t, mica_error *err) {
    const recipe *r = &t->recipe;
    if (r->interleave || r->sample) TRY(mix_sources(t, err));
    else if (r->shuffle_buffer)
        t->train = mica_dataset_shuffle(t->train, r->shuffle_buffer,
                                        MICA_OPTIONS(shuffle, .no_reshuffle = r->no_reshuffle));
    if (r->repeat) t->train = mica_dataset_repeat(t->train, r->repeat);
    if (r->prefetch) t->train = mica_dataset_prefetch(t->train, r->prefetch);
    return mica_check(t->ctx, err);
}

/* data.workers of data that nobody decodes: said, for it is not what was meant. */
static void warn_of_idle(const training *t) {
    if (t->recipe.workers && !t->train->slow)
        warn(&t->o->common,
             "data.workers: the samples of %s are read without decoding: workers have nothing to "
             "do",
             t->recipe.train);
}

mica_status load_all_data(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    t->ctx->options.workers = (int)r->workers;
    mica_status status = load_all(t, err);
    if (status == MICA_OK) warn_of_idle(t);
    t->drawn_from = t->train;
    if (status == MICA_OK) status = check_smote(t, err);
    if (status == MICA_OK && r->resampling)
        status = mica_dataset_resample(t->drawn_from, &r->resample, &t->train, err);
    if (status == MICA_OK && r->shard_count) {
        t->train = mica_dataset_shard(t->train, r->shard_count, r->shard_index);
        status = mica_check(t->ctx, err);
    }
    return status == MICA_OK ? end_pipeline(t, err) : status;
}
