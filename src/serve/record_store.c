/* See record_store.h. One text of SQL for all databases, but for the names of types. */
#include "serve/record_store.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "mica/table.h"

#include <string.h>
#include <time.h>

/* ---- the tables ---- */

static mica_status run(database_writer *w, const char *sql, mica_error *err) {
    return database_execute(w, sql, 0, NULL, err);
}

static mica_status make_tables(database_writer *w, mica_error *err) {
    const database *d = w->kind;
    char sql[3][1024];
    snprintf(sql[0], sizeof sql[0],
             "CREATE TABLE mica_predictions (number %s, request_id TEXT NOT NULL, client_id TEXT, "
             "time %s NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL, who TEXT, "
             "row_count INTEGER NOT NULL, inputs %s, outputs %s NOT NULL)",
             d->serial, d->moment, d->document, d->document);
    snprintf(
        sql[1], sizeof sql[1],
        "CREATE TABLE mica_feedback (number %s, model TEXT NOT NULL, request_id TEXT NOT NULL, "
        "label %s NOT NULL, time %s NOT NULL, who TEXT, UNIQUE (model, request_id))",
        d->serial, d->document, d->moment);
    snprintf(
        sql[2], sizeof sql[2],
        "CREATE VIEW mica_labelled AS SELECT p.*, f.label AS label, f.time AS label_time FROM "
        "mica_predictions p LEFT JOIN mica_feedback f ON f.model = p.model AND (f.request_id = "
        "p.request_id OR f.request_id = p.client_id)");
    for (size_t i = 0; i < LENGTH(sql); i++) TRY(run(w, sql[i], err));
    return run(w, "INSERT INTO mica_schema (version) VALUES (1)", err);
}

/* Rows go by their time once a second: without an index each time all of them are read. Tables of
 * an earlier mica lack one; who writes them without owning them goes on without. */
static mica_status add_index(database_writer *w, const char *name, const char *table,
                             mica_error *err) {
    char sql[256];
    mica_table *t = NULL;
    snprintf(sql, sizeof sql, w->kind->indexes, name);
    TRY(database_ask(w, sql, &t, err));
    const bool there = mica_table_rows(t) && mica_table_number(t, 0, 0) > 0;
    mica_table_destroy(&t);
    if (there) return MICA_OK;
    snprintf(sql, sizeof sql, "CREATE INDEX %s ON %s (time)", name, table);
    TRY(run(w, "SAVEPOINT indexed", err));
    if (run(w, sql, NULL) != MICA_OK) TRY(run(w, "ROLLBACK TO SAVEPOINT indexed", err));
    return run(w, "RELEASE SAVEPOINT indexed", err);
}

static mica_status check_version(const char *spec, const mica_table *t, mica_error *err) {
    const double found = t && mica_table_rows(t) ? mica_table_number(t, 0, 0) : 0;
    if (!(found > RECORD_SCHEMA)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: its records are of schema version %.0f, this mica knows %d",
                spec, found, RECORD_SCHEMA);
}

mica_status record_check(const char *spec, const char *password_file, mica_error *err) {
    const database *d = database_of(spec);
    const char *path = database_path(spec);
    database_request ask = {.spec = spec, .password_file = password_file, .untouched = true};
    mica_table *tables = NULL, *version = NULL;
    char name[64];
    TRY(database_check(spec, err));
    if (!d)
        return database_open_to_write(&ask, &(database_writer){0}, err); /* says what is wrong */
    if (path) TRY(file_check_open(path, err));
    if (path && !file_exists(path)) return MICA_OK; /* it is made at the start */
    ask.query = d->tables;
    TRY(database_read(&ask, &tables, err));
    bool there = false;
    for (int64_t i = 0; i < mica_table_rows(tables); i++) {
        mica_table_text(tables, 0, i, name, sizeof name);
        there |= !strcmp(name, "mica_schema");
    }
    mica_table_destroy(&tables);
    if (!there) return MICA_OK;
    ask.query = "SELECT max(version) AS version FROM mica_schema";
    TRY(database_read(&ask, &version, err));
    const mica_status status = check_version(spec, version, err);
    mica_table_destroy(&version);
    return status;
}

mica_status record_tables(database_writer *w, mica_error *err) {
    mica_table *t = NULL;
    TRY(run(w, "CREATE TABLE IF NOT EXISTS mica_schema (version INTEGER NOT NULL)", err));
    TRY(run(w, "BEGIN", err));
    mica_status status = database_ask(w, "SELECT max(version) AS version FROM mica_schema", &t,
                                      err);
    const double found = status == MICA_OK && mica_table_rows(t) ? mica_table_number(t, 0, 0) : 0;
    if (status == MICA_OK) status = check_version(w->spec, t, err);
    mica_table_destroy(&t);
    if (status == MICA_OK && !(found >= 1)) status = make_tables(w, err);
    if (status == MICA_OK) status = add_index(w, "mica_predictions_time", "mica_predictions", err);
    if (status == MICA_OK) status = add_index(w, "mica_feedback_time", "mica_feedback", err);
    if (status == MICA_OK) return run(w, "COMMIT", err);
    run(w, "ROLLBACK", NULL);
    return status;
}

/* ---- rows ---- */

mica_status record_insert(database_writer *w, const record *r, const char *inputs,
                          const char *outputs, mica_error *err) {
    char time[32], rows[24];
    record_put_time(r, time);
    snprintf(rows, sizeof rows, "%lld", (long long)r->rows);
    const char *values[] = {r->request_id, r->client_id, time,   r->model, r->version,
                            r->who,        rows,         inputs, outputs};
    return database_execute(w,
                            "INSERT INTO mica_predictions (request_id, client_id, time, model, "
                            "version, who, row_count, inputs, outputs) VALUES ($1, $2, $3, $4, $5, "
                            "$6, $7, $8, $9)",
                            LENGTH(values), values, err);
}

/* A later label of the same request takes the place of the one before. */
mica_status record_insert_label(database_writer *w, const record *r, mica_error *err) {
    char time[32];
    record_put_time(r, time);
    const char *values[] = {r->model, r->request_id, r->label, time, r->who};
    return database_execute(
        w,
        "INSERT INTO mica_feedback (model, request_id, label, time, who) VALUES "
        "($1, $2, $3, $4, $5) ON CONFLICT (model, request_id) DO UPDATE SET "
        "label = excluded.label, time = excluded.time, who = excluded.who",
        LENGTH(values), values, err);
}

static mica_status expire_table(database_writer *w, const char *table, const char *rows,
                                const char *since, mica_error *err) {
    char sql[256];
    snprintf(sql, sizeof sql,
             "DELETE FROM %s WHERE number <= (SELECT max(number) FROM %s) - CAST($1 AS BIGINT)",
             table, table);
    TRY(database_execute(w, sql, 1, &rows, err));
    if (!since) return MICA_OK;
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE time < $1", table);
    return database_execute(w, sql, 1, &since, err);
}

mica_status record_expire(database_writer *w, int64_t rows, double seconds, mica_error *err) {
    char most[24], since[32];
    const record limit = {.time_us = ((int64_t)time(NULL) - (int64_t)seconds) * 1000000};
    snprintf(most, sizeof most, "%lld", (long long)rows);
    record_put_time(&limit, since);
    TRY(expire_table(w, "mica_predictions", most, seconds > 0 ? since : NULL, err));
    return expire_table(w, "mica_feedback", most, seconds > 0 ? since : NULL, err);
}
