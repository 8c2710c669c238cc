/* Codes: the distinct values of a column numbered 0, 1, … in rising order (numpy.unique with its
 * inverse). */
#ifndef TRANSFORM_CODES_H
#define TRANSFORM_CODES_H

#include "base/error.h"

#include <stdint.h>

typedef struct codes {
    int64_t rows, count; /* count: of distinct values */
    uint32_t *code;      /* of each row */
    int64_t *rows_of;    /* of each code */
} codes;

/* values may be NULL where it is not asked; else *values becomes the distinct ones (free them). */
mica_status codes_of_integers(const int64_t *column, int64_t rows, codes *out, int64_t **values,
                              mica_error *err);
/* Of numbers without NaN. */
mica_status codes_of_reals(const double *column, int64_t rows, codes *out, double **values,
                           mica_error *err);
void codes_free(codes *c);

#endif
