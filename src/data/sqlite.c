/* sqlite:FILE: a query of a SQLite database, which is opened for reading alone. Columns have no
 * fixed types there: whole and real numbers are numbers, texts are looked at as cells of CSV are
 * (dates, numbers that lie there as text, spellings of what is missing), NULL is missing. */
#include "build_config.h"
#include "data/database.h"

#include "base/file.h"
#include "base/strbuf.h"

#ifdef HAVE_SQLITE

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mica_status fail_sqlite(sqlite3 *db, const char *spec, mica_error *err) {
    int code = sqlite3_errcode(db);
    return fail(err,
                code == SQLITE_NOMEM        ? MICA_MEMORY
                : code == SQLITE_CORRUPT    ? MICA_FORMAT
                : code == SQLITE_NOTADB     ? MICA_FORMAT
                : code == SQLITE_ERROR      ? MICA_VALUE
                : code == SQLITE_CONSTRAINT ? MICA_VALUE
                                            : MICA_IO,
                "%s: %s", spec, sqlite3_errmsg(db));
}

static void sqlite_close(void *connection) { sqlite3_close(connection); }

enum { MOST_CELL = 1 << 28 };

/* What the schema of a foreign file says is not trusted. */
static void be_careful(sqlite3 *db) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MOST_CELL); /* of what a view makes up, say */
    sqlite3_busy_timeout(db, 10000);
}

/* Whether it has a log of changes: somebody has it open, or was killed. */
static bool has_changes(const char *place) {
    strbuf log = {0};
    strbuf_add(&log, "%s-wal", place);
    const bool there = !log.failed && file_exists(log.data);
    strbuf_free(&log);
    return there;
}

/* A file in WAL mode gets two more beside it when it is read, which stay, unless it is said that
 * nobody changes it. */
static void put_immutable(strbuf *out, const char *place) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
    strbuf_add(out, "file:");
    for (; *place; place++)
        if (strchr(plain, *place)) strbuf_put(out, place, 1);
        else strbuf_add(out, "%%%02X", (unsigned char)*place);
    strbuf_add(out, "?immutable=1");
}

static mica_status sqlite_open(const database_request *r, const char *place, void **connection,
                               mica_error *err) {
    sqlite3 *db = NULL;
    file_reader file;
    TRY(file_open(&file, place, err)); /* says best what is wrong with it */
    file_close(&file);
    strbuf address = {0};
    if (r->untouched && !has_changes(place)) put_immutable(&address, place);
    /* One thread at a time asks by it. */
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
                      (address.data ? SQLITE_OPEN_URI : 0);
    int code = address.failed
                   ? SQLITE_NOMEM
                   : sqlite3_open_v2(address.data ? address.data : place, &db, flags, NULL);
    mica_status status = MICA_OK;
    strbuf_free(&address);
    if (!db) return fail_no_memory(err, r->spec);
    if (code != SQLITE_OK) status = fail_sqlite(db, r->spec, err);
    be_careful(db);
    if (status == MICA_OK) *connection = db;
    else sqlite3_close(db);
    return status;
}

/* ---- writing ---- */

/* What is written is on the disk when the log of changes is next taken over; a kill loses nothing,
 * a power cut may lose the last transactions, and breaks nothing. */
static mica_status sqlite_open_to_write(const database_request *r, const char *place,
                                        void **connection, mica_error *err) {
    sqlite3 *db = NULL;
    const int made = open(place, O_RDWR | O_CREAT | O_CLOEXEC,
                          0600); /* SQLite's own mode is 0644 */
    if (made < 0) return fail_errno(err, place, "open");
    close(made);
    int code = sqlite3_open_v2(place, &db, SQLITE_OPEN_READWRITE, NULL);
    if (!db) return fail_no_memory(err, r->spec);
    be_careful(db);
    if (code == SQLITE_OK) code = sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    if (code == SQLITE_OK) return *connection = db, MICA_OK;
    const mica_status status = fail_sqlite(db, r->spec, err);
    sqlite3_close(db);
    return status;
}

static mica_status sqlite_execute(void *connection, const char *sql, int count,
                                  const char *const *values, const char *spec, mica_error *err) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = values[i] ? sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC)
                         : sqlite3_bind_null(statement, i + 1);
    while (code == SQLITE_OK || code == SQLITE_ROW) code = sqlite3_step(statement);
    mica_status status = code == SQLITE_DONE ? MICA_OK : fail_sqlite(connection, spec, err);
    if (sqlite3_errcode(connection) == SQLITE_ERROR && status != MICA_OK)
        status = MICA_IO; /* the tables are not as they were: nothing is wrong with the values */
    sqlite3_finalize(statement);
    return status;
}

/* ---- a query ---- */

static mica_status prepare(sqlite3 *db, const char *query, const char *spec, sqlite3_stmt **out,
                           mica_error *err) {
    const char *rest = "";
    if (sqlite3_prepare_v2(db, query, -1, out, &rest) != SQLITE_OK)
        return fail_sqlite(db, spec, err);
    if (!*out || !sqlite3_column_count(*out))
        return fail(err, MICA_VALUE, "%s: the query gives no rows, expected a SELECT", spec);
    if (!sql_is_blank(rest))
        return fail(err, MICA_VALUE, "%s: more than one query: '%.40s' follows the first", spec,
                    rest);
    if (!sqlite3_stmt_readonly(*out))
        return fail(err, MICA_VALUE, "%s: the query writes, expected a SELECT", spec);
    return MICA_OK;
}

static mica_status add_cell(sqlite3_stmt *query, int i, const char *spec, table_builder *b,
                            mica_error *err) {
    const char *text;
    switch (sqlite3_column_type(query, i)) {
    case SQLITE_NULL: return builder_missing(b, i, err);
    case SQLITE_INTEGER: return builder_integer(b, i, sqlite3_column_int64(query, i), err);
    case SQLITE_FLOAT: return builder_number(b, i, sqlite3_column_double(query, i), err);
    case SQLITE_TEXT:
        text = (const char *)sqlite3_column_text(query, i);
        if (!text) return fail_no_memory(err, spec);
        return builder_text(b, i, text, (size_t)sqlite3_column_bytes(query, i), err);
    default:
        return fail(err, MICA_TYPE,
                    "%s: row %lld, column '%s': a BLOB, expected numbers or text (hex(…) in the "
                    "query makes text of it)",
                    spec, builder_row(b, i), sqlite3_column_name(query, i));
    }
}

static mica_status begin_table(sqlite3_stmt *query, const char *spec, table_builder *b,
                               mica_error *err) {
    const int columns = sqlite3_column_count(query);
    TRY(builder_begin(b, columns, spec, err));
    for (int i = 0; i < columns; i++) {
        const char *name = sqlite3_column_name(query, i);
        TRY(name ? builder_name(b, i, name, err) : fail_no_memory(err, spec));
    }
    return MICA_OK;
}

static mica_status next_row(sqlite3 *db, sqlite3_stmt *query, const char *spec, const bool *wanted,
                            table_builder *b, bool *end, mica_error *err) {
    const int code = sqlite3_step(query);
    *end = code != SQLITE_ROW;
    if (*end) return code == SQLITE_DONE ? MICA_OK : fail_sqlite(db, spec, err);
    for (int i = 0; i < b->table->count; i++)
        TRY(wanted && !wanted[i] ? builder_missing(b, i, err) : add_cell(query, i, spec, b, err));
    return MICA_OK;
}

static mica_status sqlite_run(void *connection, const char *sql, const char *spec, table_builder *b,
                              mica_error *err) {
    sqlite3_stmt *query = NULL;
    bool end = false;
    mica_status status = prepare(connection, sql, spec, &query, err);
    if (status == MICA_OK) status = begin_table(query, spec, b, err);
    while (status == MICA_OK && !end)
        status = next_row(connection, query, spec, NULL, b, &end, err);
    sqlite3_finalize(query);
    return status;
}

/* ---- a query that is gone through again ---- */

typedef struct sqlite_rows {
    sqlite3 *db;
    sqlite3_stmt *query;
    char *spec;
} sqlite_rows;

static void sqlite_finish(void *rows) {
    sqlite_rows *r = rows;
    if (!r) return;
    sqlite3_finalize(r->query);
    free(r->spec);
    free(r);
}

/* One transaction, which ends with the connection: all passes see what the first read saw. */
static mica_status begin_reading(sqlite3 *db, const char *spec, mica_error *err) {
    const char *const sql = "BEGIN; SELECT count(*) FROM sqlite_master";
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? MICA_OK
                                                                : fail_sqlite(db, spec, err);
}

static mica_status sqlite_query(void *connection, const char *query, const char *spec, void **rows,
                                mica_error *err) {
    sqlite_rows *r = allocate(1, sizeof *r);
    *rows = NULL;
    if (!r || !(r->spec = strdup(spec))) return free(r), fail_no_memory(err, spec);
    r->db = connection;
    mica_status status = begin_reading(r->db, spec, err);
    if (status == MICA_OK) status = prepare(r->db, query, spec, &r->query, err);
    if (status == MICA_OK) *rows = r;
    else sqlite_finish(r);
    return status;
}

static mica_status sqlite_rewind(void *rows, mica_error *err) {
    (void)err; /* what a reset tells is the error of the step before it */
    sqlite3_reset(((sqlite_rows *)rows)->query);
    return MICA_OK;
}

static mica_status sqlite_columns(void *rows, table_builder *b, mica_error *err) {
    const sqlite_rows *r = rows;
    return begin_table(r->query, r->spec, b, err);
}

static mica_status sqlite_row(void *rows, const bool *wanted, table_builder *b, bool *end,
                              mica_error *err) {
    const sqlite_rows *r = rows;
    return next_row(r->db, r->query, r->spec, wanted, b, end, err);
}

#define OPERATIONS                                                                                 \
    .open = sqlite_open, .run = sqlite_run, .close = sqlite_close, .query = sqlite_query,          \
    .rewind = sqlite_rewind, .columns = sqlite_columns, .row = sqlite_row,                         \
    .finish = sqlite_finish, .open_to_write = sqlite_open_to_write, .execute = sqlite_execute

#else

static mica_status sqlite_open(const database_request *r, const char *place, void **connection,
                               mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without SQLite (libsqlite3)",
                r->spec);
}

/* It fails, so that nothing else is ever asked. */
#define OPERATIONS .open = sqlite_open, .open_to_write = sqlite_open

#endif

const database database_sqlite = {
    .name = "sqlite",
    .form = "sqlite:FILE",
    .is_file = true,
    /* Real tables alone: what views and virtual tables of a foreign file make up has no end,
     * perhaps. They are read where they are named. */
    .tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT "
              "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    OPERATIONS,
    .indexes = "SELECT count(*) AS n FROM sqlite_master WHERE type = 'index' AND name = '%s'",
    .serial = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .moment = "TEXT",
    .document = "TEXT",
};
