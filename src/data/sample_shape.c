/* Whether samples may feed what takes rows of some shape: see dataset.h. */
#include "data/dataset.h"

static int without_ones(const shape *s) {
    int rank = s->rank;
    while (rank > 0 && s->dims[rank - 1] == 1) rank--;
    return rank;
}

static shape row_of(const shape *batch) {
    shape row = {.rank = batch->rank - 1};
    for (int i = 0; i < row.rank; i++) row.dims[i] = batch->dims[i + 1];
    return row;
}

bool sample_fits(const shape *sample, const shape *wanted) {
    const shape row = row_of(wanted);
    if (shape_fits(&row, sample)) return true;
    if (without_ones(&row) != without_ones(sample)) return false;
    for (int i = 0; i < without_ones(sample); i++)
        if (row.dims[i] >= 0 && row.dims[i] != sample->dims[i]) return false;
    return true;
}

mica_status dataset_check_sample(const mica_dataset *d, int at, const shape *wanted,
                                 mica_dtype dtype, const char *what, mica_error *err) {
    char got[128], want[128];
    const column *c = &d->column[at];
    const char *origin = d->origin ? d->origin : "data";
    const shape row = row_of(wanted);
    if (!sample_fits(&c->shape, wanted)) {
        shape_format(&c->shape, got), shape_format(&row, want);
        return fail(err, MICA_SHAPE, "%s: samples of %s have shape %s, the model expects %s",
                    origin, what, got, want);
    }
    if ((c->dtype == MICA_STRING) == (dtype == MICA_STRING)) return MICA_OK;
    return fail(err, MICA_TYPE, "%s: samples of %s are %s, the model expects %s", origin, what,
                mica_dtype_name(c->dtype), mica_dtype_name(dtype));
}
