/* balanced_classes counts the rows that are trained on. class_weight is looked at once, before the
 * first step: every label must be a class that has one. A weight of a class that does not occur is
 * told, because its number may be a slip. */
#include "train/fit.h"

#include "base/context.h"
#include "batch/classes.h"

#include <stdlib.h>

#define CHUNK 1024
#define MOST_CLASSES 1000000

/* One-hot: the largest. */
static int64_t class_of_target(const double *row, int64_t each) {
    int64_t class = 0;
    for (int64_t k = 1; k < each; k++)
        if (row[k] > row[class]) class = k;
    return each == 1 ? (int64_t)row[0] : class;
}

static mica_status count_rows(const fitting *f, int at, int64_t each, uint32_t *rows,
                              double *values, bool *seen, mica_error *err) {
    const mica_dataset *d = f->data;
    const int count = f->options.class_weight_count;
    for (int64_t first = 0; first < f->rows; first += CHUNK) {
        int64_t n = f->rows - first < CHUNK ? f->rows - first : CHUNK;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, values, err));
        for (int64_t i = 0; i < n; i++) {
            const double *row = values + i * each;
            const char *file = d->origin ? d->origin : "data";
            if (each == 1 && !(row[0] >= 0 && row[0] < 1e9 && row[0] == (double)(int64_t)row[0]))
                return fail(err, MICA_VALUE,
                            "fit: class_weight needs whole-number classes; %s: %s has %g in row "
                            "%lld",
                            file, d->column[at].name, row[0],
                            (long long)dataset_whole_row(d, rows[i]));
            int64_t class = class_of_target(row, each);
            if (class >= count)
                return fail(err, MICA_VALUE,
                            "fit: class_weight has %d entries, but a label is %lld; %s: %s, row "
                            "%lld",
                            count, (long long)class, file, d->column[at].name,
                            (long long)dataset_whole_row(d, rows[i]));
            seen[class] = true;
        }
    }
    return MICA_OK;
}

static void warn_unseen(const fitting *f, const bool *seen) {
    for (int i = 0; i < f->options.class_weight_count; i++)
        if (!seen[i] && f->options.class_weight[i] != 1)
            context_log(f->state.model->ctx, MICA_LOG_WARNING,
                        "class_weight has %g for class %d, which does not occur in %s",
                        f->options.class_weight[i], i,
                        f->data->origin ? f->data->origin : "the data");
}

mica_status check_class_weights(const fitting *f, mica_error *err) {
    int at = dataset_column(f->data, COLUMN_TARGET, 0);
    if (!f->options.class_weight || at < 0) return MICA_OK;
    if (f->data->stream || f->data->makes_targets) return MICA_OK; /* in each batch */
    int64_t each = shape_size(&f->data->column[at].shape);
    uint32_t *rows = allocate(CHUNK, sizeof *rows);
    double *values = allocate((size_t)(CHUNK * each), sizeof *values);
    bool *seen = allocate((size_t)f->options.class_weight_count + 1, sizeof *seen);
    mica_status status = rows && values && seen
                             ? count_rows(f, at, each, rows, values, seen, err)
                             : fail_memory(err, (size_t)(CHUNK * each) * sizeof *values,
                                           "class_weight");
    if (status == MICA_OK) warn_unseen(f, seen);
    free(rows);
    free(values);
    free(seen);
    return status;
}

mica_status balance_classes(fitting *f, mica_error *err) {
    classes c;
    if (!f->options.balanced_classes) return MICA_OK;
    if (f->options.class_weight)
        return fail(err, MICA_VALUE,
                    "fit: class_weight and balanced_classes, expected one of them");
    mica_status status = classes_read(f->data, 0, f->rows, "balanced_classes", &c, err);
    double most = status == MICA_OK ? c.value[c.codes.count - 1] : 0;
    int count = most >= 0 && most < MOST_CLASSES ? (int)most + 1 : 1;
    if (status == MICA_OK && !(f->balanced = allocate((size_t)count, sizeof *f->balanced)))
        status = fail_memory(err, (size_t)count * sizeof *f->balanced, "balanced_classes");
    if (status == MICA_OK) status = classes_weigh(&c, f->balanced, count, err);
    classes_free(&c);
    f->options.class_weight = f->balanced;
    f->options.class_weight_count = count;
    return status;
}
