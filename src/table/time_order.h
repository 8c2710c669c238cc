/* The rows of a table in the order of a column of dates or numbers. */
#ifndef TABLE_TIME_ORDER_H
#define TABLE_TIME_ORDER_H

#include "mica/table.h"

/* Of equal times in their own order; *order is to be freed, and *times, which are those of the rows
 * in that order (NULL: not asked). `what` is what the column is asked for, in errors: TYPE for
 * other columns, VALUE for a row without a time. */
mica_status time_order(const mica_table *t, int column, const char *what, int64_t **order,
                       double **times, mica_error *err);
/* A bound between rows whose times these are, in their order: rows of one time stay together, so
 * that it moves to the nearer end of these; of equally near ones to the earlier. */
int64_t time_bound(const double *times, int64_t count, int64_t at);

#endif
