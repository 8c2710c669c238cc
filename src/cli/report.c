/* See report.h. Precision = right / said, recall = right / there, F1 their harmonic mean; 0 where
 * it is 0 / 0, as scikit-learn's classification_report. */
#include "cli/report.h"

#include "cli/model_data.h"
#include "cli/table.h"
#include "train/classifier.h"
#include "train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- counting ---- */

static mica_status classes_of(const mica_model *m, class_report *r, mica_error *err) {
    const shape *y = model_output_shape(m, 0);
    if (m->output_count != 1 || y->rank != 2 || y->dims[1] < 1)
        return fail(err, MICA_VALUE,
                    "--report needs a model with one output of shape (None, classes)");
    if (y->dims[1] == 1 && !is_classifier(m))
        return fail(err, MICA_VALUE,
                    "--report counts classes, but the model has one output number and the loss %s, "
                    "expected binary_crossentropy, or an output for each class",
                    m->compiled.loss[0] ? m->compiled.loss[0]->kind->name : "(none)");
    r->classes = y->dims[1] == 1 ? 2 : y->dims[1];
    r->counts = allocate((size_t)(r->classes * r->classes), sizeof *r->counts);
    r->names = allocate((size_t)r->classes, sizeof *r->names);
    if (!r->counts || !r->names)
        return fail_memory(err, (unsigned long long)r->classes, "a report");
    for (int64_t i = 0; i < r->classes; i++)
        if (!(r->names[i] = class_name(m, i))) return fail_no_memory(err, "a report");
    return MICA_OK;
}

/* True classes of all rows: class numbers, or the greatest of one-hot rows. */
static mica_status read_targets(const mica_model *m, const mica_dataset *d, double **out,
                                int64_t *each, mica_error *err) {
    int at = dataset_column(d, COLUMN_TARGET, 0);
    if (at < 0) return fail(err, MICA_VALUE, "--report: the data has no targets");
    *each = shape_size(&d->column[at].shape);
    *out = allocate((size_t)d->rows, (size_t)*each * sizeof **out);
    uint32_t *rows = allocate((size_t)d->rows, sizeof *rows);
    mica_status status = *out && rows ? MICA_OK : fail_memory(err, (size_t)d->rows, "a report");
    for (int64_t i = 0; i < d->rows && rows; i++) rows[i] = (uint32_t)i;
    if (status == MICA_OK) status = d->gather(d, at, rows, d->rows, MICA_FLOAT64, *out, err);
    free(rows);
    return status;
}

/* A class number, or a row of shares that are 1 in all. */
static bool is_class(const double *y, int64_t each) {
    double sum = 0;
    bool shares = each > 1;
    for (int64_t i = 0; i < each; i++) sum += y[i], shares &= y[i] >= 0;
    return each == 1 ? y[0] == floor(y[0]) : shares && fabs(sum - 1) < 1e-3;
}

static mica_status count(class_report *r, const double *y, int64_t each, const double *p,
                         int64_t width, int64_t rows, mica_error *err) {
    for (int64_t i = 0; i < rows; i++) {
        int64_t said = class_of_row(p + i * width, width);
        if (!is_class(y + i * each, each))
            return fail(err, MICA_VALUE,
                        "--report counts classes, but the target in row %lld (%g) is none: is this "
                        "a regression?",
                        (long long)i, y[i * each]);
        int64_t is = each == 1 ? (int64_t)y[i] : class_of_row(y + i * each, each);
        if (is < 0 || is >= r->classes)
            return fail(err, MICA_VALUE, "--report: label %lld in row %lld, expected 0 to %lld",
                        (long long)is, (long long)i, (long long)r->classes - 1);
        r->counts[is * r->classes + said]++;
    }
    return MICA_OK;
}

static mica_status count_all(mica_model *m, mica_dataset *d, const mica_tensor *predicted,
                             class_report *r, mica_error *err) {
    int64_t each = 1, size = mica_tensor_size(predicted);
    double *y = NULL, *p = allocate((size_t)size, sizeof *p);
    mica_status status = p ? MICA_OK : fail_memory(err, (size_t)size * 8, "a report");
    if (status == MICA_OK)
        status = mica_tensor_read(predicted, MICA_FLOAT64, p, (size_t)size * sizeof *p, err);
    if (status == MICA_OK) status = read_targets(m, d, &y, &each, err);
    if (status == MICA_OK) status = count(r, y, each, p, size / d->rows, d->rows, err);
    free(y);
    free(p);
    return status;
}

mica_status report_make(mica_model *m, mica_dataset *d, int64_t batch_size, class_report *out,
                        mica_error *err) {
    mica_tensor *predicted[MAX_MODEL_OUTPUTS] = {0};
    mica_status status = classes_of(m, out, err);
    if (status == MICA_OK) status = predict_dataset(m, d, batch_size, predicted, err);
    if (status == MICA_OK) status = count_all(m, d, predicted[0], out, err);
    if (status != MICA_OK) report_free(out);
    return status;
}

void report_free(class_report *r) {
    for (int64_t i = 0; i < r->classes && r->names; i++) free(r->names[i]);
    free(r->names);
    free(r->counts);
    *r = (class_report){0};
}

/* ---- showing ---- */

typedef struct class_figures {
    double precision, recall, f1;
    int64_t support;
} class_figures;

static class_figures figures_of(const class_report *r, int64_t class) {
    int64_t said = 0, is = 0, right = r->counts[class * r->classes + class];
    for (int64_t i = 0; i < r->classes; i++) {
        said += r->counts[i * r->classes + class];
        is += r->counts[class * r->classes + i];
    }
    class_figures f = {.support = is};
    f.precision = said ? (double)right / (double)said : 0;
    f.recall = is ? (double)right / (double)is : 0;
    double sum = f.precision + f.recall;
    f.f1 = sum > 0 ? 2 * f.precision * f.recall / sum : 0;
    return f;
}

/* Means over classes: each class alike (macro), or by its support (weighted). */
static class_figures mean_of(const class_report *r, bool weighted) {
    class_figures mean = {0};
    double all = 0;
    for (int64_t i = 0; i < r->classes; i++) {
        class_figures f = figures_of(r, i);
        double w = weighted ? (double)f.support : 1;
        mean.precision += w * f.precision, mean.recall += w * f.recall, mean.f1 += w * f.f1;
        mean.support += f.support;
        all += w;
    }
    if (all > 0) mean.precision /= all, mean.recall /= all, mean.f1 /= all;
    return mean;
}

static json_t *figures_json(const char *name, class_figures f) {
    return json_pack("{s:s, s:f, s:f, s:f, s:I}", "class", name, "precision", f.precision, "recall",
                     f.recall, "f1", f.f1, "support", (json_int_t)f.support);
}

json_t *report_json(const class_report *r) {
    json_t *classes = json_array(), *matrix = json_array();
    for (int64_t i = 0; i < r->classes; i++) {
        json_t *row = json_array();
        for (int64_t k = 0; k < r->classes; k++)
            json_array_append_new(row, json_integer((json_int_t)r->counts[i * r->classes + k]));
        json_array_append_new(matrix, row);
        json_array_append_new(classes, figures_json(r->names[i], figures_of(r, i)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "classes", classes, "macro",
                     figures_json("macro", mean_of(r, false)), "weighted",
                     figures_json("weighted", mean_of(r, true)), "confusion", matrix);
}

static void add_figures(table *t, const char *name, class_figures f) {
    table_add(t, "%s", name);
    table_add(t, "%.4f", f.precision);
    table_add(t, "%.4f", f.recall);
    table_add(t, "%.4f", f.f1);
    table_add(t, "%lld", (long long)f.support);
}

static void print_matrix(const class_report *r, FILE *out) {
    int columns = (int)r->classes + 1;
    char *right = malloc((size_t)columns + 1);
    table t = {.columns = columns, .right = right};
    if (!right) return;
    memset(right, 'r', (size_t)columns);
    right[0] = 'l', right[columns] = 0;
    table_add(&t, "true \\ predicted");
    for (int64_t i = 0; i < r->classes; i++) table_add(&t, "%s", r->names[i]);
    for (int64_t i = 0; i < r->classes; i++) {
        table_add(&t, "%s", r->names[i]);
        for (int64_t k = 0; k < r->classes; k++)
            table_add(&t, "%lld", (long long)r->counts[i * r->classes + k]);
    }
    table_print(&t, out);
    free(right);
}

void report_print(const class_report *r, FILE *out) {
    static const char *const titles[] = {"class", "precision", "recall", "f1", "support"};
    table t = {.columns = 5, .right = "lrrrr"};
    for (size_t i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", titles[i]);
    for (int64_t i = 0; i < r->classes; i++) add_figures(&t, r->names[i], figures_of(r, i));
    add_figures(&t, "macro mean", mean_of(r, false));
    add_figures(&t, "weighted mean", mean_of(r, true));
    fputc('\n', out);
    table_print(&t, out);
    fputc('\n', out);
    print_matrix(r, out);
}
