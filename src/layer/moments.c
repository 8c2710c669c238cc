/* Mean and variance of rows: see moments.h.  mean = sum x / n, variance = sum (x - mean)^2 / n. */
#include "layer/moments.h"

#include <stdlib.h>

#define CHUNK 4096

/* One pass: adds x, or (x - mean)^2 where a mean is given, to the sum of its cell. */
typedef struct summing {
    const mica_dataset *d;
    int at;
    int64_t each, step;  /* elements of a row; rows at a time */
    const int64_t *cell; /* of every element of a row */
    uint32_t *rows;
    double *values;
} summing;

static mica_status sum_rows(const summing *s, const double *mean, double *sum, mica_error *err) {
    for (int64_t first = 0; first < s->d->rows; first += s->step) {
        int64_t n = s->d->rows - first < s->step ? s->d->rows - first : s->step;
        for (int64_t i = 0; i < n; i++) s->rows[i] = (uint32_t)(first + i);
        TRY(s->d->gather(s->d, s->at, s->rows, n, MICA_FLOAT64, s->values, err));
        for (int64_t i = 0; i < n * s->each; i++) {
            int64_t cell = s->cell[i % s->each];
            double x = s->values[i], off = mean ? x - mean[cell] : 0;
            sum[cell] += mean ? off * off : x;
        }
    }
    return MICA_OK;
}

/* Which cell each element of a row belongs to; how many cells there are. */
static int64_t find_cells(const shape *row, const mica_axes *kept, int64_t *cell) {
    int64_t cells = 1, n = shape_size(row), factor[MAX_RANK] = {0};
    for (int i = kept->count; i-- > 0;) {
        factor[kept->axes[i] - 1] = cells;
        cells *= row->dims[kept->axes[i] - 1];
    }
    for (int64_t e = 0; e < n; e++) {
        int64_t rest = e;
        cell[e] = 0;
        for (int i = row->rank; i-- > 0; rest /= row->dims[i])
            cell[e] += factor[i] * (rest % row->dims[i]);
    }
    return cells;
}

mica_status moments_of_rows(const mica_dataset *d, int at, const mica_axes *kept, double *mean,
                            double *variance, mica_error *err) {
    const shape *row = &d->column[at].shape;
    int64_t each = shape_size(row), step = each < CHUNK ? CHUNK / each : 1;
    int64_t *cell = allocate((size_t)each, sizeof *cell);
    uint32_t *rows = allocate((size_t)step, sizeof *rows);
    double *values = allocate((size_t)(step * each), sizeof *values);
    mica_status status = cell && rows && values
                             ? MICA_OK
                             : fail_memory(err, (size_t)(step * each) * sizeof *values, "moments");
    if (status == MICA_OK) {
        summing s = {d, at, each, step, cell, rows, values};
        int64_t cells = find_cells(row, kept, cell);
        double count = (double)d->rows * (double)each / (double)cells;
        for (int64_t i = 0; i < cells; i++) mean[i] = variance[i] = 0;
        status = sum_rows(&s, NULL, mean, err);
        for (int64_t i = 0; i < cells; i++) mean[i] /= count;
        if (status == MICA_OK) status = sum_rows(&s, mean, variance, err);
        for (int64_t i = 0; i < cells; i++) variance[i] /= count;
    }
    free(cell), free(rows), free(values);
    return status;
}
