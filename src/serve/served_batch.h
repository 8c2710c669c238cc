/* Inferences that run as one: their rows lie one below the other. */
#ifndef SERVE_SERVED_BATCH_H
#define SERVE_SERVED_BATCH_H

#include "serve/served.h"

typedef struct gathered {
    inference *first; /* linked by `next` */
    int count;
    int64_t rows; /* of all; several have no more than the version's `batch` */
} gathered;

/* Runs them on a lane; outputs lie in each one's memory. Where extents are free, all have the same
 * ones. */
mica_status served_run_batch(served *s, int lane, const gathered *g, mica_error *err);

#endif
