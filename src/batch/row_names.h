/* Names that stand in a row's own columns, found again in its texts. */
#ifndef BATCH_ROW_NAMES_H
#define BATCH_ROW_NAMES_H

#include "batch/policy.h"
#include "transform/personal.h"

/* Sets which columns of a table hold names of persons by a policy whose rules are read: those that
 * it lists, else those of texts that it changes and whose name says so ("customer name", 姓名). */
mica_status name_columns(policy *p, const mica_table *t, mica_error *err);

/* Adds the names of a row to *out, unsorted: each value whole, two columns' values one
 * behind the other, and the parts of a value (words of Latin letters that begin with a capital one
 * in the text; the given name of a Chinese one, of two characters). Letters of Latin words must
 * have an end; Chinese ones may have any neighbours. */
mica_status find_row_names(const mica_table *t, const int *columns, int count, int64_t row,
                           const char *text, size_t length, personal_spans *out, mica_error *err);

#endif
