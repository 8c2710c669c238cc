/* Rows of a table as the requests that a server's route for rows takes: cells as the file has them,
 * so that the server's log calls a person the same whatever way the row came. */
#ifndef CLI_REMOTE_ROWS_H
#define CLI_REMOTE_ROWS_H

#include "base/strbuf.h"
#include "model/model.h"
#include "table/table.h"

typedef struct remote_rows {
    const mica_table *table;
    bool *wanted; /* columns that the model was trained on: others stay here */
    int64_t at;   /* the next row */
} remote_rows;

/* Whether a server prepares such rows: the model was trained on rows of a table, one by one. */
bool remote_rows_fit(const mica_model *m);
/* Errors: NAME for a column that is not there. `name` is the table's. */
mica_status remote_rows_open(remote_rows *r, const mica_model *m, const mica_table *t,
                             const char *name, mica_error *err);
/* The next rows as JSON, at most so many and about so many bytes; *rows 0: there are no more. */
mica_status remote_rows_next(remote_rows *r, int64_t most, size_t bytes, strbuf *out, int64_t *rows,
                             mica_error *err);
void remote_rows_close(remote_rows *r);

#endif
