/* The first number of a dataset that is not finite: see dataset.h. */
#include "base/strbuf.h"
#include "data/dataset.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK 65536 /* numbers at a time */

/* "(2, 1)" of an element of a sample, "2" where it has one axis; "" where it is one number. */
static void format_place(const shape *s, int64_t element, char out[128]) {
    int64_t at[MAX_RANK];
    size_t n = 0;
    for (int i = s->rank - 1; i >= 0; i--) at[i] = element % s->dims[i], element /= s->dims[i];
    out[0] = 0;
    for (int i = 0; i < s->rank && n < 120; i++)
        n += (size_t)snprintf(out + n, 128 - n, "%s%lld",
                              i             ? ", "
                              : s->rank > 1 ? " at ("
                                            : " at ",
                              (long long)at[i]);
    if (s->rank > 1 && n < 126) snprintf(out + n, 128 - n, ")");
}

static void tell(const mica_dataset *d, int at, uint32_t row, int64_t element, double value,
                 char out[320]) {
    char place[128], number[32];
    format_place(&d->column[at].shape, element, place);
    format_real(number, value != value ? NAN : value);
    snprintf(out, 320, "%s in row %lld%s is %s", d->column[at].name,
             (long long)dataset_whole_row(d, row), place, number);
}

static mica_status look_through(const mica_dataset *d, double most, int at, int64_t each,
                                uint32_t *rows, double *values, char out[320], mica_error *err) {
    int64_t step = each < CHUNK ? CHUNK / each : 1;
    for (int64_t first = 0; first < d->rows; first += step) {
        int64_t n = d->rows - first < step ? d->rows - first : step;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, values, err));
        for (int64_t i = 0; i < n * each; i++)
            if (!(fabs(values[i]) <= most))
                return tell(d, at, rows[i / each], i % each, values[i], out), MICA_OK;
    }
    return MICA_OK;
}

mica_status dataset_beyond(const mica_dataset *d, double limit, char out[320], mica_error *err) {
    mica_status status = MICA_OK;
    out[0] = 0;
    for (int i = 0; i < d->columns && !out[0] && status == MICA_OK && !d->slow; i++) {
        int64_t each = shape_size(&d->column[i].shape), most = each > CHUNK ? each : CHUNK;
        if (!dtype_is_float(d->column[i].dtype) || each < 1) continue;
        uint32_t *rows = allocate((size_t)most, sizeof *rows);
        double *values = allocate((size_t)most, sizeof *values);
        status = rows && values ? look_through(d, limit, i, each, rows, values, out, err)
                                : fail_memory(err, (size_t)most * sizeof *values, "data");
        free(rows);
        free(values);
    }
    return status;
}

mica_status dataset_not_finite(const mica_dataset *d, char out[320], mica_error *err) {
    return dataset_beyond(d, DBL_MAX, out, err);
}
