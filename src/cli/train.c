/* mica train: from a recipe, or from a model with compile settings and data. */
#include "cli/machine.h"
#include "cli/model_data.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "cli/signals.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/parallel.h"

#define O train_options
static const option options[] = {
    TEXT_OPTION(O, model, "model", "FILE", "model to train on (.h5), or to train anew (.json)"),
    TEXT_OPTION(O, data, "data", "SPEC", "training data: a path, or kind:path"),
    TEXT_OPTION(O, validation_data, "validation-data", "SPEC", "validation data"),
    COUNT_OPTION(O, epochs, "epochs", "N", 1, "passes over the data (default 1)"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples a step (default 32)"),
    REAL_OPTION(O, validation_split, "validation-split", "F", 0, 0.999999,
                "the last part of the data (class folders: of a shuffled order), kept for "
                "validation (default 0)"),
    NAME_OPTION(O, optimizer, "optimizer", "optimizers",
                "instead of the compiled one (mica list optimizers)"),
    NAME_OPTION(O, loss, "loss", "losses", "instead of the compiled one (mica list losses)"),
    REAL_OPTION(O, learning_rate, "learning-rate", "F", 0, 1e30, "instead of the optimizer's"),
    COUNT_OPTION(O, seed, "seed", "N", 0, "of weights, order, dropout (default 0)"),
    FLAG(O, no_shuffle, "no-shuffle", "the data in its order"),
    TEXT_OPTION(O, output, "output", "FILE",
                "where the model goes (default: by the recipe's name)"),
    FLAG(O, resume, "resume", "go on from the checkpoint of this output, where there is one"),
    TEXTS_OPTION(O, set, "set", "KEY=VALUE",
                 "change the recipe: --set fit.epochs=10, --set "
                 "'model.layers[0].Dense.units=3'"),
    FLAG(O, check, "check", "one step: tells time and memory, saves nothing"),
    FLAG(O, no_run_folder, "no-run-folder", "no OUTPUT.run with curves, report and settings"),
    RUN_OPTIONS(O),
    LANGUAGE_OPTION(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* ---- callbacks ---- */

static mica_status on_train_begin(mica_fit_state *s, void *user, mica_error *err) {
    training *t = user;
    t->steps = s->steps;
    return MICA_OK;
}

/* Only a training that is not whole gets here. */
static mica_status on_epoch_begin(mica_fit_state *s, void *user, mica_error *err) {
    const training *t = user;
    if (t->o->resume && t->first_step == 0 && (s->epoch || s->step))
        say(&t->o->common, "resumed at epoch %d, step %lld", s->epoch + 1, (long long)s->step + 1);
    return MICA_OK;
}

/* After fit: why it made no step. */
static void tell_whole(const training *t) {
    int made = t->history.epochs;
    long long asked = t->recipe.epochs;
    if (!t->o->resume || t->o->check || t->first_step != 0) return;
    if (made < asked)
        say(&t->o->common, "the training is whole: a callback ended it after epoch %d of %lld",
            made, asked);
    else
        say(&t->o->common,
            "the training is whole: %d epochs are made, %lld are asked for; --epochs with more "
            "than %d goes on",
            made, asked, made);
}

static void tell_early(training *t) {
    bool early = stopped_early(t);
    int made = t->history.epochs, saved = t->saved_epoch;
    if (t->o->check) return;
    if (early && saved != made)
        say(&t->o->common, "early stopping after epoch %d; weights of epoch %d restored", made,
            saved);
    else if (early) say(&t->o->common, "early stopping after epoch %d", made);
    else if (saved != made) say(&t->o->common, "weights of epoch %d restored", saved);
}

static mica_status on_step(mica_fit_state *s, void *user, mica_error *err) {
    training *t = user;
    if (t->first_step == 0) t->first_step = clock_since_exec();
    t->step_seconds = s->seconds; /* what --check tells: an epoch of it is one step */
    if (signals_exit()) s->stop = true;
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *s, void *user, mica_error *err) {
    training *t = user;
    t->trained += t->step_seconds;
    t->waited += s->waited;
    if (signals_exit()) s->stop = true;
    return MICA_OK;
}

/* ---- fit ---- */

static mica_status give_augmentation(training *t, mica_fit_options *fit, mica_error *err) {
    size_t count = json_array_size(t->recipe.augment);
    if (count > LENGTH(fit->augment))
        return fail(err, MICA_VALUE, "data.augment has %zu entries, expected at most %zu", count,
                    LENGTH(fit->augment));
    for (size_t i = 0; i < count; i++)
        if (!(fit->augment[i] = augment_text(t, i))) return fail_memory(err, 64, "data.augment");
    return MICA_OK;
}

static mica_status run_fit(training *t, const mica_callback *progress, const mica_callback *folder,
                           mica_error *err) {
    const recipe *r = &t->recipe;
    bool check = t->o->check;
    mica_callback own = {.user = t,
                         .on_train_begin = on_train_begin,
                         .on_epoch_begin = on_epoch_begin,
                         .on_step = on_step,
                         .on_epoch_end = on_epoch_end};
    mica_fit_options fit = mica_fit_defaults();
    size_t n = 0;
    fit.epochs = check ? 2 : (int)r->epochs; /* the first one warms up */
    fit.batch_size = r->batch_size;
    fit.no_shuffle = r->no_shuffle;
    fit.steps_per_epoch = check ? 1 : r->steps_per_epoch;
    fit.class_weight = t->class_weights;
    fit.class_weight_count = t->class_weight_count;
    fit.balanced_classes = r->balanced_classes;
    fit.validation = check ? NULL : t->validation;
    fit.checkpoint = check ? NULL : t->checkpoint;
    fit.checkpoint_seconds = r->checkpoint_seconds;
    fit.resume = t->o->resume && !check;
    TRY(give_augmentation(t, &fit, err));
    fit.callbacks[n++] = &own;
    fit.callbacks[n++] = progress;
    fit.callbacks[n++] = folder;
    fit.callbacks[n++] = mica_terminate_on_nan(t->ctx);
    for (int i = 0; i < t->callback_count && !check; i++) fit.callbacks[n++] = t->callbacks[i];
    TRY(mica_check(t->ctx, err));
    return mica_model_fit(t->model, t->train, &fit, &t->history, err);
}

/* Signals are only noted here: the running step ends, and a checkpoint is written. */
static mica_status fit(training *t, run_folder *folder, mica_error *err) {
    progress bar = progress_open(t->o->common.quiet || t->o->check);
    mica_callback callback = progress_callback(&bar), in_folder = run_folder_callback(folder);
    keep_checkpoint(t);
    signals_note(true);
    mica_status status = run_fit(t, &callback, &in_folder, err);
    if (status != MICA_OK && !t->history.epochs) put_back_checkpoint(t);
    else forget_checkpoint(t);
    progress_close(&bar);
    warn_broken(t->train, &t->broken_told);
    if (status == MICA_OK && !signals_exit()) {
        tell_early(t);
        tell_whole(t);
    }
    return status;
}

/* ---- results ---- */

#define WAIT_TOLD 0.03

static json_t *history_json(const mica_history *h) {
    json_t *epochs = json_array();
    for (int i = 0; i < h->epochs; i++) {
        json_t *e = json_object();
        json_object_set_new(e, "seconds", json_real(h->seconds[i]));
        json_object_update_new(e, results_json(&h->epoch[i]));
        json_array_append_new(epochs, e);
    }
    return epochs;
}

/* The share of the steps' time in which they waited for their data. */
static double data_wait(const training *t) { return t->trained > 0 ? t->waited / t->trained : 0; }

static void print_result(const training *t) {
    const recipe *r = &t->recipe;
    if (t->o->common.json) {
        print_json(json_pack("{s:o, s:o, s:f, s:f, s:f, s:s}", "epochs", history_json(&t->history),
                             "evaluate", results_json(&t->evaluated), "peak_rss_mib", peak_mib(),
                             "first_step_seconds", t->first_step, "data_wait", data_wait(t),
                             "output", r->output));
        return;
    }
    if (t->o->common.quiet) return;
    if (t->trained > 1 && data_wait(t) >= WAIT_TOLD)
        say(&t->o->common,
            "the steps waited for data %.0f %% of their time: more threads, fast_decode, or "
            "data.cache in the recipe bring them sooner",
            100 * data_wait(t));
    for (int i = 0; i < t->evaluated.count; i++)
        printf("%s%s: %.4f", i ? " - " : "Test: ", t->evaluated.name[i],
               plain_nan(t->evaluated.value[i]));
    if (t->evaluated.count) printf("\n");
    printf("Saved %s\n", r->output);
}

static void print_check(const training *t) {
    int64_t rows = mica_dataset_size(t->train);
    int64_t steps = (rows + t->recipe.batch_size - 1) / t->recipe.batch_size;
    double predicted = (double)t->predicted_bytes / 1048576,
           epoch = t->step_seconds * (double)steps;
    if (t->o->common.json) {
        print_json(json_pack("{s:{s:f, s:f, s:I, s:f, s:I, s:f, s:f}}", "check", "step_seconds",
                             t->step_seconds, "first_step_seconds", t->first_step,
                             "steps_per_epoch", (json_int_t)steps, "epoch_seconds", epoch,
                             "parameters", (json_int_t)mica_model_parameters(t->model, false),
                             "step_mib", predicted, "peak_rss_mib", peak_mib()));
        return;
    }
    printf("One step of %lld samples: %.1f ms\n", (long long)t->recipe.batch_size,
           t->step_seconds * 1e3);
    bool brief = epoch < 0.1;
    printf("An epoch of %lld steps: about %.1f %s\n", (long long)steps, brief ? epoch * 1e3 : epoch,
           brief ? "ms" : "s");
    printf("Memory: %.1f MiB for a step, %.1f MiB in all\n", predicted, peak_mib());
}

/* ---- the way through ---- */

static mica_status evaluate(training *t, mica_error *err) {
    if (!t->test) return MICA_OK;
    return mica_model_evaluate(t->model, t->test,
                               MICA_OPTIONS(evaluate, .batch_size = t->recipe.batch_size),
                               &t->evaluated, err);
}

static mica_status save(training *t, mica_error *err) {
    signals_note(true);
    mica_status status = mica_model_save(t->model, t->recipe.output, err);
    signals_note(false);
    return status;
}

/* Hours of training are not lost to what comes after: the model is saved, then evaluated, and saved
 * again with all that its card tells. */
static mica_status complete(training *t, run_folder *folder, mica_error *err) {
    TRY(fill_card(t, err));
    TRY(evaluate(t, err));
    TRY(complete_card(t, err));
    TRY(save(t, err));
    run_folder_evaluate(folder);
    return MICA_OK;
}

static mica_status finish_training(training *t, run_folder *folder, mica_error *err) {
    if (signals_exit()) return fail(err, MICA_INTERRUPTED, "stopped");
    signals_note(false);
    clear_card(t);
    TRY(save(t, err));
    mica_status status = complete(t, folder, err);
    return status == MICA_OK ? status
                             : fail_within(err, status,
                                           "the model is saved (%s), but what follows "
                                           "failed",
                                           t->recipe.output);
}

static mica_status train_in_folder(training *t, run_folder *folder, mica_error *err) {
    mica_status status = run_folder_open(folder, t, err);
    if (status == MICA_OK) status = fit(t, folder, err);
    if (status == MICA_OK && !t->o->check) status = finish_training(t, folder, err);
    run_folder_close(folder, status, err);
    return status;
}

/* Until the context is closed. */
static mica_status lock_output(const training *t, mica_error *err) {
    mica_status status = t->o->check ? MICA_OK : lock_take(t->ctx, t->checkpoint, err);
    return status == MICA_OK ? status : fail_within(err, status, "output %s", t->recipe.output);
}

static mica_status train(training *t, mica_error *err) {
    const common_options *common = &t->o->common;
    run_folder folder;
    TRY(check_output(t->recipe.output, err));
    TRY(lock_output(t, err));
    TRY(set_up(t, err));
    TRY(check_limits(t, err));
    TRY(warn_of_replaced(t, err));
    TRY(make_callbacks(t, err));
    if (!common->json && !common->quiet) TRY(mica_model_summary(t->model, stdout, err));
    fflush(stdout);
    say(common, "%d threads (%s)", mica_threads(t->ctx), mica_threads_reason(t->ctx));
    TRY(train_in_folder(t, &folder, err));
    if (t->o->check) print_check(t);
    else print_result(t);
    return MICA_OK;
}

static int end(training *t, mica_status status, mica_error *err) {
    int stopped = signals_exit();
    if (stopped) { /* noted: by then the checkpoint is written, or the model is saved */
        mica_close(&t->ctx);
        if (status == MICA_INTERRUPTED)
            fprintf(stderr, "mica: stopped; the same command with --resume goes on from %s\n",
                    t->checkpoint);
        else if (status != MICA_OK) report(&t->o->common, err);
        return stopped;
    }
    return finish(t->ctx, &t->o->common, status, err);
}

static int run(void *data) {
    train_options *o = data;
    training t = {.o = o};
    mica_error err = {0};
    if (o->common.arguments && o->model)
        return wrong_usage(&command_train, "a recipe or --model, not both");
    if (!o->common.arguments && !o->model)
        return wrong_usage(&command_train, "expected: mica train %s", command_train.arguments);
    if (o->model && !o->data) return wrong_usage(&command_train, "--model needs --data SPEC");
    signals_catch();
    mica_status status = read_settings(&t, &err);
    if (status == MICA_OK) {
        t.ctx = open_context(&o->common, (uint64_t)t.recipe.seed);
        if (!t.ctx) return EXIT_FAILED;
        status = train(&t, &err);
    }
    int code = end(&t, status, &err);
    mica_history_free(&t.history);
    recipe_free(&t.recipe);
    return code;
}

const command command_train = {
    "train",
    "RECIPE.json | --model FILE --data SPEC",
    "train a model, evaluate it, save it",
    options,
    sizeof(train_options),
    0,
    1,
    run,
    "A recipe is one JSON object with model, data, compile, fit, output; docs/recipe.schema.json "
    "is its\n"
    "schema. Its inputs are relative to it, the output to the current folder. SPEC is a path whose "
    "kind\n"
    "is found, or kind:path (mica list sources). Of an .npz the arrays are x, y and, for a weight "
    "a\n"
    "row, sample_weight; several are x_0, x_1, y_0, y_1; x_train and x_test are both parts of one "
    "file.\n"
    "--model takes the compile settings in the file.\n"
    "A checkpoint, OUTPUT.checkpoint, is written after epochs (not twice a second), and every 30 "
    "seconds. Ctrl-C and "
    "SIGTERM\n"
    "end after the running step with a checkpoint (exit 130, 143); a second one ends at once. It "
    "stays\n"
    "after the last epoch, so that --resume with more --epochs goes on from there; without it "
    "nothing\n"
    "but that is lost. While a training runs, OUTPUT.checkpoint.lock keeps a second one of the "
    "same\n"
    "OUTPUT away.\n"
    "OUTPUT.run/ holds the recipe as it was run, history.csv, curves.svg, confusion.svg (of\n"
    "classifiers), report.html, event files for TensorBoard, and the environment; mica runs\n"
    "compares several.\n"};
