/* What smote makes rows of, from a table in blocks: a dataset with a row for each of the table's,
 * whose features lie in memory for the rows of those classes alone that get new ones. */
#ifndef BATCH_SMOTE_ROWS_H
#define BATCH_SMOTE_ROWS_H

#include "batch/resample.h"
#include "table/blocks.h"

/* All columns but the target must be numbers, none of them missing. */
mica_status smote_rows_check(table_blocks *in, int target, mica_error *err);
/* "x", without features as yet, and "y", the labels: one a row (taken). */
mica_status smote_rows_open(mica_context *ctx, int64_t rows, int64_t features, int32_t *labels,
                            mica_dataset **out, mica_error *err);
/* Reads the features of the rows whose classes grow. Other rows have none: to gather them is an
 * error. */
mica_status smote_rows_read(mica_dataset *d, table_blocks *in, int target,
                            const resample_plan *plan, mica_error *err);

#endif
