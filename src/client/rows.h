/* Rows of a table as JSON: [{"name": value, …}, …]. */
#ifndef CLIENT_ROWS_H
#define CLIENT_ROWS_H

#include "base/strbuf.h"
#include "mica/table.h"

/* Errors: VALUE for a number that is infinite, which JSON has not. */
mica_status rows_write(const mica_table *t, strbuf *out, mica_error *err);

#endif
