/* mica predict: what a model says of files; names of classes where it knows them. */
#include "cli/predict.h"

#include "base/file.h"
#include "cli/model_data.h"
#include "format/card.h"
#include "mica/array.h"
#include "train/classifier.h"
#include "train/evaluate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct predict_options {
    common_options common;
    option_texts input;
    const char *output;
    int64_t top, batch_size;
} predict_options;

#define O predict_options
static const option options[] = {
    TEXTS_OPTION(O, input, "input", "FILE", "one for each input of the model, in its order"),
    TEXT_OPTION(O, output, "output", "FILE",
                "write the outputs: .csv, .npy, or .npz where there are several"),
    COUNT_OPTION(O, top, "top", "K", 1, "the K best classes of each sample"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status warn_of_inputs(mica_model *m, mica_tensor *const *in, int count,
                                  const char *name, mica_error *err) {
    mica_dataset *d = mica_dataset_new(m->ctx, in, count, NULL, 0, NULL);
    mica_status status = mica_check(m->ctx, err);
    if (status == MICA_OK) status = warn_not_finite(d, name, err);
    mica_dataset_destroy(&d);
    return status;
}

static mica_status check_top(const mica_model *m, int64_t top, mica_error *err) {
    const shape *y = model_output_shape(m, 0);
    int64_t classes = y->rank == 2 && y->dims[1] == 1 ? 2 : y->rank == 2 ? y->dims[1] : 0;
    if (m->output_count != 1 || classes < 2 || (y->dims[1] == 1 && !is_classifier(m)))
        return fail(err, MICA_VALUE, "--top: the model is no classifier with one output");
    if (top <= classes) return MICA_OK;
    return fail(err, MICA_VALUE, "--top %lld: the model has %lld classes", (long long)top,
                (long long)classes);
}

static int64_t batch_size_of(const predict_options *o) {
    return given(o->batch_size) ? o->batch_size : 32;
}

/* A table, of a model that was trained on one: its rows are prepared as those were. */
static bool is_table_of(const mica_model *m, const char *file) {
    const source *s = card_get(m, "table") ? dataset_source(file, NULL) : NULL;
    return s && s->fits;
}

static mica_status predict_table(mica_model *m, const predict_options *o, const char *file,
                                 mica_tensor **outputs, mica_error *err) {
    mica_dataset *d = NULL;
    TRY(load_model_data(
        &(data_request){.ctx = m->ctx, .model = m, .spec = file, .part = MICA_TEST, .asking = true},
        &d, err));
    mica_status status = predict_dataset(m, d, batch_size_of(o), outputs, err);
    mica_dataset_destroy(&d);
    return status == MICA_OK ? status : fail_within(err, status, "%s", file);
}

static mica_status predict_inputs(mica_model *m, const predict_options *o, const char *const *files,
                                  int count, mica_tensor **outputs, mica_error *err) {
    mica_tensor *in[MAX_MODEL_INPUTS];
    for (int i = 0; i < count; i++) TRY(load_input(m, i, files[i], &in[i], err));
    TRY(warn_of_inputs(m, in, count, files[0], err));
    mica_status status = mica_model_predict(m, in, count, batch_size_of(o), outputs, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", files[0]);
}

/* One pass of the model over `count` inputs; prints, and keeps the outputs for --output. */
static mica_status predict_once(mica_model *m, const predict_options *o, const char *const *files,
                                int count, mica_tensor **outputs, mica_error *err) {
    if (count == 1 && is_table_of(m, files[0])) TRY(predict_table(m, o, files[0], outputs, err));
    else TRY(predict_inputs(m, o, files, count, outputs, err));
    prediction p = {
        .model = m, .outputs = outputs, .name = files[0], .top = given(o->top) ? o->top : 0};
    if (o->common.json) return prediction_json(&p, err);
    return o->output ? MICA_OK : prediction_print(&p, stdout, err);
}

/* ---- the files: those that are given, and the pictures of folders that are ---- */

typedef struct strings {
    arena texts;
    const char **at;
    size_t count, room;
} strings;

static mica_status add_file(strings *s, const char *path, mica_error *err) {
    if (!path || !grow(&s->at, &s->room, s->count + 1, sizeof *s->at))
        return fail_no_memory(err, "a list of files");
    s->at[s->count++] = path;
    return MICA_OK;
}

static bool is_input(const char *name, bool texts) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".bmp", ".ppm",
                                          ".pgm", ".npy", ".npz",  NULL};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && endings[i]; i++)
        if (!strcasecmp(dot, endings[i])) return name[0] != '.';
    return texts && dot && !strcasecmp(dot, ".txt") && name[0] != '.';
}

/* What is in the folder and the folders in it, by name. */
static mica_status add_folder(strings *s, const char *folder, bool texts, int depth,
                              mica_error *err) {
    enum { DEEPEST = 16 };
    char **names;
    size_t count = 0;
    TRY(folder_list(folder, &s->texts, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(&s->texts, folder, names[i]);
        if (!path) return fail_no_memory(err, folder);
        if (file_is_folder(path) && names[i][0] != '.' && depth < DEEPEST)
            TRY(add_folder(s, path, texts, depth + 1, err));
        else if (is_input(names[i], texts) && file_exists(path)) TRY(add_file(s, path, err));
    }
    return MICA_OK;
}

static mica_status list_files(const predict_options *o, bool texts, strings *s, mica_error *err) {
    const common_options *c = &o->common;
    for (int i = 1; i < c->arguments; i++) {
        size_t before = s->count;
        if (!file_is_folder(c->argument[i])) {
            TRY(add_file(s, c->argument[i], err));
            continue;
        }
        TRY(add_folder(s, c->argument[i], texts, 0, err));
        if (s->count == before)
            return fail(err, MICA_IO,
                        "%s: this folder holds no pictures (PNG, JPEG, BMP, PPM) and "
                        "no .npy, .npz or .txt",
                        c->argument[i]);
    }
    return MICA_OK;
}

static mica_status predict_file(mica_model *m, const predict_options *o, const char *file,
                                mica_tensor **all, bool *first, mica_error *err) {
    mica_tensor *outputs[MAX_MODEL_OUTPUTS];
    mica_scope *scope = o->output ? NULL : mica_scope_open(m->ctx);
    mica_status status = predict_once(m, o, &file, 1, outputs, err);
    for (int k = 0; k < m->output_count && status == MICA_OK && o->output; k++)
        all[k] = *first ? outputs[k]
                        : mica_concatenate((mica_tensor *[]){all[k], outputs[k]}, 2, 0);
    if (scope) mica_scope_close(&scope);
    if (status == MICA_OK) *first = false;
    return status == MICA_OK ? mica_check(m->ctx, err) : status;
}

/* Every FILE holds samples of the only input: the outputs one below the other. A file that is
 * broken is told and left out; the first such error is that of the command, at its end. */
static mica_status predict_files(mica_model *m, const predict_options *o, mica_tensor **all,
                                 mica_error *err) {
    strings files = {0};
    bool first = true;
    size_t bad = 0;
    if (m->input_count != 1 && !card_get(m, "table"))
        return fail(err, MICA_VALUE, "the model has %d inputs: give --input FILE for each",
                    m->input_count);
    mica_status status = list_files(o, takes_texts(m, 0), &files, err);
    for (size_t i = 0; i < files.count && status == MICA_OK; i++) {
        mica_error own = {0};
        mica_status one = predict_file(m, o, files.at[i], all, &first, &own);
        if (one == MICA_OK) continue;
        if (!bad++) *err = own;
        /* A model that no file fits, memory: the others would fail as well. */
        if (files.count == 1 || one == MICA_MEMORY || one == MICA_INTERNAL) status = one;
        else warn(&o->common, "%s", own.message);
    }
    if (status == MICA_OK && bad && files.count > 1)
        status = fail(err, err->code, "%zu of %zu files could not be predicted", bad, files.count);
    arena_free(&files.texts);
    free(files.at);
    return status;
}

static mica_status predict(mica_context *ctx, const predict_options *o, mica_error *err) {
    mica_model *m = NULL;
    mica_tensor *outputs[MAX_MODEL_OUTPUTS] = {0};
    TRY(mica_model_load(ctx, o->common.argument[0], &m, err));
    if (given(o->top)) TRY(check_top(m, o->top, err));
    if (!o->input.count) TRY(predict_files(m, o, outputs, err));
    else if (o->input.count != m->input_count)
        return fail(err, MICA_VALUE, "%d --input given, the model has %d inputs", o->input.count,
                    m->input_count);
    else TRY(predict_once(m, o, o->input.at, o->input.count, outputs, err));
    return o->output ? write_outputs(m, outputs, o->output, err) : MICA_OK;
}

static int run(void *data) {
    predict_options *o = data;
    mica_error err = {0};
    if (!o->input.count && o->common.arguments < 2)
        return wrong_usage(&command_predict, "expected: mica predict %s",
                           command_predict.arguments);
    if (o->input.count && o->common.arguments > 1)
        return wrong_usage(&command_predict, "FILE … or --input FILE …, not both");
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = predict(ctx, o, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_predict = {"predict",
                                 "MODEL FILE … | MODEL --input FILE [--input FILE …]",
                                 "what a model says of samples",
                                 options,
                                 sizeof(predict_options),
                                 1,
                                 -1,
                                 run,
                                 "A FILE is .npy, .npz, a picture, or - for standard input; an "
                                 "array holds samples, or is one;\n"
                                 "of a model of texts any other file is one text, UTF-8;\n"
                                 "of a folder all that it holds. What cannot be read is told, the "
                                 "rest predicted, and the exit status is 1.\n"
                                 "Of a model that was trained on a table a table (CSV, TSV, JSON "
                                 "Lines) is one too: its rows are prepared\nas those were. "
                                 "Pictures are brought to the size that the model wants. Of a "
                                 "classifier the class is printed, by the\n"
                                 "name that the model's card has for it; of others the numbers. "
                                 "--json prints a line for each sample.\n"};
