/* Classes: see classes.h. */
#include "batch/classes.h"

#include "mica/prepare.h"

#include <math.h>
#include <stdlib.h>

#define CHUNK 1024

void classes_free(classes *c) {
    codes_free(&c->codes);
    free(c->value);
    *c = (classes){0};
}

/* The place of the only 1 among zeros; -1: there is none. */
static int64_t place_of_one(const double *row, int64_t each) {
    int64_t at = -1;
    for (int64_t k = 0; k < each; k++) {
        if (row[k] == 0) continue;
        if (row[k] != 1 || at >= 0) return -1;
        at = k;
    }
    return at;
}

static mica_status class_of_row(const mica_dataset *d, int at, int64_t row, const double *values,
                                int64_t each, const char *what, double *class, mica_error *err) {
    *class = each == 1 ? values[0] : (double)place_of_one(values, each);
    if (each == 1 ? isfinite(*class) : *class >= 0) return MICA_OK;
    char found[64];
    snprintf(found, sizeof found, "%g", values[0]);
    return fail(err, MICA_VALUE, "%s: %s: %s in row %lld is %s, expected %s", what,
                d->origin ? d->origin : "data", d->column[at].name,
                (long long)dataset_whole_row(d, (uint32_t)row),
                each == 1 ? found : "no row of zeros with a single 1",
                each == 1 ? "a class" : "one-hot classes");
}

static mica_status read_labels(const mica_dataset *d, int at, int64_t first, int64_t rows,
                               const char *what, double *values, double *labels, mica_error *err) {
    int64_t each = shape_size(&d->column[at].shape);
    uint32_t numbers[CHUNK];
    for (int64_t done = 0, n; done < rows; done += n) {
        n = rows - done < CHUNK ? rows - done : CHUNK;
        for (int64_t i = 0; i < n; i++) numbers[i] = (uint32_t)(first + done + i);
        TRY(d->gather(d, at, numbers, n, MICA_FLOAT64, values, err));
        for (int64_t i = 0; i < n; i++)
            TRY(class_of_row(d, at, first + done + i, values + i * each, each, what,
                             &labels[done + i], err));
    }
    return MICA_OK;
}

mica_status classes_read(const mica_dataset *d, int64_t first, int64_t rows, const char *what,
                         classes *out, mica_error *err) {
    *out = (classes){0};
    TRY(dataset_need_rows(d, what, err));
    int at = dataset_column(d, COLUMN_TARGET, 0);
    if (at < 0 || rows < 1)
        return fail(err, MICA_VALUE, "%s: %s has no %s, expected some with classes", what,
                    d->origin ? d->origin : "the data", at < 0 ? "targets" : "rows");
    size_t each = (size_t)shape_size(&d->column[at].shape);
    double *values = allocate(CHUNK * each + 1, sizeof *values),
           *labels = allocate((size_t)rows, sizeof *labels);
    mica_status status = values && labels
                             ? read_labels(d, at, first, rows, what, values, labels, err)
                             : fail_memory(err, (size_t)rows * sizeof *labels, what);
    if (status == MICA_OK) status = codes_of_reals(labels, rows, &out->codes, &out->value, err);
    free(values);
    free(labels);
    return status;
}

mica_status classes_weigh(const classes *c, double *weights, int count, mica_error *err) {
    for (int i = 0; i < count; i++) weights[i] = 1;
    for (int64_t i = 0; i < c->codes.count; i++) {
        double value = c->value[i];
        if (!(value >= 0 && value < count && value == floor(value)))
            return fail(err, MICA_VALUE,
                        "class weights: a class is %g, expected whole numbers from 0 to %d", value,
                        count - 1);
        weights[(int)value] = (double)c->codes.rows /
                              ((double)c->codes.count * (double)c->codes.rows_of[i]);
    }
    return MICA_OK;
}

mica_status mica_dataset_class_weights(mica_dataset *d, double *weights, int count,
                                       mica_error *err) {
    classes c;
    REQUIRE(d, "dataset");
    REQUIRE(weights, "weights");
    mica_status status = classes_read(d, 0, d->rows, "class weights", &c, err);
    if (status == MICA_OK) status = classes_weigh(&c, weights, count, err);
    classes_free(&c);
    return status;
}
