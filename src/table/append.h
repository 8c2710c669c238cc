/* The rows of several tables as those of one. */
#ifndef TABLE_APPEND_H
#define TABLE_APPEND_H

#include "table/table.h"

/* What the column's cells were seen to be: CELL_ bits, from which cell_type tells the type that a
 * column of these and other cells has. -1: no memory. */
int column_seen(const table_column *c);

/* The rows one after the other, in the columns of `head`, whose types become those of the bits (of
 * texts as all rows tell it). Every table has all of the columns, in any order, each of its type,
 * or of one that becomes it without a look at what was read: none at all, whole numbers for
 * numbers, texts of large whole numbers for numbers. The tables are freed on the way. */
mica_status tables_append(mica_table **tables, int count, mica_table *head, const int *seen,
                          mica_table **out, mica_error *err);

#endif
