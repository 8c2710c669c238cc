/* How many rows of each class a resampled dataset has, and which. */
#ifndef BATCH_RESAMPLE_H
#define BATCH_RESAMPLE_H

#include "base/fields.h"
#include "batch/classes.h"
#include "mica/prepare.h"

/* What recipes say of it. */
extern const field resample_fields[];

/* How many rows each class shall have, by the options of mica_dataset_resample. */
typedef struct resample_plan {
    mica_resample_options options; /* resolved */
    arena texts;                   /* theirs */
    classes classes;
    int64_t *wanted; /* of each class */
} resample_plan;

/* Looks at the targets alone. The plan is to be freed, also where this fails. */
mica_status resample_plan_open(mica_dataset *d, const mica_resample_options *options,
                               resample_plan *out, mica_error *err);
mica_status resample_by_plan(mica_dataset *d, const resample_plan *plan, mica_dataset **out,
                             mica_error *err);
void resample_plan_free(resample_plan *plan);

/* The rows, and new ones between neighbours: `more[class]` of each. */
mica_status smote_open(mica_dataset *d, const classes *c, const int64_t *more, int64_t neighbors,
                       mica_dataset **out, mica_error *err);

#endif
