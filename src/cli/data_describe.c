/* mica data describe: what data holds. A table: each column's type and statistics. Samples (of any
 * source): how many, the type and shape of each of their arrays, how many are of each class. */
#include "cli/data_page.h"
#include "cli/data_pictures.h"
#include "cli/data_table.h"
#include "cli/model_data.h"
#include "cli/piped.h"
#include "cli/table.h"

#include <stdlib.h>

typedef struct describe_options {
    common_options common;
    bool test;
    const char *html;
    double max_broken;
    table_reading reading;
} describe_options;

#define O describe_options
static const option options[] = {
    TEXT_OPTION(O, html, "html", "FILE.html", "the same as a page, with histograms and pictures"),
    FLAG(O, test, "test", "the test part, where there are two"),
    REAL_OPTION(O, max_broken, "max-broken", "SHARE", 0, 1,
                "of class folders: more broken files than that share are an error (default 1: they "
                "are listed)"),
    LANGUAGE_OPTION(O),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* ---- the classes ---- */

enum { CHUNK = 1024, MOST_CLASSES = 100000 };

/* How many classes the first target may have: the names that are known, else as many as its whole
 * numbers tell. 0: they are no classes. */
static mica_status count_classes(const mica_dataset *d, int at, int64_t *counts, int *classes,
                                 mica_error *err) {
    uint32_t rows[CHUNK];
    double values[CHUNK];
    *classes = d->classes;
    for (int64_t first = 0; first < d->rows; first += CHUNK) {
        int64_t n = d->rows - first < CHUNK ? d->rows - first : CHUNK;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, values, err));
        for (int64_t i = 0; i < n; i++) {
            if (!(values[i] >= 0 && values[i] < MOST_CLASSES && values[i] == (int)values[i]))
                return *classes = 0, MICA_OK;
            counts[(int)values[i]]++;
            if ((int)values[i] >= *classes) *classes = (int)values[i] + 1;
        }
    }
    return MICA_OK;
}

static json_t *classes_json(const mica_dataset *d, const int64_t *counts, int classes) {
    json_t *list = json_array();
    for (int i = 0; i < classes; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        json_array_append_new(list, json_pack("{s:s, s:I}", "name",
                                              i < d->classes ? d->class_names[i] : number, "count",
                                              (json_int_t)counts[i]));
    }
    return list;
}

static bool may_be_classes(const mica_dataset *d, int at) {
    return at >= 0 && shape_size(&d->column[at].shape) == 1 &&
           (d->classes || !dtype_is_float(d->column[at].dtype));
}

static mica_status add_classes(const mica_dataset *d, json_t *all, mica_error *err) {
    int classes = 0, at = dataset_column(d, COLUMN_TARGET, 0);
    if (!may_be_classes(d, at)) return MICA_OK;
    int64_t *counts = allocate(MOST_CLASSES, sizeof *counts);
    if (!counts) return fail_memory(err, MOST_CLASSES * sizeof *counts, "classes");
    mica_status status = count_classes(d, at, counts, &classes, err);
    if (status == MICA_OK && classes)
        json_object_set_new(all, "classes", classes_json(d, counts, classes));
    free(counts);
    return status;
}

/* ---- the arrays ---- */

static json_t *array_json(const column *c) {
    static const char *const roles[] = {"input", "target", "sample weight"};
    json_t *extents = json_array();
    for (int i = 0; i < c->shape.rank; i++)
        json_array_append_new(extents, json_integer(c->shape.dims[i]));
    return json_pack("{s:s, s:s, s:s, s:o}", "name", c->name, "role", roles[c->role], "type",
                     mica_dtype_name(c->dtype), "shape", extents);
}

/* Paths and reasons of the files that cannot be read. */
static void add_broken(const mica_dataset *d, json_t *all) {
    json_t *list = json_array();
    for (int64_t i = 0; i < mica_dataset_broken(d) && mica_dataset_broken_path(d, i); i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "path", mica_dataset_broken_path(d, i),
                                              "reason", mica_dataset_broken_reason(d, i)));
    json_object_set_new(all, "broken_files", list);
}

static mica_status samples_json(const mica_dataset *d, json_t **out, mica_error *err) {
    json_t *arrays = json_array();
    for (int i = 0; i < d->columns; i++) json_array_append_new(arrays, array_json(&d->column[i]));
    *out = json_pack("{s:I, s:o}", "rows", (json_int_t)d->rows, "arrays", arrays);
    mica_status status = *out ? add_classes(d, *out, err) : fail_no_memory(err, "samples");
    if (status == MICA_OK && d->broken)
        json_object_set_new(*out, "broken", json_integer(mica_dataset_broken(d)));
    if (status == MICA_OK && d->broken && mica_dataset_broken(d)) add_broken(d, *out);
    if (status == MICA_OK && d->describe) status = d->describe(d, *out, err);
    return status;
}

/* ---- for people ---- */

static void print_arrays(const mica_dataset *d) {
    table t = {.columns = 4};
    for (int i = 0; i < d->columns; i++) {
        char extents[128];
        json_t *a = array_json(&d->column[i]);
        shape_format(&d->column[i].shape, extents);
        table_add(&t, "%s", d->column[i].name);
        table_add(&t, "%s", json_string_value(json_object_get(a, "role")));
        table_add(&t, "%s", mica_dtype_name(d->column[i].dtype));
        table_add(&t, "%s", extents);
        json_decref(a);
    }
    table_print(&t, stdout);
}

static void print_classes(const json_t *classes, int64_t rows) {
    table t = {.columns = 3, .right = "lrr"};
    size_t i;
    json_t *c;
    json_array_foreach((json_t *)classes, i, c) {
        int64_t n = json_integer_value(json_object_get(c, "count"));
        table_add(&t, "%s", json_string_value(json_object_get(c, "name")));
        table_add(&t, "%lld", (long long)n);
        table_add(&t, "%.1f %%", rows ? 100.0 * (double)n / (double)rows : 0);
    }
    if (json_array_size(classes)) printf("\n");
    table_print(&t, stdout);
}

static void print_counts(const char *title, const json_t *counts) {
    const char *name;
    json_t *n;
    printf("%s:", title);
    json_object_foreach((json_t *)counts, name, n)
        printf(" %s %lld", name, (long long)json_integer_value(n));
    printf("\n");
}

static void print_extent(const json_t *of, const char *name) {
    const json_t *e = json_object_get(of, name);
    if (json_is_object(e))
        printf("%s: %lld to %lld, mean %.1f\n", name,
               (long long)json_integer_value(json_object_get(e, "min")),
               (long long)json_integer_value(json_object_get(e, "max")),
               json_real_value(json_object_get(e, "mean")));
}

static void print_pictures(const json_t *pictures) {
    if (!pictures) return;
    printf("\n");
    print_counts("kinds", json_object_get(pictures, "kinds"));
    print_counts("channels", json_object_get(pictures, "channels"));
    print_extent(pictures, "height");
    print_extent(pictures, "width");
}

static void print_texts(const json_t *texts) {
    if (!texts) return;
    printf("\n");
    print_extent(texts, "characters");
    print_extent(texts, "words");
}

/* "rates: 8000 (12 files), 16000 (3 files)", where there are several. */
static void print_several(const char *title, const char *key, const json_t *counts) {
    size_t i;
    json_t *one;
    if (json_array_size(counts) < 2) return;
    printf("%s:", title);
    json_array_foreach((json_t *)counts, i, one)
        printf("%s %lld (%lld files)", i ? "," : "",
               (long long)json_integer_value(json_object_get(one, key)),
               (long long)json_integer_value(json_object_get(one, "files")));
    printf("\n");
}

static double seconds_of(const json_t *sounds, const char *which) {
    return json_number_value(json_object_get(json_object_get(sounds, "durations"), which));
}

static void print_sounds(const json_t *sounds) {
    if (!sounds) return;
    printf("\n%lld frames a second, %lld channels, %.3f seconds\n",
           (long long)json_integer_value(json_object_get(sounds, "sampling_rate")),
           (long long)json_integer_value(json_object_get(sounds, "channels")),
           json_real_value(json_object_get(sounds, "seconds")));
    print_several("rates", "sampling_rate", json_object_get(sounds, "rates"));
    print_several("channels", "channels", json_object_get(sounds, "channel_counts"));
    if (seconds_of(sounds, "min") < seconds_of(sounds, "max"))
        printf("seconds: %.3f to %.3f, mean %.3f\n", seconds_of(sounds, "min"),
               seconds_of(sounds, "max"), seconds_of(sounds, "mean"));
}

static void print_broken(const json_t *files) {
    size_t i;
    json_t *file;
    if (files) printf("\nbroken:\n");
    json_array_foreach((json_t *)files, i, file)
        printf("  %s\n", json_string_value(json_object_get(file, "reason")));
}

/* Sounds that do not go together as they are: as they would be cut to the longest and, of different
 * channels, mixed down; which they do not is told. */
static mica_status load_sounds(const describe_options *o, mica_context *ctx, json_t *wanted,
                               mica_dataset **d, mica_error *err) {
    const char *spec = o->common.argument[0];
    const mica_part part = o->test ? MICA_TEST : MICA_TRAIN;
    json_t *all = json_object();
    warn(&o->common, "%s", err->message);
    json_object_set_new(wanted, "output_sequence_length", json_integer(1));
    json_object_set_new(wanted, "channels", json_string("mono"));
    mica_status status = dataset_load_with(ctx, spec, wanted, part, d, err);
    if (status == MICA_OK) status = (*d)->describe(*d, all, err);
    const json_t *sounds = json_object_get(all, "sounds");
    if (json_array_size(json_object_get(sounds, "channel_counts")) == 1)
        json_object_del(wanted, "channels");
    json_object_set(wanted, "output_sequence_length",
                    json_object_get(json_object_get(sounds, "lengths"), "max"));
    json_decref(all);
    TRY(status);
    mica_dataset_destroy(d);
    return dataset_load_with(ctx, spec, wanted, part, d, err);
}

/* However many files are broken: they are told, but where fewer are asked for. */
static mica_status load_all(const describe_options *o, mica_context *ctx, mica_dataset **d,
                            mica_error *err) {
    const char *spec = o->common.argument[0];
    bool may_break = dataset_has_option(spec, "max_broken");
    double most = real_given(o->max_broken) ? o->max_broken : 1;
    json_t *all_files = may_break ? json_pack("{s:f}", "max_broken", most) : NULL;
    mica_status status = dataset_load_with(ctx, spec, all_files, o->test ? MICA_TEST : MICA_TRAIN,
                                           d, err);
    if (status == MICA_VALUE && dataset_has_option(spec, "output_sequence_length"))
        status = load_sounds(o, ctx, all_files, d, err);
    json_decref(all_files);
    return status;
}

static mica_status describe_samples(const describe_options *o, mica_context *ctx, mica_error *err) {
    mica_dataset *d = NULL;
    json_t *all = NULL;
    TRY(load_all(o, ctx, &d, err));
    warn_broken(d, &(int64_t){0});
    mica_status status = samples_json(d, &all, err);
    if (status == MICA_OK && o->html)
        status = samples_page(d, all, o->common.argument[0], language_of(&o->common), o->html, err);
    if (status == MICA_OK && o->common.json) print_json(json_incref(all));
    else if (status == MICA_OK) {
        printf("%lld samples\n", (long long)d->rows);
        print_arrays(d);
        print_classes(json_object_get(all, "classes"), d->rows);
        print_pictures(json_object_get(all, "pictures"));
        print_texts(json_object_get(all, "texts"));
        print_sounds(json_object_get(all, "sounds"));
        print_broken(json_object_get(all, "broken_files"));
    }
    json_decref(all);
    return status;
}

static mica_status describe_table_of(const describe_options *o, mica_context *ctx, const char *spec,
                                     mica_error *err) {
    table_blocks b = {0};
    table_summary all = {0};
    mica_status status = open_blocks(&o->common, ctx, spec, &o->reading, &b, err);
    if (status == MICA_OK) status = summarise(ctx, &b, &all, err);
    if (status == MICA_OK && o->html)
        status = table_page(&b, &all, is_piped(spec) ? PIPED : spec, language_of(&o->common),
                            o->html, err);
    if (status == MICA_OK) print_summary(&b, &all, o->common.json);
    summary_free(&all);
    blocks_close(&b);
    return status;
}

static int run(void *data) {
    const describe_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    const char *spec = o->common.argument[0];
    mica_status status = is_table(spec, &o->reading) ? describe_table_of(o, ctx, spec, &err)
                                                     : describe_samples(o, ctx, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_data_describe = {
    "data describe",
    "SPEC",
    "what data holds: the columns of a table, the shapes and classes of samples",
    options,
    sizeof(describe_options),
    1,
    1,
    run,
    NULL};
