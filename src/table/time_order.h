/* The rows of a table in the order of a column of dates or numbers. */
#ifndef TABLE_TIME_ORDER_H
#define TABLE_TIME_ORDER_H

#include "mica/table.h"

/* Of equal times in their own order; *order is to be freed, and *times, which are those of the rows
 * in that order (NULL: not asked). `what` is what the column is asked for, in errors: TYPE for
 * other columns, VALUE for a row without a time. */
mica_status time_order(const mica_table *t, int column, const char *what, int64_t **order,
                       double **times, mica_error *err);

#endif
