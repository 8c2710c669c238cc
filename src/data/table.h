/* Tables as sources of data. */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "table/blocks.h"

/* Whether the name ends as a table's does: .csv, .tsv, .tab, .jsonl, .ndjson, packed or not. */
bool is_table_path(const char *path);
/* What a table of that name is written with: a tab for .tsv, else a comma. */
char table_separator(const char *path);
/* mica_table_read of a table that goes the way of another one: of text_columns those that are there
 * count. */
mica_status table_read_alike(mica_context *ctx, const char *path, const mica_table_options *options,
                             mica_table **out, mica_error *err);
/* The table in blocks, of about `each` bytes of its file, or of a query's cells (0: 16 MiB, and
 * what is small by what memory is free is held as a whole). Errors are those of mica_table_read.
 * The names of text_columns live as long as the blocks. */
mica_status table_blocks_open(mica_context *ctx, const char *path,
                              const mica_table_options *options, size_t each, table_blocks *out,
                              mica_error *err);

#endif
