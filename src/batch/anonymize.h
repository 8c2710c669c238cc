/* De-identification block by block: mica_table_anonymize and mica_table_find_personal for tables of
 * any size. */
#ifndef BATCH_ANONYMIZE_H
#define BATCH_ANONYMIZE_H

#include "base/config.h"
#include "mica/clean.h"
#include "table/blocks.h"

/* *report is the caller's. Blocks are put only once k and l are known to be reached. */
mica_status anonymize_blocks(mica_context *ctx, table_blocks *in, const char *policy,
                             const mica_anonymize_options *options, table_sink *out,
                             json_t **report, mica_error *err);
mica_status find_personal_in_blocks(mica_context *ctx, table_blocks *in, double certainty,
                                    json_t **report, mica_error *err);

#endif
