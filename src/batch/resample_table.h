/* Resampling block by block: mica_table_resample for tables of any size. */
#ifndef BATCH_RESAMPLE_TABLE_H
#define BATCH_RESAMPLE_TABLE_H

#include "base/config.h"
#include "mica/clean.h"
#include "table/blocks.h"

/* *report is the caller's. */
mica_status resample_blocks(mica_context *ctx, table_blocks *in, const char *target,
                            const mica_table_resample_options *options, table_sink *out,
                            json_t **report, mica_error *err);

#endif
