/* Splits and folds block by block: mica_table_split and mica_table_fold for tables of any size. */
#ifndef BATCH_SPLIT_TABLE_H
#define BATCH_SPLIT_TABLE_H

#include "mica/clean.h"
#include "table/blocks.h"

enum { PART_TRAIN, PART_VALIDATION, PART_TEST, PARTS };

/* A part that there is none of, or without a sink (NULL), is put nowhere. */
mica_status split_blocks(mica_context *ctx, table_blocks *in,
                         const mica_table_split_options *options, table_sink *const sinks[PARTS],
                         mica_error *err);
mica_status fold_blocks(mica_context *ctx, table_blocks *in, int64_t fold,
                        const mica_table_folds_options *options, table_sink *const sinks[PARTS],
                        mica_error *err);

#endif
