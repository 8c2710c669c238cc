/* mica train: from a recipe, or from a model with compile settings and data. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/recipe.h"
#include "data/dataset.h"
#include "model/model.h"

#include "base/clock.h"
#include "base/fields.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct train_options {
    common_options common;
    const char *model, *data, *validation_data, *optimizer, *loss, *output;
    int64_t epochs, batch_size, seed;
    double validation_split, learning_rate;
    bool no_shuffle, resume, check;
    option_texts set;
} train_options;

static const option options[] = {
    OPTION(OPTION_TEXT, train_options, model, "model", "FILE", 0, "model to train on, with its compile settings"),
    OPTION(OPTION_TEXT, train_options, data, "data", "SPEC", 0, "training data: a path, or kind:path"),
    OPTION(OPTION_TEXT, train_options, validation_data, "validation-data", "SPEC", 0, "validation data"),
    OPTION(OPTION_INTEGER, train_options, epochs, "epochs", "N", 1, "passes over the data"),
    OPTION(OPTION_INTEGER, train_options, batch_size, "batch-size", "N", 1, "samples a step"),
    OPTION(OPTION_REAL, train_options, validation_split, "validation-split", "F", 0, "part of the data kept for validation"),
    OPTION(OPTION_TEXT, train_options, optimizer, "optimizer", "NAME", 0, "sgd, adam, adagrad"),
    OPTION(OPTION_TEXT, train_options, loss, "loss", "NAME", 0, "instead of the compiled loss"),
    OPTION(OPTION_REAL, train_options, learning_rate, "learning-rate", "F", 0, "instead of the optimizer's"),
    OPTION(OPTION_INTEGER, train_options, seed, "seed", "N", 0, "of weights, order, dropout"),
    FLAG(train_options, no_shuffle, "no-shuffle", "the data in its order"),
    OPTION(OPTION_TEXT, train_options, output, "output", "FILE", 0, "where the model goes"),
    FLAG(train_options, resume, "resume", "go on from the last checkpoint of this output"),
    OPTION(OPTION_TEXTS, train_options, set, "set", "KEY=VALUE", 0, "change the recipe: --set fit.epochs=10"),
    FLAG(train_options, check, "check", "one step: tells time and memory"),
    COMMON_OPTIONS(train_options),
    END_OF_OPTIONS,
};

typedef struct training {
    const train_options *o;
    recipe recipe;
    mica_context *ctx;
    mica_model *model;
    mica_dataset *train, *validation, *test;
    mica_history history;
    mica_results evaluated;
    double started, first_step;
} training;

/* ---- what the options say beside the recipe ---- */

static mica_status read_recipe(training *t, mica_error *err) {
    const train_options *o = t->o;
    const char *path = o->common.arguments ? o->common.argument[0] : NULL;
    if (path && o->model) return fail(err, MICA_VALUE, "train: a recipe or --model, not both");
    if (!path && !o->model) return fail(err, MICA_VALUE, "train: a recipe or --model must be given");
    TRY(path ? recipe_load(path, o->set.at, o->set.count, &t->recipe, err)
             : recipe_empty(o->set.at, o->set.count, &t->recipe, err));
    recipe *r = &t->recipe;
    if (r->train) r->train = recipe_path(r, r->train);
    if (r->validation) r->validation = recipe_path(r, r->validation);
    if (r->test) r->test = recipe_path(r, r->test);
    if (o->data) r->train = o->data, r->test = NULL;
    if (o->validation_data) r->validation = o->validation_data;
    if (o->epochs) r->epochs = o->epochs;
    if (o->batch_size) r->batch_size = o->batch_size;
    if (o->validation_split > 0) r->validation_split = o->validation_split;
    if (o->seed) r->seed = o->seed;
    if (o->output) r->output = o->output;
    if (!r->output) r->output = o->model ? o->model : "model.h5";
    r->no_shuffle |= o->no_shuffle;
    if (!r->train) return fail(err, MICA_VALUE, "train: no data: give data.train in the recipe, or --data");
    return MICA_OK;
}

static mica_status model_of_file(training *t, const char *path, mica_error *err) {
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".json")) return mica_model_load(t->ctx, path, &t->model, err);
    json_t *config = NULL;
    TRY(config_load(path, &config, err));
    mica_status status = model_from_config(t->ctx, config, path, &t->model, err);
    json_decref(config);
    return status;
}

static mica_status make_model(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    if (t->o->model) return model_of_file(t, t->o->model, err);
    if (!r->model) return fail(err, MICA_VALUE, "%s: model must be given", t->o->common.argument[0]);
    if (json_is_string(r->model)) return model_of_file(t, recipe_path(r, json_string_value(r->model)), err);
    return model_from_config(t->ctx, r->model, t->o->common.argument[0], &t->model, err);
}

/* The recipe's compile, or what the file holds; options go before both. */
static json_t *compile_tree(training *t, mica_error *err) {
    const train_options *o = t->o;
    json_t *tree = t->recipe.compile ? json_deep_copy(t->recipe.compile) : NULL;
    if (!tree && t->model->compiled.done && compile_config(t->model, &tree, err) != MICA_OK) return NULL;
    if (!tree) tree = json_object();
    if (o->optimizer) json_object_set_new(tree, "optimizer", json_string(o->optimizer));
    if (o->loss) json_object_set_new(tree, "loss", json_string(o->loss));
    if (o->learning_rate > 0) {
        json_t *optimizer = json_object_get(tree, "optimizer");
        if (json_is_string(optimizer)) {
            optimizer = json_pack("{s:O, s:{}}", "class_name", optimizer, "config");
            json_object_set_new(tree, "optimizer", optimizer);
        }
        json_object_set_new(json_object_get(optimizer, "config"), "learning_rate", json_real(o->learning_rate));
    }
    return tree;
}

static mica_status compile_model(training *t, mica_error *err) {
    const train_options *o = t->o;
    bool as_stored = t->model->compiled.done && !t->recipe.compile && !o->optimizer && !o->loss && o->learning_rate <= 0;
    if (as_stored) return MICA_OK;
    json_t *tree = compile_tree(t, err);
    if (!tree) return fail_memory(err, 1, "compile settings");
    mica_status status = compile_from_config(t->model, tree, err);
    json_decref(tree);
    return status;
}

/* The MNIST folder has its own test part; other kinds are evaluated on `test` where it is given. */
static mica_status load_data(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    TRY(dataset_load(t->ctx, r->train, MICA_TRAIN, &t->train, err));
    if (r->validation) TRY(dataset_load(t->ctx, r->validation, MICA_TEST, &t->validation, err));
    return MICA_OK;
}

static mica_status class_weights(training *t, double **weights, int *count, mica_error *err) {
    const char *key;
    json_t *value;
    *weights = NULL;
    *count = 0;
    if (!t->recipe.class_weight) return MICA_OK;
    json_object_foreach((json_t *)t->recipe.class_weight, key, value) {
        int class = atoi(key);
        if (!json_is_number(value) || class < 0 || class > 1000000)
            return fail(err, MICA_VALUE, "recipe: class_weight: '%s' is %s, expected a class number and a number", key, config_kind(value));
        if (class + 1 > *count) *count = class + 1;
    }
    *weights = arena_take(&t->recipe.arena, sizeof(double) * (size_t)*count);
    if (!*weights) return fail_memory(err, (size_t)*count, "class_weight");
    for (int i = 0; i < *count; i++) (*weights)[i] = 1;
    json_object_foreach((json_t *)t->recipe.class_weight, key, value) (*weights)[atoi(key)] = json_number_value(value);
    return MICA_OK;
}

/* ---- training ---- */

static mica_status note_first_step(mica_fit_state *s, void *user, mica_error *err) {
    training *t = user;
    if (t->first_step == 0) t->first_step = clock_since_exec();
    return MICA_OK;
}

static mica_status fit(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    progress bar = progress_open(t->o->common.quiet);
    mica_callback progress = progress_callback(&bar), first = {.user = t, .on_step = note_first_step};
    double *weights;
    int count;
    TRY(class_weights(t, &weights, &count, err));
    return mica_model_fit(
        t->model, t->train,
        MICA_OPTIONS(fit, .epochs = (int)r->epochs, .batch_size = r->batch_size, .no_shuffle = r->no_shuffle,
                     .validation_split = t->validation ? 0 : r->validation_split, .validation = t->validation,
                     .class_weight = weights, .class_weight_count = count, .steps_per_epoch = r->steps_per_epoch,
                     .callbacks = {&first, &progress}),
        &t->history, err);
}

static double peak_mib(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024;
}

static void print_result(training *t) {
    const train_options *o = t->o;
    if (o->common.json) {
        json_t *epochs = json_array();
        for (int i = 0; i < t->history.epochs; i++) {
            json_t *e = results_json(&t->history.epoch[i]);
            json_object_set_new(e, "seconds", json_real(t->history.seconds[i]));
            json_array_append_new(epochs, e);
        }
        print_json(json_pack("{s:o, s:o, s:f, s:f, s:s}", "epochs", epochs, "evaluate", results_json(&t->evaluated),
                             "peak_rss_mib", peak_mib(), "first_step_seconds", t->first_step, "output", t->recipe.output));
        return;
    }
    for (int i = 0; i < t->evaluated.count; i++)
        printf("%s%s: %.4f", i ? "  " : "test  ", t->evaluated.name[i], t->evaluated.value[i]);
    if (t->evaluated.count) printf("\n");
    printf("saved %s\n", t->recipe.output);
}

static mica_status train(training *t, mica_error *err) {
    TRY(load_data(t, err));
    TRY(make_model(t, err));
    TRY(compile_model(t, err));
    if (!t->o->common.json && !t->o->common.quiet) TRY(mica_model_summary(t->model, stdout, err));
    fflush(stdout);
    TRY(fit(t, err));
    if (t->recipe.test) {
        TRY(dataset_load(t->ctx, t->recipe.test, MICA_TEST, &t->test, err));
        TRY(mica_model_evaluate(t->model, t->test, MICA_OPTIONS(evaluate, .batch_size = t->recipe.batch_size), &t->evaluated, err));
    }
    TRY(mica_model_save(t->model, t->recipe.output, err));
    print_result(t);
    return MICA_OK;
}

static int run(void *data) {
    train_options *o = data;
    training t = {.o = o};
    mica_error err = {0};
    mica_status status = read_recipe(&t, &err);
    if (status == MICA_OK) {
        o->common.seed = t.recipe.seed;
        t.ctx = open_context(&o->common);
        if (!t.ctx) return EXIT_FAILED;
        status = train(&t, &err);
    }
    mica_history_free(&t.history);
    recipe_free(&t.recipe);
    return finish(t.ctx, &o->common, status, &err);
}

const command command_train = {
    "train", "RECIPE.json | --model FILE --data SPEC", "train a model, evaluate it, save it", options,
    sizeof(train_options), 0, 1, run,
    "A recipe is one JSON object with model, data, compile, fit, output; its schema is\n"
    "docs/recipe.schema.json. SPEC is a path whose kind is found, or kind:path (mica list sources).\n"};
