/* Which of a list of tables each row is of, and after joins still. */
#ifndef DATA_TABLE_SOURCES_H
#define DATA_TABLE_SOURCES_H

#include "data/tabular.h"

/* The number of its table for each of the rows of `count` tables that follow each other; free().
 * NULL: no memory. */
uint16_t *sources_of_rows(const int64_t *rows, int count);
/* The table with these numbers in one column more, its last one, which goes through joins. */
mica_status sources_mark(const mica_table *t, const uint16_t *source, mica_table **out,
                         mica_error *err);
/* Takes that column, number `at`, out of what was joined: a number for each row, free(). */
mica_status sources_take(mica_table **joined, int at, uint16_t **source, mica_error *err);
/* Those of the rows that the dataset has; NULL: it is one table. */
mica_status sources_keep(mica_dataset *d, const uint16_t *source, row_list rows, mica_error *err);

#endif
