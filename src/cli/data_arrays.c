/* Samples as arrays of NumPy: see data_arrays.h. */
#include "cli/data_arrays.h"

#include "base/parallel.h"
#include "codec/npz.h"

#include <stdlib.h>
#include <string.h>

/* All rows of a column, in its own type; free(). */
static mica_status gather_all(const mica_dataset *d, int at, void **out, mica_error *err) {
    enum { CHUNK = 1024 };
    const column *c = &d->column[at];
    size_t each = (size_t)shape_size(&c->shape) * mica_dtype_size(c->dtype);
    double bytes = (double)each * (double)d->rows;
    *out = bytes < (double)memory_available() ? malloc(each * (size_t)d->rows + 1) : NULL;
    if (!*out) return fail_memory(err, (unsigned long long)bytes, c->name);
    mica_status status = MICA_OK;
    uint32_t rows[CHUNK];
    for (int64_t first = 0; first < d->rows && status == MICA_OK; first += CHUNK) {
        int64_t n = d->rows - first < CHUNK ? d->rows - first : CHUNK;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        status = d->gather(d, at, rows, n, c->dtype, (char *)*out + (size_t)first * each, err);
    }
    if (status == MICA_OK && mica_dataset_broken(d))
        for (int64_t i = 0; i < d->rows && status == MICA_OK; i++)
            if (dataset_row_broken(d, (uint32_t)i))
                status = fail(err, MICA_FORMAT, "%s: %s", mica_dataset_broken_path(d, 0),
                              mica_dataset_broken_reason(d, 0));
    if (status != MICA_OK) free(*out);
    return status;
}

static shape whole_shape(const mica_dataset *d, const column *c) {
    shape s = {.rank = c->shape.rank + 1, .dims = {d->rows}};
    memcpy(s.dims + 1, c->shape.dims, sizeof *s.dims * (size_t)c->shape.rank);
    return s;
}

mica_status write_npz(const mica_dataset *d, const char *out, mica_error *err) {
    zip_writer w;
    mica_status status = MICA_OK;
    TRY(zip_begin(&w, out, err));
    for (int i = 0; i < d->columns && status == MICA_OK; i++) {
        void *data;
        shape s = whole_shape(d, &d->column[i]);
        status = gather_all(d, i, &data, err);
        if (status != MICA_OK) break;
        status = npz_add(&w, d->column[i].name, d->column[i].dtype, &s, data, false, err);
        free(data);
    }
    if (status == MICA_OK) return zip_commit(&w, err);
    zip_cancel(&w);
    return status;
}

mica_status write_npy(const mica_dataset *d, const char *out, mica_error *err) {
    void *data;
    if (d->columns != 1)
        return fail(err, MICA_VALUE, "%s: one array, but there are %s and %s: write an .npz", out,
                    d->column[0].name, d->column[1].name);
    shape s = whole_shape(d, &d->column[0]);
    TRY(gather_all(d, 0, &data, err));
    mica_status status = npy_write(out, d->column[0].dtype, &s, data, err);
    free(data);
    return status;
}
