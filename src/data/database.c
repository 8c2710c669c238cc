/* Queries of databases: see database.h. */
#include "data/database.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE(name) extern const database database_##name;
#include "data/databases.def"
#undef DATABASE

const database *const all_databases[] = {
#define DATABASE(name) &database_##name,
#include "data/databases.def"
#undef DATABASE
    NULL,
};

static bool begins_with(const char *spec, const char *name) {
    size_t n = name ? strlen(name) : 0;
    return n && !strncmp(spec, name, n) && spec[n] == ':';
}

const database *database_of(const char *spec) {
    for (const database *const *d = all_databases; *d; d++)
        if (begins_with(spec, (*d)->name) || begins_with(spec, (*d)->alias)) return *d;
    return NULL;
}

bool is_database(const char *spec) { return database_of(spec) != NULL; }

void database_forms(char out[256]) {
    size_t n = 0;
    *out = 0;
    for (const database *const *d = all_databases; *d && n < 256; d++)
        n += (size_t)snprintf(out + n, 256 - n, "%s%s", n ? ", " : "", (*d)->form);
}

const char *database_path(const char *spec) {
    const database *d = database_of(spec);
    return !d ? spec : d->is_file ? strchr(spec, ':') + 1 : NULL;
}

mica_status database_check(const char *spec, mica_error *err) {
    const char *behind = strncmp(spec, "csv:", 4) ? spec : spec + 4; /* the source's name */
    const database *d = database_of(behind);
    return d && d->check ? d->check(behind, err) : MICA_OK;
}

static mica_status run(const database *d, void *connection, const char *query, const char *spec,
                       mica_table **out, mica_error *err) {
    return database_ask(&(database_writer){d, (char *)spec, connection}, query, out, err);
}

/* ---- which query ---- */

/* A name as it is, quoted as standard SQL does; with `parts` a.b is "a"."b". */
static void add_quoted(strbuf *t, const char *name, bool parts) {
    strbuf_put(t, "\"", 1);
    for (; *name; name++) {
        if (parts && *name == '.') strbuf_put(t, "\".\"", 3);
        else strbuf_put(t, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    }
    strbuf_put(t, "\"", 1);
}

/* The name of the only table; an error that lists them where there are others. */
static mica_status only_table(const mica_table *tables, const char *spec, strbuf *out,
                              mica_error *err) {
    char name[256];
    strbuf list = {0};
    if (tables->rows == 1) {
        mica_table_text(tables, 0, 0, name, sizeof name);
        add_quoted(out, name, false);
        return MICA_OK;
    }
    for (int64_t i = 0; i < tables->rows && i < 20; i++) {
        mica_table_text(tables, 0, i, name, sizeof name);
        strbuf_add(&list, "%s%s", i ? ", " : "", name);
    }
    mica_status status = fail(err, MICA_VALUE,
                              "%s: neither query nor table says what to read; its tables are: %s%s",
                              spec, list.data ? list.data : "none", tables->rows > 20 ? ", …" : "");
    strbuf_free(&list);
    return status;
}

static mica_status make_query(const database *d, void *connection, const database_request *r,
                              strbuf *out, mica_error *err) {
    mica_table *tables = NULL;
    mica_status status = MICA_OK;
    if (r->query) {
        strbuf_add(out, "%s", r->query);
    } else {
        strbuf_add(out, "SELECT * FROM ");
        if (r->table) add_quoted(out, r->table, true);
        else status = run(d, connection, d->tables, r->spec, &tables, err);
        if (tables) status = only_table(tables, r->spec, out, err);
        mica_table_destroy(&tables);
    }
    return status == MICA_OK && out->failed ? fail_no_memory(err, r->spec) : status;
}

/* ---- the whole ---- */

static mica_status check(const database *d, const database_request *r, mica_error *err) {
    TRY(database_check(r->spec, err));
    if (r->query && r->table)
        return fail(err, MICA_VALUE, "%s: query and table are both given, expected one", r->spec);
    if (r->query && !r->query[strspn(r->query, " \t\r\n;")])
        return fail(err, MICA_VALUE, "%s: the query is empty", r->spec);
    if (r->password_file && !d->takes_password_file)
        return fail(err, MICA_VALUE, "%s: password_file, but %s has no passwords", r->spec,
                    d->name);
    return MICA_OK;
}

mica_status database_begin(const database_request *r, const database **kind, void **connection,
                           char **query, mica_error *err) {
    const database *d = *kind = database_of(r->spec);
    strbuf text = {0};
    *connection = NULL, *query = NULL;
    if (!d) return fail(err, MICA_INTERNAL, "%s: no database", r->spec);
    TRY(check(d, r, err));
    TRY(d->open(r, strchr(r->spec, ':') + 1, connection, err));
    mica_status status = make_query(d, *connection, r, &text, err);
    if (status == MICA_OK) return *query = text.data, MICA_OK;
    strbuf_free(&text);
    d->close(*connection);
    *connection = NULL;
    return status;
}

mica_status database_read(const database_request *r, mica_table **out, mica_error *err) {
    const database *d;
    void *connection;
    char *query;
    TRY(database_begin(r, &d, &connection, &query, err));
    mica_status status = run(d, connection, query, r->spec, out, err);
    free(query);
    d->close(connection);
    return status;
}

bool sql_is_blank(const char *sql) {
    while (*sql) {
        const char *end;
        sql += strspn(sql, " \t\r\n;");
        if (!strncmp(sql, "--", 2)) sql += strcspn(sql, "\n");
        else if (!strncmp(sql, "/*", 2) && (end = strstr(sql + 2, "*/"))) sql = end + 2;
        else return !*sql;
    }
    return true;
}

void table_digest(const mica_table *t, sha256 *h) {
    sha256_add(h, &t->rows, sizeof t->rows);
    for (int i = 0; i < t->count; i++) {
        const table_column *c = &t->column[i];
        const char *type = mica_column_type_name(c->type);
        sha256_add(h, c->name, strlen(c->name) + 1);
        sha256_add(h, type, strlen(type) + 1);
        sha256_add(h, c->cells, (size_t)t->rows * cell_size(c->type));
        if (!is_text(c->type)) continue;
        sha256_add(h, c->texts.offset, ((size_t)c->texts.count + 1) * sizeof *c->texts.offset);
        sha256_add(h, c->texts.bytes, (size_t)c->texts.offset[c->texts.count]);
    }
}
