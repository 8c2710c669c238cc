/* The best classes of a row of an output: of all its numbers, the greatest first. */
#ifndef SERVE_CLASSES_H
#define SERVE_CLASSES_H

#include "serve/inference.h"

/* The numbers of the `top` greatest of a row, in order; of equal ones the first; NaN comes last.
 * How many there are is returned: fewer where the row is shorter. */
int classes_best(const inference *x, int output, int64_t row, int top, int *best);
double classes_value(const inference *x, int output, int64_t row, int index);
/* The name of class `index` of that output; NULL: none is known. */
const char *classes_name(const inference *x, int output, int index);
/* "value:index:label", or "value:index" where no names are known. */
void classes_format(strbuf *out, const inference *x, int output, int64_t row, int index);
/* The x->top[output] best of each row as an array of such texts, in the arena. Errors: TYPE. */
mica_status classes_texts(const inference *x, int output, arena *memory, mica_string **texts,
                          shape *s, mica_error *err);

#endif
