/* How many rows of each class a resampled dataset has, and which. */
#ifndef BATCH_RESAMPLE_H
#define BATCH_RESAMPLE_H

#include "base/fields.h"
#include "batch/classes.h"
#include "mica/prepare.h"

/* What recipes say of it. */
extern const field resample_fields[];

/* The rows, and new ones between neighbours: `more[class]` of each. */
mica_status smote_open(mica_dataset *d, const classes *c, const int64_t *more, int64_t neighbors,
                       mica_dataset **out, mica_error *err);

#endif
