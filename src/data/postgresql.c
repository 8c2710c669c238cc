/* postgresql://user@host:port/dbname: a query of a PostgreSQL server, by libpq, in a transaction
 * that only reads. Rows come one by one. Columns have the server's types: whole numbers, numbers,
 * booleans, dates and times (with a zone: in UTC) are those, all others text as it is; NULL is
 * missing.
 *
 * Passwords never stand in the address: libpq finds them in a password file (~/.pgpass or the
 * option password_file), which nobody else may read. */
#include "build_config.h"
#include "data/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static mica_status fail_password(mica_error *err) {
    return fail(err, MICA_VALUE,
                "the address of the database holds a password, which everyone sees in lists of "
                "processes and in recipes: it belongs into ~/.pgpass, or the file that the option "
                "password_file names, as a line host:port:database:user:password, readable by you "
                "alone (chmod 600)");
}

/* By the form of a URI alone, so that it holds in every build: scheme://user:password@…, or
 * password=… behind the question mark. */
static mica_status postgresql_check(const char *spec, mica_error *err) {
    const char *at = strstr(spec, "://");
    if (!at) return MICA_OK;
    at += 3;
    const char *end = at + strcspn(at, "/?"), *colon = memchr(at, ':', (size_t)(end - at));
    const char *sign = NULL;
    for (const char *c = at; (c = memchr(c, '@', (size_t)(end - c))); c++) sign = c;
    if (sign && colon && colon < sign) return fail_password(err);
    return strcasestr(at, "password=") ? fail_password(err) : MICA_OK;
}

#ifdef HAVE_LIBPQ

#include "data/postgresql_inside.h"

#include <sys/stat.h>

mica_status postgresql_fail(const char *text, mica_status code, const char *spec, mica_error *err) {
    size_t n = text ? strlen(text) : 0;
    while (n && (text[n - 1] == '\n' || text[n - 1] == ' ')) n--;
    return fail(err, code, "%s: %.*s", spec, n ? (int)n : 18, n ? text : "no word about why");
}

/* SQLSTATE of classes 22 and 23: the values are wrong, or break a rule. */
bool postgresql_is_about_values(const PGresult *r) {
    const char *state = pq.PQresultErrorField(r, PG_DIAG_SQLSTATE);
    return state && (!strncmp(state, "22", 2) || !strncmp(state, "23", 2));
}

/* What such an error quotes are cells, which may be personal: "…" takes their place, and the
 * server's details, which quote whole rows, are left out. */
mica_status postgresql_fail_values(const PGresult *r, const char *spec, mica_error *err) {
    const char *text = pq.PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    char told[256];
    size_t n = 0;
    bool quoted = false;
    for (; text && *text && n + 8 < sizeof told; text++) {
        if (*text != '"' && quoted) continue;
        told[n++] = *text;
        if (*text != '"') continue;
        quoted = !quoted;
        if (quoted) n += (size_t)snprintf(told + n, sizeof told - n, "…");
    }
    told[n] = 0;
    return fail(err, MICA_VALUE, "%s: %s (SQLSTATE %s)", spec, told,
                pq.PQresultErrorField(r, PG_DIAG_SQLSTATE));
}

/* ---- connecting ---- */

/* What libpq itself takes for a password: escapes and all. */
static mica_status check_address(const char *spec, mica_error *err) {
    char *why = NULL;
    PQconninfoOption *parts = pq.PQconninfoParse(spec, &why);
    mica_status status = parts ? MICA_OK : postgresql_fail(why, MICA_VALUE, "postgresql", err);
    for (PQconninfoOption *p = parts; p && p->keyword; p++)
        if (p->val && *p->val && strstr(p->keyword, "password")) status = fail_password(err);
    pq.PQconninfoFree(parts);
    pq.PQfreemem(why);
    return status;
}

static mica_status check_password_file(const char *path, mica_error *err) {
    struct stat facts;
    if (!path) return MICA_OK;
    if (stat(path, &facts)) return fail_errno(err, path, "read");
    if (!S_ISREG(facts.st_mode)) return fail(err, MICA_IO, "%s: not a regular file", path);
    if (facts.st_mode & (S_IRWXG | S_IRWXO))
        return fail(err, MICA_VALUE,
                    "%s: a password file of mode %04o, which others may read, expected 0600: "
                    "chmod 600 %s",
                    path, (unsigned)(facts.st_mode & 07777), path);
    return MICA_OK;
}

static void ignore_notice(void *arg, const char *text) {}

static void postgresql_close(void *connection) { pq.PQfinish(connection); }

mica_status postgresql_command(PGconn *c, const char *sql, const char *spec, mica_error *err) {
    PGresult *r = pq.PQexec(c, sql);
    mica_status status = pq.PQresultStatus(r) == PGRES_COMMAND_OK
                             ? MICA_OK
                             : postgresql_fail(pq.PQerrorMessage(c), MICA_IO, spec, err);
    pq.PQclear(r);
    return status;
}

/* Texts of values as they are read below, whatever the server is set to. */
mica_status postgresql_begin(PGconn *c, const char *spec, mica_error *err) {
    static const char *const commands[] = {
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SET LOCAL DateStyle = 'ISO, YMD'", "SET LOCAL TimeZone = 'UTC'",
        "SET LOCAL IntervalStyle = 'iso_8601'", "SET LOCAL extra_float_digits = 3"};
    for (size_t i = 0; i < LENGTH(commands); i++)
        TRY(postgresql_command(c, commands[i], spec, err));
    return MICA_OK;
}

static mica_status connect_to(const database_request *r, const char *place, PGconn **out,
                              mica_error *err) {
    /* A server that is no longer there is given up after 10 seconds. */
    const char *keys[] = {
        "connect_timeout",           "tcp_user_timeout", "dbname", "client_encoding",
        "fallback_application_name", "passfile",         NULL};
    const char *values[] = {"10", "10000", r->spec, "UTF8", "mica", r->password_file, NULL};
    if (!r->password_file) keys[5] = NULL;
    if (strncmp(place, "//", 2))
        return fail(err, MICA_VALUE, "%s: expected postgresql://user@host:port/dbname", r->spec);
    TRY(libpq_load(r->spec, err));
    TRY(check_address(r->spec, err));
    TRY(check_password_file(r->password_file, err));
    PGconn *c = pq.PQconnectdbParams(keys, values, 1);
    if (!c) return fail_no_memory(err, r->spec);
    pq.PQsetNoticeProcessor(c, ignore_notice, NULL);
    if (pq.PQstatus(c) == CONNECTION_OK) return *out = c, MICA_OK;
    postgresql_fail(pq.PQerrorMessage(c), MICA_IO, r->spec, err);
    pq.PQfinish(c);
    return MICA_IO;
}

static mica_status postgresql_open(const database_request *r, const char *place, void **connection,
                                   mica_error *err) {
    PGconn *c;
    TRY(connect_to(r, place, &c, err));
    const mica_status status = postgresql_begin(c, r->spec, err);
    if (status == MICA_OK) *connection = c;
    else pq.PQfinish(c);
    return status;
}

static mica_status postgresql_open_to_write(const database_request *r, const char *place,
                                            void **connection, mica_error *err) {
    PGconn *c;
    TRY(connect_to(r, place, &c, err));
    return *connection = c, MICA_OK;
}

static mica_status postgresql_execute(void *connection, const char *sql, int count,
                                      const char *const *values, const char *spec,
                                      mica_error *err) {
    PGresult *r = pq.PQexecParams(connection, sql, count, NULL, values, NULL, NULL, 0);
    const ExecStatusType code = pq.PQresultStatus(r);
    mica_status status = MICA_OK;
    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK)
        status = postgresql_is_about_values(r)
                     ? postgresql_fail_values(r, spec, err)
                     : postgresql_fail(pq.PQerrorMessage(connection), MICA_IO, spec, err);
    pq.PQclear(r);
    return status;
}

#define OPERATIONS                                                                                 \
    .open = postgresql_open, .run = postgresql_run, .close = postgresql_close,                     \
    .query = postgresql_query, .rewind = postgresql_rewind, .columns = postgresql_columns,         \
    .row = postgresql_row, .finish = postgresql_finish, .open_to_write = postgresql_open_to_write, \
    .execute = postgresql_execute

#else

static mica_status postgresql_open(const database_request *r, const char *place, void **connection,
                                   mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without libpq", r->spec);
}

/* It fails, so that nothing else is ever asked. */
#define OPERATIONS .open = postgresql_open, .open_to_write = postgresql_open

#endif

const database database_postgresql = {
    .name = "postgresql",
    .alias = "postgres",
    .form = "postgresql://user@host:port/dbname",
    .tables = "SELECT c.relname::text AS name FROM pg_catalog.pg_class c JOIN "
              "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', "
              "'m', 'f', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', "
              "'information_schema') AND n.nspname !~ '^pg_' AND pg_catalog.pg_table_is_visible("
              "c.oid) ORDER BY 1",
    .takes_password_file = true,
    .check = postgresql_check,
    OPERATIONS,
    .indexes = "SELECT count(*) AS n FROM pg_catalog.pg_class c WHERE c.relkind = 'i' AND "
               "c.relname = '%s' AND pg_catalog.pg_table_is_visible(c.oid)",
    .serial = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    .moment = "TIMESTAMPTZ",
    .document = "JSONB",
};
