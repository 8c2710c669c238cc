/* PostgreSQL from inside: connections and writing are in postgresql.c, queries in
 * postgresql_query.c. */
#ifndef DATA_POSTGRESQL_INSIDE_H
#define DATA_POSTGRESQL_INSIDE_H

#include "data/database.h"
#include "data/libpq.h"

/* What the server says, without blanks behind it. */
mica_status postgresql_fail(const char *text, mica_status code, const char *spec, mica_error *err);
bool postgresql_is_about_values(const PGresult *r);
mica_status postgresql_fail_values(const PGresult *r, const char *spec, mica_error *err);
mica_status postgresql_command(PGconn *c, const char *sql, const char *spec, mica_error *err);
/* A transaction that reads. */
mica_status postgresql_begin(PGconn *c, const char *spec, mica_error *err);

/* Of `database`. */
mica_status postgresql_run(void *connection, const char *query, const char *spec, table_builder *b,
                           mica_error *err);
mica_status postgresql_query(void *connection, const char *query, const char *spec, void **rows,
                             mica_error *err);
mica_status postgresql_rewind(void *rows, mica_error *err);
mica_status postgresql_columns(void *rows, table_builder *b, mica_error *err);
mica_status postgresql_row(void *rows, const bool *wanted, table_builder *b, bool *end,
                           mica_error *err);
void postgresql_finish(void *rows);

#endif
