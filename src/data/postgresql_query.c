/* Queries of PostgreSQL: all rows at once, or a cursor that is gone through again and again: see
 * postgresql_inside.h. */
#include "build_config.h"

#ifdef HAVE_LIBPQ

#include "base/strbuf.h"
#include "data/postgresql_cell.h"
#include "data/postgresql_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a query ---- */

static mica_status begin_table(table_builder *b, const PGresult *r, const char *spec,
                               mica_error *err) {
    int columns = pq.PQnfields(r);
    TRY(builder_begin(b, columns, spec, err));
    for (int i = 0; i < columns; i++) {
        TRY(builder_name(b, i, pq.PQfname(r, i), err));
        builder_declare_text(b, i);
    }
    return MICA_OK;
}

static mica_status check_result(const PGresult *r, const char *spec, mica_error *err) {
    const ExecStatusType status = pq.PQresultStatus(r);
    if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) return MICA_OK;
    if (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
        return fail(err, MICA_VALUE, "%s: the query gives no rows, expected a SELECT", spec);
    return postgresql_is_about_values(r)
               ? postgresql_fail_values(r, spec, err)
               : postgresql_fail(pq.PQresultErrorMessage(r), MICA_VALUE, spec, err);
}

/* The only row of a result. */
static mica_status add_row(table_builder *b, const PGresult *r, const bool *wanted,
                           mica_error *err) {
    for (int i = 0; i < b->table->count; i++)
        TRY(pq.PQgetisnull(r, 0, i) || (wanted && !wanted[i])
                ? builder_missing(b, i, err)
                : postgresql_cell(b, i, pq.PQftype(r, i), pq.PQgetvalue(r, 0, i),
                                  (size_t)pq.PQgetlength(r, 0, i), err));
    return MICA_OK;
}

/* One row, or the end, which tells the columns where there are no rows. */
static mica_status take_result(table_builder *b, const PGresult *r, const char *spec,
                               mica_error *err) {
    TRY(check_result(r, spec, err));
    if (!b->table) TRY(begin_table(b, r, spec, err));
    return pq.PQntuples(r) ? add_row(b, r, NULL, err) : MICA_OK;
}

/* The extended protocol takes one command alone: nothing can follow a first one. Rows come one by
 * one. */
static mica_status send_query(PGconn *c, const char *query, const char *spec, mica_error *err) {
    if (pq.PQsendQueryParams(c, query, 0, NULL, NULL, NULL, NULL, 0) && pq.PQsetSingleRowMode(c))
        return MICA_OK;
    return postgresql_fail(pq.PQerrorMessage(c), MICA_IO, spec, err);
}

mica_status postgresql_run(void *connection, const char *query, const char *spec, table_builder *b,
                           mica_error *err) {
    PGconn *c = connection;
    TRY(send_query(c, query, spec, err));
    mica_status status = MICA_OK;
    for (PGresult *r; status == MICA_OK && (r = pq.PQgetResult(c)); pq.PQclear(r))
        status = take_result(b, r, spec, err);
    return status; /* after a failure the connection is closed, with whatever is under way */
}

/* ---- a query that is gone through again ---- */

enum { FETCHED = 10000 }; /* rows that are asked for at a time: so many are thrown away at most */

typedef struct postgresql_rows {
    PGconn *connection;
    char *spec;
    PGresult *columns;
    int64_t fetched; /* of those that were asked for; -1: no more are on their way */
} postgresql_rows;

void postgresql_finish(void *rows) {
    postgresql_rows *r = rows;
    if (!r) return;
    pq.PQclear(r->columns);
    free(r->spec);
    free(r);
}

/* A cursor of the query. The server keeps its rows (a materialized WITH, in a temporary file where
 * they are many) and gives these again: the query is run once, so that what it makes up, and an
 * order that it does not ask for, stay the same. */
static mica_status make_cursor(PGconn *c, const char *query, strbuf *out) {
    const char *const hint = pq.PQserverVersion(c) >= 120000 ? " MATERIALIZED" : "";
    const char *end = query + strlen(query);
    for (const char *at = end; at > query; at--) /* semicolons and comments behind it */
        if (at[-1] == ';' && sql_is_blank(at)) end = at - 1;
    strbuf_add(out, "DECLARE mica_rows SCROLL CURSOR FOR WITH mica_query AS%s (", hint);
    strbuf_put(out, query, (size_t)(end - query));
    strbuf_add(out, "\n) SELECT * FROM mica_query");
    return out->failed ? MICA_MEMORY : MICA_OK;
}

/* NULL: the server refuses it. */
static PGresult *declare(PGconn *c, const char *cursor) {
    PGresult *made = pq.PQexecParams(c, cursor, 0, NULL, NULL, NULL, NULL, 0);
    const bool there = pq.PQresultStatus(made) == PGRES_COMMAND_OK;
    PGresult *columns = there ? pq.PQdescribePortal(c, "mica_rows") : NULL;
    pq.PQclear(made);
    return columns;
}

/* Where there can be no cursor of it (EXPLAIN, SHOW), or it is wrong, it is run as it is, which
 * tells best what is wrong: in a new transaction, for this one has failed. */
static mica_status without_cursor(PGconn *c, const char *spec, mica_error *err) {
    TRY(postgresql_command(c, "ROLLBACK", spec, err));
    return postgresql_begin(c, spec, err);
}

mica_status postgresql_query(void *connection, const char *query, const char *spec, void **rows,
                             mica_error *err) {
    strbuf cursor = {0};
    postgresql_rows *r = allocate(1, sizeof *r);
    *rows = NULL;
    if (!r || !(r->spec = strdup(spec)) || make_cursor(connection, query, &cursor) != MICA_OK) {
        strbuf_free(&cursor);
        postgresql_finish(r);
        return fail_no_memory(err, spec);
    }
    r->connection = connection, r->fetched = -1;
    r->columns = declare(connection, cursor.data);
    strbuf_free(&cursor);
    if (pq.PQresultStatus(r->columns) == PGRES_COMMAND_OK) return *rows = r, MICA_OK;
    postgresql_finish(r);
    return without_cursor(connection, spec, err);
}

/* What is on its way is thrown away. */
mica_status postgresql_rewind(void *rows, mica_error *err) {
    postgresql_rows *r = rows;
    for (PGresult *left; (left = pq.PQgetResult(r->connection));) pq.PQclear(left);
    r->fetched = -1;
    return postgresql_command(r->connection, "MOVE ABSOLUTE 0 IN mica_rows", r->spec, err);
}

mica_status postgresql_columns(void *rows, table_builder *b, mica_error *err) {
    const postgresql_rows *r = rows;
    return begin_table(b, r->columns, r->spec, err);
}

/* The next result: a row, or one without rows behind the last that was asked for. */
static mica_status next_result(postgresql_rows *r, PGresult **out, mica_error *err) {
    char fetch[64];
    snprintf(fetch, sizeof fetch, "FETCH FORWARD %d FROM mica_rows", FETCHED);
    if (r->fetched < 0) TRY(send_query(r->connection, fetch, r->spec, err));
    if (r->fetched < 0) r->fetched = 0;
    *out = pq.PQgetResult(r->connection);
    return check_result(*out, r->spec, err); /* without any the connection is lost */
}

mica_status postgresql_row(void *rows, const bool *wanted, table_builder *b, bool *end,
                           mica_error *err) {
    postgresql_rows *r = rows;
    PGresult *result = NULL;
    for (*end = false;;) {
        mica_status status = next_result(r, &result, err);
        const bool row = status == MICA_OK && pq.PQntuples(result);
        if (row) status = add_row(b, result, wanted, err);
        pq.PQclear(result);
        if (row || status != MICA_OK) return r->fetched++, status;
        const bool full = r->fetched == FETCHED;
        pq.PQclear(pq.PQgetResult(r->connection)); /* NULL: all of the command is there */
        r->fetched = -1;
        if (!full) return *end = true, MICA_OK;
    }
}

#endif
