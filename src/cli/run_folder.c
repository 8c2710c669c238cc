/* See run_folder.h. */
#include "cli/run_folder.h"

#include "build_config.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/machine.h"
#include "data/dataset.h"
#include "train/classifier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- files ---- */

static mica_status put(const run_folder *f, const char *name, const char *text, mica_error *err) {
    arena a = {0};
    const char *path = path_join(&a, f->run.folder, name);
    mica_status status = path && text ? file_replace(path, text, strlen(text), err)
                                      : fail_no_memory(err, f->run.folder);
    arena_free(&a);
    return status;
}

static mica_status put_json(const run_folder *f, const char *name, const json_t *tree,
                            mica_error *err) {
    char *text = config_text_indented(tree);
    mica_status status = put(f, name, text, err);
    free(text);
    return status;
}

static void give_up(run_folder *f, const mica_error *err) {
    warn(&f->t->o->common, "%s; the training goes on, but its run folder is not written any more",
         err->message);
    free(f->run.folder);
    f->run.folder = NULL;
}

static bool is_old(const char *name) {
    static const char *const ours[] = {"history.csv", "curves.svg", "confusion.svg", "report.html"};
    for (size_t i = 0; i < LENGTH(ours); i++)
        if (!strcmp(name, ours[i])) return true;
    return !strncmp(name, "events.out.tfevents.", strlen("events.out.tfevents."));
}

static void remove_old(const char *folder) {
    arena a = {0};
    mica_error err;
    char **names;
    size_t count = 0;
    if (folder_list(folder, &a, &names, &count, &err) != MICA_OK) count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = is_old(names[i]) ? path_join(&a, folder, names[i]) : NULL;
        if (path) unlink(path);
    }
    arena_free(&a);
}

/* Whether an earlier training of this output made epochs: what it left stays until this one has
 * made its first, too, or is known to go on with it. */
static bool holds_epochs(const char *folder) {
    arena a = {0};
    json_t *info = NULL;
    const char *path = path_join(&a, folder, "run.json");
    bool made = path && file_exists(path) && config_load(path, &info, NULL) == MICA_OK &&
                json_integer_value(json_object_get(info, "epochs")) > 0;
    json_decref(info);
    arena_free(&a);
    return made;
}

/* What an earlier training of this output left; a resumed one goes on with it. */
static void clear_old(const run_folder *f) {
    static const char *const folders[] = {RUN_BOARD "/train", RUN_BOARD "/validation"};
    arena a = {0};
    remove_old(f->run.folder);
    for (size_t i = 0; i < LENGTH(folders); i++) {
        const char *path = path_join(&a, f->run.folder, folders[i]);
        if (path) remove_old(path);
    }
    arena_free(&a);
}

/* ---- what is told ---- */

static json_t *begin_info(const training *t) {
    char started[UTC_TEXT];
    utc_text(clock_day_us(), 0, started);
    return json_pack("{s:i, s:s, s:s, s:s, s:f, s:i, s:I, s:I, s:s, s:s}", "version", RUN_VERSION,
                     "mica", MICA_VERSION, "state", "started", "started", started, "seconds", 0.0,
                     "epochs", 0, "epochs_planned", (json_int_t)t->recipe.epochs, "parameters",
                     (json_int_t)mica_model_parameters(t->model, false), "output", t->recipe.output,
                     "checkpoint", t->checkpoint);
}

static char *summary_of(const training *t) {
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file) return NULL;
    mica_model_summary(t->model, file, NULL);
    fclose(file);
    return text;
}

/* Files that were left out, and why. */
static json_t *broken_list(const training *t) {
    enum { MOST = 1000 };
    const mica_dataset *data[] = {t->train, t->validation, t->test};
    json_t *list = json_array();
    for (size_t k = 0; k < LENGTH(data); k++) {
        if (k && data[k] && data[k]->broken == data[0]->broken) continue; /* one part of it */
        for (int64_t i = 0; i < mica_dataset_broken(data[k]) && json_array_size(list) < MOST; i++)
            json_array_append_new(list, json_string(mica_dataset_broken_reason(data[k], i)));
    }
    return list;
}

static mica_status update_info(run_folder *f, mica_error *err) {
    const run_history *h = &f->run.history;
    json_t *info = f->run.info;
    double seconds = 0;
    for (int i = 0; i < h->epochs; i++) seconds += h->seconds[i];
    json_object_set_new(info, "seconds", json_real(seconds));
    json_object_set_new(info, "epochs", json_integer(h->epochs));
    json_object_set_new(info, "best", history_best_json(h));
    json_object_set_new(info, "last", history_epoch_json(h, h->epochs - 1));
    json_t *broken = broken_list(f->t);
    if (json_array_size(broken)) json_object_set(info, "broken", broken);
    json_decref(broken);
    int saved = f->t->saved_epoch;
    if (saved && saved <= h->epochs)
        json_object_set_new(
            info, "saved",
            json_pack("{s:i, s:o}", "epoch", saved, "results", history_epoch_json(h, saved - 1)));
    if (f->t->evaluated.count) json_object_set_new(info, "test", results_json(&f->t->evaluated));
    return put_json(f, "run.json", info, err);
}

/* ---- pictures and page ---- */

static void draw_confusion(const run_folder *f, strbuf *svg) {
    const class_report *c = &f->classes;
    if (!c->classes || c->classes > MATRIX_MOST) return;
    chart_matrix(&(matrix){.title = word_in(f->language, WORD_CONFUSION),
                           .row_label = word_in(f->language, WORD_TRUE_CLASS),
                           .column_label = word_in(f->language, WORD_PREDICTED_CLASS),
                           .names = c->names,
                           .counts = c->counts,
                           .size = (int)c->classes},
                 svg);
}

static mica_status put_page(run_folder *f, const char *curves, mica_error *err) {
    strbuf confusion = {0}, page = {0};
    json_t *classes = f->classes.classes ? report_json(&f->classes) : NULL;
    draw_confusion(f, &confusion);
    report_parts parts = {.run = &f->run,
                          .curves = curves,
                          .confusion = confusion.data,
                          .summary = f->summary,
                          .classes = classes,
                          .on_test = f->on_test};
    run_report(&parts, f->language, &page);
    mica_status status = put(f, "report.html", page.failed ? NULL : page.data, err);
    if (status == MICA_OK && confusion.data)
        status = put(f, "confusion.svg", confusion.failed ? NULL : confusion.data, err);
    json_decref(classes);
    strbuf_free(&confusion);
    strbuf_free(&page);
    return status;
}

static mica_status put_all(run_folder *f, mica_error *err) {
    strbuf csv = {0}, svg = {0};
    history_free(&f->run.history);
    TRY(history_copy(&f->t->history, &f->run.history, err));
    TRY(update_info(f, err));
    history_csv(&f->run.history, &csv);
    mica_status status = put(f, "history.csv", csv.failed ? NULL : csv.data, err);
    if (status == MICA_OK) status = run_curves(&f->run, 1, f->language, &svg, err);
    if (status == MICA_OK && f->run.history.epochs) status = put(f, "curves.svg", svg.data, err);
    if (status == MICA_OK) status = put_page(f, svg.data, err);
    strbuf_free(&csv);
    strbuf_free(&svg);
    return status;
}

static void write_all(run_folder *f) {
    mica_error err = {0};
    double began = clock_seconds();
    if (!f->run.folder) return;
    if (put_all(f, &err) != MICA_OK) give_up(f, &err);
    f->written = clock_seconds();
    f->pause = 100 * (f->written - began);
    if (f->pause < 1) f->pause = 1;
}

/* ---- the way of a training ---- */

static mica_status make_folder(run_folder *f, mica_error *err) {
    training *t = f->t;
    size_t length = strlen(t->recipe.output) + 8;
    f->run.folder = malloc(length);
    if (!f->run.folder) return fail_memory(err, length, t->recipe.output);
    snprintf(f->run.folder, length, "%s.run", t->recipe.output);
    if (mkdir(f->run.folder, 0777) == 0 || (errno == EEXIST && file_is_folder(f->run.folder)))
        return MICA_OK;
    mica_status status = fail_errno(err, f->run.folder, "make the run folder");
    return fail_within(err, status, "--no-run-folder leaves it out");
}

/* Its hooks are called from here, so that what fails in them does not end the training. */
static mica_status make_board(run_folder *f, mica_error *err) {
    arena a = {0};
    const char *path = path_join(&a, f->run.folder, RUN_BOARD);
    if (path) f->board = mica_tensor_board(f->t->ctx, MICA_OPTIONS(tensor_board, .log_dir = path));
    arena_free(&a);
    return path ? mica_check(f->t->ctx, err) : fail_no_memory(err, f->run.folder);
}

static mica_status begin_folder(run_folder *f, mica_error *err) {
    f->waits = false;
    if (!f->t->o->resume) clear_old(f);
    TRY(put_json(f, "recipe.json", f->run.recipe, err));
    TRY(put_json(f, "environment.json", f->run.environment, err));
    return put_json(f, "run.json", f->run.info, err);
}

mica_status run_folder_open(run_folder *f, training *t, mica_error *err) {
    *f = (run_folder){.t = t, .language = language_of(&t->o->common)};
    if (t->o->check || t->o->no_run_folder || t->recipe.no_run_folder) return MICA_OK;
    TRY(make_folder(f, err));
    f->waits = holds_epochs(f->run.folder);
    TRY(make_board(f, err));
    f->run.info = begin_info(t);
    f->run.recipe = recipe_as_run(t, f->run.folder);
    f->run.environment = machine_json(t->ctx);
    f->summary = summary_of(t);
    return f->waits ? MICA_OK : begin_folder(f, err);
}

static mica_status on_train_begin(mica_fit_state *s, void *user, mica_error *err) {
    run_folder *f = user;
    mica_error own = {0};
    /* By now a checkpoint that is another training's was refused. */
    const bool begins = !f->waits || f->t->o->resume;
    mica_status status = f->waits && begins ? begin_folder(f, &own) : MICA_OK;
    if (begins && status == MICA_OK) status = f->board->on_train_begin(s, f->board->user, &own);
    if (status != MICA_OK) give_up(f, &own);
    return MICA_OK;
}

/* After the first epoch, in the place of what an earlier training left. */
static mica_status begin_late(run_folder *f, mica_fit_state *s, mica_error *err) {
    if (!f->waits) return MICA_OK;
    TRY(begin_folder(f, err));
    return f->board->on_train_begin(s, f->board->user, err);
}

static mica_status on_epoch_end(mica_fit_state *s, void *user, mica_error *err) {
    run_folder *f = user;
    mica_error own = {0};
    if (!f->run.folder) return MICA_OK;
    if (begin_late(f, s, &own) != MICA_OK ||
        f->board->on_epoch_end(s, f->board->user, &own) != MICA_OK)
        give_up(f, &own);
    else if (clock_seconds() - f->written >= f->pause) write_all(f);
    return MICA_OK;
}

static void on_destroy(void *user) {
    run_folder *f = user;
    f->board->destroy(f->board->user);
}

mica_callback run_folder_callback(run_folder *f) {
    if (!f->run.folder) return (mica_callback){.user = f};
    return (mica_callback){.user = f,
                           .on_train_begin = on_train_begin,
                           .on_epoch_end = on_epoch_end,
                           .destroy = on_destroy};
}

/* Of the validation data a view that the caller destroys. */
static mica_status data_to_count(run_folder *f, mica_dataset **out, mica_error *err) {
    training *t = f->t;
    mica_dataset *of = t->test ? t->test : t->validation;
    f->on_test = t->test != NULL;
    if (of) *out = mica_dataset_range(of, 0, mica_dataset_size(of));
    return mica_check(t->ctx, err);
}

void run_folder_evaluate(run_folder *f) {
    mica_error err = {0};
    mica_dataset *data = NULL;
    if (!f->run.folder || !is_classifier(f->t->model)) return;
    mica_status status = data_to_count(f, &data, &err);
    if (status == MICA_OK && data)
        status = report_make(f->t->model, data, f->t->recipe.batch_size, &f->classes, &err);
    if (status != MICA_OK) warn(&f->t->o->common, "no confusion matrix: %s", err.message);
    mica_dataset_destroy(&data);
}

void run_folder_close(run_folder *f, mica_status status, const mica_error *error) {
    const char *state = status == MICA_OK            ? "done"
                        : status == MICA_INTERRUPTED ? "stopped"
                                                     : "failed";
    json_object_set_new(f->run.info, "state", json_string(state));
    if (status != MICA_OK && status != MICA_INTERRUPTED)
        json_object_set_new(f->run.info, "error", json_string(error->message));
    /* What failed before its first epoch leaves the earlier training's folder as it is. */
    mica_error own;
    if (f->waits && status == MICA_INTERRUPTED && begin_folder(f, &own) != MICA_OK)
        give_up(f, &own);
    if (!f->waits) write_all(f);
    report_free(&f->classes);
    run_free(&f->run);
    free(f->summary);
    *f = (run_folder){0};
}
