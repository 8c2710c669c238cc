/* mica data split: data in parts for training, validation and test, or in folds. A table gives
 * tables, class folders lists of their files, other samples .npz. */
#include "batch/split_table.h"
#include "cli/data_arrays.h"
#include "cli/data_made.h"
#include "cli/data_pictures.h"
#include "cli/model_data.h"
#include "cli/split_shares.h"
#include "cli/training.h"

#include "data/class_folder.h"
#include "data/tabular.h"
#include "table/edit.h"

#include <stdlib.h>
#include <string.h>

typedef struct split_options {
    common_options common;
    const char *output, *stratify, *groups, *time;
    double test, validation, train, max_broken;
    int64_t folds, seed;
    bool no_shuffle, shuffle, by_class, test_part;
    table_reading reading;
} split_options;

#define O split_options
static const option options[] = {
    TEXT_OPTION(O, output, "output", "PREFIX", "the parts are PREFIX-train.csv, PREFIX-test.csv …"),
    REAL_OPTION(O, test, "test-fraction", "X", 0, 1, "of the rows, or groups (default 0.25)"),
    REAL_OPTION(O, validation, "validation-fraction", "X", 0, 1,
                "the same (default 0: no such part)"),
    REAL_OPTION(O, train, "train-fraction", "X", 0, 1, "the same (default all others)"),
    TEXT_OPTION(O, stratify, "stratify", "COLUMN",
                "of a table: its values have the same shares in all parts"),
    FLAG(O, by_class, "by-class", "of samples: their classes have the same shares in all parts"),
    TEXT_OPTION(O, groups, "groups", "COLUMN", "of a table: all rows of one value are in one part"),
    TEXT_OPTION(O, time, "time", "COLUMN",
                "of a table: the earliest rows are for training, the latest for the test"),
    COUNT_OPTION(
        O, folds, "folds", "K", 2,
        "K pairs of parts instead, PREFIX-fold0-train.csv and so on, each row in one test"),
    FLAG(O, shuffle, "shuffle", "of folds: rows are shuffled before"),
    FLAG(O, no_shuffle, "no-shuffle", "the last rows are the test's"),
    COUNT_OPTION(O, seed, "seed", "N", 0, "which rows (default 0)"),
    FLAG(O, test_part, "test", "of samples in two parts: the test part is divided"),
    MAX_BROKEN_OPTION(O, max_broken),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

extern const command command_data_split;

static double fraction(double given_value) { return real_given(given_value) ? given_value : 0; }

/* "PREFIX-fold0-train.csv". */
static mica_status name_part(const split_options *o, int64_t fold, const char *part,
                             const char *ending, char out[4096], mica_error *err) {
    char number[32] = "";
    if (fold >= 0) snprintf(number, sizeof number, "-fold%lld", (long long)fold);
    int n = snprintf(out, 4096, "%s%s-%s%s", o->output, number, part, ending);
    return n < 4096 ? MICA_OK : fail(err, MICA_VALUE, "%s: the name is too long", o->output);
}

/* Adds {"part", "path", "rows"}; for people a line. */
static void tell(const split_options *o, json_t *parts, const char *part, const char *path,
                 int64_t rows) {
    if (!o->common.json) printf("%s: %lld rows\n", path, (long long)rows);
    json_array_append_new(
        parts, json_pack("{s:s, s:s, s:I}", "part", part, "path", path, "rows", (json_int_t)rows));
}

/* The same of a part that groups kept from having just its share, and the classes of it. */
static void tell_reached(const split_options *o, json_t *parts, const char *part, const char *path,
                         int64_t rows, int64_t whole, json_t *classes) {
    double share = (double)rows / (double)whole;
    if (!o->common.json) {
        printf("%s: %lld rows, %.1f %%", path, (long long)rows, 100 * share);
        print_shares(classes, rows);
    }
    json_array_append_new(parts,
                          json_pack("{s:s, s:s, s:I, s:f, s:O}", "part", part, "path", path, "rows",
                                    (json_int_t)rows, "share", share, "classes", classes));
}

/* ---- tables ---- */

static const char *const part_names[PARTS] = {"train", "validation", "test"};

typedef struct part_outputs {
    char path[PARTS][4096];
    table_output out[PARTS];
    counted_sink counted[PARTS]; /* open where classes and groups are asked at once */
    table_sink *sink[PARTS];
    int64_t rows; /* of all parts */
} part_outputs;

static mica_status name_outputs(const split_options *o, const table_blocks *in, int64_t fold,
                                part_outputs *p, mica_error *err) {
    const bool both = o->stratify && o->groups;
    int column = -1;
    *p = (part_outputs){.rows = in->rows};
    if (both) TRY(tabular_find(in->head, o->stratify, "stratify", "split", &column, err));
    for (int i = 0; i < PARTS; i++) {
        TRY(name_part(o, fold, part_names[i], ".csv", p->path[i], err));
        p->out[i].path = p->path[i];
        p->sink[i] = output_sink(&p->out[i]);
        if (both) p->sink[i] = counted_open(&p->counted[i], column, p->sink[i]);
    }
    return MICA_OK;
}

/* All files are whole, or none of them. */
static mica_status end_outputs(const split_options *o, part_outputs *p, mica_status status,
                               json_t *parts, mica_error *err) {
    for (int i = 0; i < PARTS; i++) {
        bool there = p->out[i].open;
        status = output_end(&p->out[i], status, err);
        if (there && status == MICA_OK && p->counted[i].counts)
            tell_reached(o, parts, part_names[i], p->path[i], p->out[i].writer.rows, p->rows,
                         p->counted[i].counts);
        else if (there && status == MICA_OK)
            tell(o, parts, part_names[i], p->path[i], p->out[i].writer.rows);
        counted_close(&p->counted[i]);
    }
    return status;
}

static mica_status split_once(const split_options *o, mica_context *ctx, table_blocks *in,
                              part_outputs *p, json_t *parts, mica_error *err) {
    TRY(name_outputs(o, in, -1, p, err));
    mica_status status = split_blocks(ctx, in,
                                      MICA_OPTIONS(table_split, .test_fraction = fraction(o->test),
                                                   .validation_fraction = fraction(o->validation),
                                                   .train_fraction = fraction(o->train),
                                                   .stratify = o->stratify, .groups = o->groups,
                                                   .time = o->time, .no_shuffle = o->no_shuffle),
                                      p->sink, err);
    return end_outputs(o, p, status, parts, err);
}

static mica_status split_table(const split_options *o, mica_context *ctx, table_blocks *in,
                               json_t *parts, mica_error *err) {
    part_outputs *p = allocate(1, sizeof *p);
    mica_status status = p ? MICA_OK : fail_no_memory(err, o->output);
    if (p && !given(o->folds)) status = split_once(o, ctx, in, p, parts, err);
    for (int64_t k = 0; p && given(o->folds) && k < o->folds && status == MICA_OK; k++) {
        status = name_outputs(o, in, k, p, err);
        if (status == MICA_OK)
            status = fold_blocks(ctx, in, k,
                                 MICA_OPTIONS(table_folds, .folds = o->folds, .shuffle = o->shuffle,
                                              .stratify = o->stratify, .groups = o->groups,
                                              .time = o->time),
                                 p->sink, err);
        status = end_outputs(o, p, status, parts, err);
    }
    free(p);
    return status;
}

/* ---- samples ---- */

/* What goes before the files' paths, so that the list itself is data to train on: the way from its
 * folder to theirs. Of an archive nothing. free(). */
static char *way_to_files(const class_list *f, const char *path) {
    const char *slash = strrchr(path, '/');
    if (f->tree.members) return strdup("");
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    json_t *way = folder ? spec_from(folder, f->tree.root) : NULL;
    strbuf out = {0};
    strbuf_add(&out, "%s", way ? json_string_value(way) : "");
    if (out.length && out.data[out.length - 1] != '/') strbuf_add(&out, "/");
    const bool done = way && !out.failed;
    json_decref(way);
    free(folder);
    if (done) return out.data;
    strbuf_free(&out);
    return NULL;
}

static int32_t add_path(text_maker *texts, const char *way, const char *file) {
    strbuf path = {0};
    strbuf_add(&path, "%s%s", *file == '/' ? "" : way, file);
    const int32_t code = path.failed ? -1 : text_maker_add(texts, path.data, path.length);
    strbuf_free(&path);
    return code;
}

/* The files of a part: "path" from the list's folder, "class". */
static mica_status list_files(const mica_dataset *d, const class_list *f, const char *path,
                              mica_error *err) {
    char *way = way_to_files(f, path);
    mica_table *t = table_new(2);
    text_maker texts[2] = {{{0}, {0}}};
    int32_t *codes[2] = {column_room(MICA_COLUMN_TEXT, d->rows),
                         column_room(MICA_COLUMN_TEXT, d->rows)};
    bool done = way && t && codes[0] && codes[1] && table_set_name(t, 0, "path", 4) &&
                table_set_name(t, 1, "class", 5);
    if (t) t->rows = d->rows;
    for (int64_t i = 0; i < d->rows && done; i++) {
        const class_file *file = &f->file[dataset_whole_row(d, (uint32_t)i)];
        const char *class = f->classes[file->label];
        codes[0][i] = add_path(&texts[0], way, file->path);
        codes[1][i] = text_maker_add(&texts[1], class, strlen(class));
        done = codes[0][i] >= 0 && codes[1][i] >= 0;
    }
    for (int i = 0; i < 2; i++) {
        if (done) done = column_set_texts(t, i, codes[i], &texts[i]), codes[i] = NULL;
        release_aligned(codes[i]);
        text_maker_free(&texts[i]);
    }
    mica_status status = done ? mica_table_write(t, path, err) : fail_no_memory(err, path);
    mica_table_destroy(&t);
    free(way);
    return status;
}

static const class_list *files_of(const mica_dataset *d) {
    while (d->of) d = d->of;
    return d->files;
}

static mica_status put_samples(const split_options *o, mica_dataset *d, int64_t fold,
                               const char *part, json_t *parts, mica_error *err) {
    char path[4096];
    const class_list *f = files_of(d);
    TRY(name_part(o, fold, part, f ? ".csv" : ".npz", path, err));
    TRY(f ? list_files(d, f, path, err) : write_npz(d, path, err));
    tell(o, parts, part, path, mica_dataset_size(d));
    return MICA_OK;
}

static mica_status split_samples(const split_options *o, mica_dataset *d, json_t *parts,
                                 mica_error *err) {
    mica_dataset *train, *test, *rest, *validation;
    double t = fraction(o->test), v = fraction(o->validation), r = fraction(o->train);
    if (t == 0) t = r > 0 ? 1 - r - v : 0.25;
    TRY(mica_dataset_split(d,
                           MICA_OPTIONS(split, .test_fraction = t, .train_fraction = v > 0 ? 0 : r,
                                        .stratify = o->by_class, .no_shuffle = o->no_shuffle),
                           &rest, &test, err));
    train = rest;
    if (v > 0) { /* as mica_table_split */
        const double hair = 1e-9, whole = (double)mica_dataset_size(d),
                     left = (double)mica_dataset_size(rest);
        double part = (r * whole + hair) / left;
        TRY(mica_dataset_split(rest,
                               MICA_OPTIONS(split, .test_fraction = (v * whole - hair) / left,
                                            .train_fraction = r > 0 && part < 1 ? part : 0,
                                            .stratify = o->by_class, .no_shuffle = o->no_shuffle,
                                            .repeat = 1),
                               &train, &validation, err));
        TRY(put_samples(o, validation, -1, "validation", parts, err));
    }
    TRY(put_samples(o, train, -1, "train", parts, err));
    return put_samples(o, test, -1, "test", parts, err);
}

static mica_status fold_samples(const split_options *o, mica_dataset *d, json_t *parts,
                                mica_error *err) {
    for (int64_t k = 0; k < o->folds; k++) {
        mica_dataset *train, *test;
        TRY(mica_dataset_fold(
            d, k,
            MICA_OPTIONS(folds, .folds = o->folds, .shuffle = o->shuffle, .stratify = o->by_class),
            &train, &test, err));
        TRY(put_samples(o, train, k, "train", parts, err));
        TRY(put_samples(o, test, k, "test", parts, err));
        mica_dataset_destroy(&train), mica_dataset_destroy(&test);
    }
    return MICA_OK;
}

/* ---- */

static mica_status split(const split_options *o, mica_context *ctx, json_t *parts,
                         mica_error *err) {
    const char *spec = o->common.argument[0];
    if (is_table(spec, &o->reading)) {
        table_blocks in;
        if (o->by_class)
            return fail(err, MICA_VALUE,
                        "--by-class is for samples; of a table: --stratify COLUMN");
        TRY(open_blocks(&o->common, ctx, spec, &o->reading, &in, err));
        mica_status status = split_table(o, ctx, &in, parts, err);
        blocks_close(&in);
        return of_input(status, spec, err);
    }
    mica_dataset *d = NULL;
    if (o->stratify || o->groups || o->time)
        return fail(err, MICA_VALUE,
                    "%s: no table: --stratify, --groups and --time name columns; --by-class "
                    "stratifies samples",
                    spec);
    json_t *how = json_object();
    if (real_given(o->max_broken)) json_object_set_new(how, "max_broken", json_real(o->max_broken));
    mica_status status = dataset_load_with(ctx, spec, how, o->test_part ? MICA_TEST : MICA_TRAIN,
                                           &d, err);
    json_decref(how);
    TRY(status);
    warn_broken(d, &(int64_t){0});
    return given(o->folds) ? fold_samples(o, d, parts, err) : split_samples(o, d, parts, err);
}

static int run(void *data) {
    const split_options *o = data;
    bool fractions = real_given(o->test) || real_given(o->validation) || real_given(o->train);
    mica_error err = {0};
    if (!o->output) return wrong_usage(&command_data_split, "expected --output PREFIX");
    if (given(o->folds) && (fractions || o->no_shuffle))
        return wrong_usage(&command_data_split, "--folds goes without fractions and --no-shuffle");
    if (!given(o->folds) && o->shuffle)
        return wrong_usage(&command_data_split, "--shuffle is for --folds");
    mica_context *ctx = open_context(&o->common, given(o->seed) ? (uint64_t)o->seed : 0);
    if (!ctx) return EXIT_FAILED;
    json_t *parts = json_array();
    mica_status status = split(o, ctx, parts, &err);
    if (status == MICA_OK && o->common.json) print_json(json_pack("{s:O}", "parts", parts));
    json_decref(parts);
    return finish(ctx, &o->common, status, &err);
}

const command command_data_split = {
    "data split",
    "SPEC --output PREFIX",
    "data in parts for training, validation and test, or in folds",
    options,
    sizeof(split_options),
    1,
    1,
    run,
    "A table's parts are .csv; of class folders lists of their files, .csv; of other samples "
    ".npz.\n"
    "Counts are scikit-learn's: ceil(fraction n) rows for the test, then for validation.\n"};
