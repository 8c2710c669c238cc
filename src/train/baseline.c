/* See baseline.h. */
#include "train/baseline.h"

#include "base/tally.h"
#include "mica/tape.h"
#include "mica/train.h"
#include "monitor/histogram.h"
#include "train/bind.h"
#include "train/classifier.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAST_ROWS = 30, MOST_ROWS = 2048, MOST_SLOW_ROWS = 512, CHUNK = 32, MOST_FEATURES = 256 };
enum { LEAST_OF_A_TEXT = 10, MOST_TEXTS = 100 };

/* Numbers that belong together: an input, the targets, the predictions. */
typedef struct watched {
    int64_t width, features; /* numbers a row; feature of number i: i % features */
    moments *moments;
    histogram *histograms; /* NULL in the first pass */
    int64_t *classes;      /* counts; NULL: histograms */
    int64_t class_count;
    bool bytes; /* of pixels: 0 to 255, whatever the data hold */
    bool texts; /* strings: how often each comes, and of all of them */
    tally tally;
    int64_t all_texts;
} watched;

typedef struct survey {
    mica_model *m;
    mica_dataset *data;
    int inputs;
    int column[MAX_MODEL_INPUTS]; /* of the data */
    watched input[MAX_MODEL_INPUTS], target, predicted;
    int64_t rows, looked_at;
} survey;

/* ---- what is watched ---- */

static mica_status watch(watched *w, const shape *row, mica_dtype dtype, mica_error *err) {
    bool picture = row->rank == 2 && dtype == MICA_UINT8;
    w->width = shape_size(row);
    w->features = row->rank && !picture ? row->dims[row->rank - 1] : 1;
    if (w->features > MOST_FEATURES || w->features < 1) w->features = 1;
    w->moments = allocate((size_t)w->features, sizeof *w->moments);
    return w->moments ? MICA_OK : fail_memory(err, (size_t)w->features, "baseline");
}

static mica_status watch_classes(watched *w, int64_t classes, mica_error *err) {
    w->class_count = classes;
    w->classes = allocate((size_t)classes, sizeof *w->classes);
    return w->classes ? MICA_OK : fail_memory(err, (size_t)classes, "baseline");
}

static void watched_free(watched *w) {
    free(w->moments);
    free(w->histograms);
    free(w->classes);
    tally_free(&w->tally);
}

static mica_status begin(survey *s, mica_error *err) {
    const mica_dataset *d = s->data;
    const shape *y = model_output_shape(s->m, 0);
    int at, target = dataset_column(d, COLUMN_TARGET, 0);
    for (; s->inputs < s->m->input_count; s->inputs++) {
        s->column[s->inputs] = at = input_column(s->m, d, s->inputs);
        if (at < 0) break;
        s->input[s->inputs].bytes = d->pictures || d->column[at].dtype == MICA_UINT8;
        TRY(watch(&s->input[s->inputs], &d->column[at].shape, d->column[at].dtype, err));
        s->input[s->inputs].texts = d->column[at].dtype == MICA_STRING;
    }
    shape out = {.rank = y->rank - 1};
    for (int i = 0; i < out.rank; i++) out.dims[i] = y->dims[i + 1] > 0 ? y->dims[i + 1] : 1;
    if (target >= 0) TRY(watch(&s->target, &d->column[target].shape, MICA_FLOAT64, err));
    TRY(watch(&s->predicted, &out, MICA_FLOAT64, err));
    if (!is_classifier(s->m)) return MICA_OK;
    int64_t classes = y->dims[1] == 1 ? 2 : y->dims[1];
    if (target >= 0) TRY(watch_classes(&s->target, classes, err));
    return watch_classes(&s->predicted, classes, err);
}

/* ---- looking ---- */

static void look(watched *w, const double *row, int64_t width) {
    if (w->classes) { /* a class number, or scores */
        bool number = width == 1 && w->class_count > 2;
        int64_t class = number ? (int64_t)row[0] : class_of_row(row, width);
        if (w->histograms && class >= 0 && class < w->class_count) w->classes[class]++;
        return;
    }
    for (int64_t i = 0; i < width; i++) {
        int64_t feature = i % w->features;
        if (w->histograms) histogram_add(&w->histograms[feature], row[i]);
        else moments_add(&w->moments[feature], row[i]);
    }
}

static mica_status look_at_texts(survey *s, int column, watched *w, const uint32_t *rows,
                                 int64_t count, mica_error *err) {
    int64_t n = count * w->width;
    if (w->histograms) return MICA_OK; /* the first pass has counted them */
    mica_string *values = allocate((size_t)n, sizeof *values);
    if (!values) return fail_memory(err, (size_t)n * sizeof *values, "baseline");
    mica_status status = s->data->gather(s->data, column, rows, count, MICA_STRING, values, err);
    for (int64_t i = 0; i < n && status == MICA_OK; i++) {
        if (dataset_row_broken(s->data, rows[i / w->width])) continue;
        tallied *one = tally_entry(&w->tally, values[i].bytes, values[i].size);
        if (one) one->count++, w->all_texts++;
        else status = fail_no_memory(err, "baseline");
    }
    free(values);
    return status;
}

static mica_status look_at_column(survey *s, int column, watched *w, const uint32_t *rows,
                                  int64_t count, mica_error *err) {
    if (w->texts) return look_at_texts(s, column, w, rows, count, err);
    double *values = allocate((size_t)(count * w->width), sizeof *values);
    if (!values) return fail_memory(err, (size_t)(count * w->width) * 8, "baseline");
    mica_status status = s->data->gather(s->data, column, rows, count, MICA_FLOAT64, values, err);
    for (int64_t i = 0; i < count && status == MICA_OK; i++)
        if (!dataset_row_broken(s->data, rows[i])) look(w, values + i * w->width, w->width);
    free(values);
    return status;
}

static mica_status look_at_predictions(survey *s, const uint32_t *rows, int64_t count,
                                       mica_error *err) {
    mica_tensor *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS] = {0};
    int64_t wanted[CHUNK], width = s->predicted.width;
    if (model_stateful(s->m)) return MICA_OK; /* they depend on the rows before */
    for (int64_t i = 0; i < count; i++) wanted[i] = rows[i];
    for (int i = 0; i < s->inputs; i++)
        in[i] = dataset_tensor(s->data, s->column[i], wanted, count);
    TRY(mica_model_predict(s->m, in, s->inputs, CHUNK, out, err));
    if (mica_tensor_size(out[0]) != count * width) return MICA_OK; /* extents that vary */
    double *values = allocate((size_t)(count * width), sizeof *values);
    if (!values) return fail_memory(err, (size_t)(count * width) * 8, "baseline");
    mica_status status = mica_tensor_read(out[0], MICA_FLOAT64, values,
                                          (size_t)(count * width) * sizeof *values, err);
    for (int64_t i = 0; i < count && status == MICA_OK; i++)
        if (!dataset_row_broken(s->data, rows[i])) look(&s->predicted, values + i * width, width);
    free(values);
    return status;
}

static mica_status look_at_rows(survey *s, const uint32_t *rows, int64_t count, mica_error *err) {
    int target = dataset_column(s->data, COLUMN_TARGET, 0);
    for (int i = 0; i < s->inputs; i++)
        TRY(look_at_column(s, s->column[i], &s->input[i], rows, count, err));
    if (target >= 0) TRY(look_at_column(s, target, &s->target, rows, count, err));
    mica_scope *scope = mica_scope_open(s->m->ctx);
    mica_status status = look_at_predictions(s, rows, count, err);
    mica_scope_close(&scope);
    return status;
}

/* Rows that are spread evenly over all. */
static mica_status pass(survey *s, mica_error *err) {
    uint32_t rows[CHUNK];
    for (int64_t done = 0, n; done < s->looked_at; done += n) {
        n = s->looked_at - done < CHUNK ? s->looked_at - done : CHUNK;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)((done + i) * s->rows / s->looked_at);
        TRY(look_at_rows(s, rows, n, err));
    }
    return MICA_OK;
}

static mica_status begin_counting(watched *w, mica_error *err) {
    if (!w->moments) return MICA_OK;
    w->histograms = allocate((size_t)w->features, sizeof *w->histograms);
    if (!w->histograms) return fail_memory(err, (size_t)w->features, "baseline");
    for (int64_t i = 0; i < w->features; i++) w->histograms[i] = histogram_for(&w->moments[i]);
    return MICA_OK;
}

/* ---- as JSON ---- */

static json_t *rounded(double value, int digits) {
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return json_real(strtod(text, NULL));
}

static json_t *share(int64_t count, int64_t of) {
    return rounded(of ? (double)count / (double)of : 0, 4);
}

static json_t *histogram_tree(const histogram *h, const moments *m) {
    int64_t all = m->count + m->missing;
    json_t *shares = json_array();
    for (int i = 0; i < h->bins; i++) json_array_append_new(shares, share(h->counts[i], all));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lower", rounded(h->lower, 12),
                     "step", rounded(h->step, 12), "shares", shares, "below", share(h->below, all),
                     "above", share(h->above, all), "missing", share(h->missing, all), "mean",
                     rounded(m->mean, 3), "deviation", rounded(moments_deviation(m), 3));
}

/* {"texts": {"red": share, …}, "other": share}: of those that come often alone, so that no text of
 * a single row is among them. */
static json_t *texts_tree(watched *w) {
    json_t *texts = json_object();
    int64_t told = 0;
    qsort(w->tally.at, w->tally.count, sizeof *w->tally.at, tally_by_count);
    for (size_t i = 0; i < w->tally.count && i < MOST_TEXTS; i++) {
        const tallied *one = &w->tally.at[i];
        if (one->count < LEAST_OF_A_TEXT) break;
        if (json_object_set_new(texts, one->text, share(one->count, w->all_texts)) == 0)
            told += one->count;
    }
    return json_pack("{s:o, s:o}", "texts", texts, "other",
                     share(w->all_texts - told, w->all_texts));
}

static json_t *watched_tree(watched *w) {
    if (w->texts) return texts_tree(w);
    json_t *list = json_array();
    int64_t all = 0;
    for (int64_t i = 0; i < w->class_count && w->classes; i++) all += w->classes[i];
    for (int64_t i = 0; i < w->class_count && w->classes; i++)
        json_array_append_new(list, share(w->classes[i], all));
    for (int64_t i = 0; i < w->features && !w->classes && w->histograms; i++) {
        json_t *tree = histogram_tree(&w->histograms[i], &w->moments[i]);
        if (w->bytes) json_object_set_new(tree, "greatest", json_integer(255));
        json_array_append_new(list, tree);
    }
    return json_pack("{s:o}", w->classes ? "classes" : "features", list);
}

static json_t *survey_tree(survey *s) {
    json_t *inputs = json_array();
    for (int i = 0; i < s->inputs; i++) {
        json_t *input = watched_tree(&s->input[i]);
        json_object_set_new(input, "name", json_string(s->data->column[s->column[i]].name));
        json_array_append_new(inputs, input);
    }
    json_t *tree = json_pack("{s:i, s:I, s:o}", "version", BASELINE_VERSION, "rows",
                             (json_int_t)s->looked_at, "inputs", inputs);
    if (s->target.moments) json_object_set_new(tree, "labels", watched_tree(&s->target));
    json_object_set_new(tree, "predictions", watched_tree(&s->predicted));
    return tree;
}

static mica_status run_survey(survey *s, mica_error *err) {
    TRY(begin(s, err));
    TRY(pass(s, err));
    for (int i = 0; i < s->inputs; i++) TRY(begin_counting(&s->input[i], err));
    TRY(begin_counting(&s->target, err));
    TRY(begin_counting(&s->predicted, err));
    return pass(s, err);
}

mica_status baseline_of(mica_model *m, mica_dataset *data, json_t **out, mica_error *err) {
    survey s = {.m = m, .data = data, .rows = mica_dataset_size(data)};
    int64_t most = data->slow ? MOST_SLOW_ROWS : MOST_ROWS;
    *out = NULL;
    if (s.rows < LEAST_ROWS) return MICA_OK;
    s.looked_at = s.rows < most ? s.rows : most;
    mica_status status = run_survey(&s, err);
    if (status == MICA_OK && !(*out = survey_tree(&s))) status = fail_no_memory(err, "baseline");
    for (int i = 0; i < s.inputs; i++) watched_free(&s.input[i]);
    watched_free(&s.target);
    watched_free(&s.predicted);
    return status;
}
