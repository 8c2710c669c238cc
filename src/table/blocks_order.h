/* Rows of a table in blocks in another order than its own: as many at a time as fit into memory,
 * the table being gone through for each such piece. */
#ifndef TABLE_BLOCKS_ORDER_H
#define TABLE_BLOCKS_ORDER_H

#include "table/blocks.h"

/* How many rows may be held at a time, at least 1: b->room bytes of them (0: an eighth of the
 * memory that is free), by the size of the rows in its first block. */
mica_status blocks_rows_that_fit(table_blocks *b, int64_t *out, mica_error *err);
/* Those rows as a table, in that order; -1 is a row of missing cells. Types are those of the whole.
 */
mica_status blocks_rows_at(table_blocks *b, const int64_t *rows, int64_t count, mica_table **out,
                           mica_error *err);
/* All of them into the sink, piece by piece; there is a block, if one without rows. */
mica_status blocks_put_ordered(table_blocks *b, const int64_t *rows, int64_t count,
                               table_sink *sink, mica_error *err);

#endif
