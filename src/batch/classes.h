/* The class of every row of a dataset: the first target's, a number or a one-hot row. */
#ifndef BATCH_CLASSES_H
#define BATCH_CLASSES_H

#include "data/dataset.h"
#include "transform/codes.h"

typedef struct classes {
    codes codes;
    double *value; /* of each class, rising: the number, or the place of the one */
} classes;

/* `what` says in errors who asks. Of the rows `first` on alone. Errors: VALUE without a target, or
 * where a row is no class. */
mica_status classes_read(const mica_dataset *d, int64_t first, int64_t rows, const char *what,
                         classes *out, mica_error *err);
/* The balanced weights of mica_dataset_class_weights. */
mica_status classes_weigh(const classes *c, double *weights, int count, mica_error *err);
void classes_free(classes *c);

#endif
