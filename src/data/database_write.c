/* Writing into databases: see database.h. */
#include "data/database.h"

#include <stdlib.h>
#include <string.h>

mica_status database_open_to_write(const database_request *r, database_writer *out,
                                   mica_error *err) {
    const database *d = database_of(r->spec);
    char forms[256];
    *out = (database_writer){.kind = d};
    database_forms(forms);
    TRY(database_check(r->spec, err)); /* first: it does not repeat a password */
    if (!d) return fail(err, MICA_VALUE, "%s: no database, expected %s", r->spec, forms);
    if (r->password_file && !d->takes_password_file)
        return fail(err, MICA_VALUE, "%s: a file of passwords, but %s has none", r->spec, d->name);
    if (!(out->spec = strdup(r->spec))) return fail_no_memory(err, r->spec);
    const mica_status status = d->open_to_write(r, strchr(out->spec, ':') + 1, &out->connection,
                                                err);
    if (status != MICA_OK) database_close(out);
    return status;
}

mica_status database_execute(database_writer *w, const char *sql, int count,
                             const char *const *values, mica_error *err) {
    return w->kind->execute(w->connection, sql, count, values, w->spec, err);
}

mica_status database_ask(database_writer *w, const char *query, mica_table **out, mica_error *err) {
    table_builder b = {0};
    mica_status status = w->kind->run(w->connection, query, w->spec, &b, err);
    if (status == MICA_OK) status = builder_end(&b, out, err);
    builder_free(&b);
    return status;
}

void database_close(database_writer *w) {
    if (w->connection) w->kind->close(w->connection);
    free(w->spec);
    w->connection = NULL, w->spec = NULL;
}
