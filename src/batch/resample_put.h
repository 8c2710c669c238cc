/* The rows of a resampled table, into a sink. */
#ifndef BATCH_RESAMPLE_PUT_H
#define BATCH_RESAMPLE_PUT_H

#include "data/dataset.h"
#include "table/blocks.h"

typedef struct resampled {
    table_blocks *in;
    int column; /* the target's */
    bool smote;
    const mica_table *t;      /* with the target: in memory the whole, else of it alone */
    const mica_dataset *rows; /* the table's, and which they are; those behind them smote made */
} resampled;

mica_status resampled_put(const resampled *r, table_sink *out, mica_error *err);

#endif
