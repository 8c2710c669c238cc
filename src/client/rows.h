/* Rows of a table as JSON: [{"name": value, …}, …]. */
#ifndef CLIENT_ROWS_H
#define CLIENT_ROWS_H

#include "base/strbuf.h"
#include "mica/table.h"

/* Errors: VALUE for a number that is infinite, which JSON has not. */
mica_status rows_write(const mica_table *t, strbuf *out, mica_error *err);
/* One of them: {"name": value, …} of the columns that are wanted (NULL: all). */
mica_status row_write_one(const mica_table *t, int64_t row, const bool *wanted, strbuf *out,
                          mica_error *err);

#endif
