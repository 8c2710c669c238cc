/* Queries of databases in blocks of rows: see database.h. A query is run again for each pass, or
 * the server keeps its rows; either way all passes are of one state of the database. What may still
 * differ is what a query makes up (random(), 'now'): each column has a print of all its values, and
 * a pass that gives other ones than the first is an error. */
#include "data/database.h"

#include "table/row_source.h"

#include <stdlib.h>
#include <string.h>

typedef struct query_source {
    const database *kind;
    void *connection, *rows;
    size_t each; /* bytes of a block, about */
    int64_t passed;
    bool given, ended;    /* a block, all of them, since the begin */
    column_state *states; /* of each column, so far in this pass */
    column_state *whole;  /* after the pass that looked for types */
    int64_t all;          /* rows of that pass; -1: it is not over */
} query_source;

static void query_close(query_source *q) {
    q->kind->finish(q->rows);
    if (q->connection) q->kind->close(q->connection);
    free(q->states), free(q->whole);
    free(q);
}

static void close_source(row_source *s) { query_close(s->state); }

static mica_status fail_other(const row_source *s, mica_error *err) {
    return fail(err, MICA_IO,
                "%s: the query gave other rows when it was gone through again. Of more rows than "
                "are held it must give the same ones in the same order each time: without "
                "random() or the time of now; else make a table of it first, and read that",
                s->name);
}

/* ---- a block ---- */

/* Rows until it is full; *end: there are no more. */
static mica_status read_rows(query_source *q, const bool *wanted, size_t most, table_builder *b,
                             bool *end, mica_error *err) {
    *end = false;
    while (!*end && builder_bytes(b) <= most) TRY(q->kind->row(q->rows, wanted, b, end, err));
    return MICA_OK;
}

static mica_status read_block(query_source *q, row_source *s, const row_reading *how,
                              table_builder *b, mica_table **block, bool *end, mica_error *err) {
    TRY(q->kind->columns(q->rows, b, err));
    builder_go_on(b, q->states, q->passed, how->typed ? s->head : NULL);
    TRY(read_rows(q, how->typed ? how->wanted : NULL, q->each, b, end, err));
    TRY(builder_end(b, block, err));
    for (int i = 0; i < s->head->count && !how->typed; i++) s->seen[i] = q->states[i].seen;
    return MICA_OK;
}

/* ---- passes ---- */

/* The names, from a table without rows. */
static mica_status make_head(query_source *q, row_source *s, mica_error *err) {
    table_builder b = {0};
    mica_status status = q->kind->columns(q->rows, &b, err);
    if (status == MICA_OK) status = builder_end(&b, &s->head, err);
    builder_free(&b);
    TRY(status);
    const size_t count = (size_t)s->head->count + 1;
    s->seen = allocate(count, sizeof *s->seen);
    q->states = allocate(count, sizeof *q->states);
    q->whole = allocate(count, sizeof *q->whole);
    return s->seen && q->states && q->whole ? MICA_OK : fail_no_memory(err, s->name);
}

static mica_status begin(row_source *s, mica_error *err) {
    query_source *q = s->state;
    if (!s->head) TRY(make_head(q, s, err));
    q->passed = 0;
    q->given = q->ended = false;
    for (int i = 0; i < s->head->count; i++) { /* columns are what they are as a whole */
        q->states[i] = q->all < 0 ? (column_state){0} : q->whole[i];
        q->states[i].print = 0;
    }
    return q->kind->rewind(q->rows, err);
}

/* A pass is over. */
static mica_status compare(query_source *q, const row_source *s, const bool *wanted,
                           mica_error *err) {
    if (q->all < 0) {
        memcpy(q->whole, q->states, (size_t)s->head->count * sizeof *q->whole);
        q->all = q->passed;
        return MICA_OK;
    }
    bool same = q->passed == q->all;
    for (int i = 0; i < s->head->count; i++)
        same = same && ((wanted && !wanted[i]) || q->states[i].print == q->whole[i].print);
    return same ? MICA_OK : fail_other(s, err);
}

static mica_status next(row_source *s, const row_reading *how, mica_table **block,
                        mica_error *err) {
    query_source *q = s->state;
    table_builder b = {0};
    *block = NULL;
    if (q->ended) return MICA_OK;
    mica_status status = read_block(q, s, how, &b, block, &q->ended, err);
    const bool other = b.changed;
    builder_free(&b);
    if (status != MICA_OK) return other ? fail_other(s, err) : status;
    q->passed += (*block)->rows;
    if (q->ended) status = compare(q, s, how->typed ? how->wanted : NULL, err);
    else if (q->all >= 0 && q->passed > q->all) status = fail_other(s, err);
    if (status != MICA_OK || (q->ended && q->given && !(*block)->rows)) mica_table_destroy(block);
    q->given = true;
    return status;
}

/* ---- the whole ---- */

/* All of it where it is small. */
static mica_status hold(query_source *q, size_t most, table_blocks *out, mica_error *err) {
    table_builder b = {0};
    mica_table *t = NULL;
    bool end = false;
    mica_status status = q->kind->columns(q->rows, &b, err);
    if (status == MICA_OK) status = read_rows(q, NULL, most, &b, &end, err);
    if (status == MICA_OK && end) status = builder_end(&b, &t, err);
    builder_free(&b);
    if (t && (status = blocks_take_table(t, out, err)) != MICA_OK) mica_table_destroy(&t);
    return status;
}

/* One that can only be run. */
static mica_status hold_run(query_source *q, const char *query, const char *spec, table_blocks *out,
                            mica_error *err) {
    database_writer w = {q->kind, (char *)spec, q->connection};
    mica_table *t;
    TRY(database_ask(&w, query, &t, err));
    mica_status status = blocks_take_table(t, out, err);
    if (status != MICA_OK) mica_table_destroy(&t);
    return status;
}

/* The source takes the query. */
static mica_status go_through(query_source **q, const char *spec, table_blocks *out,
                              mica_error *err) {
    row_source s = {.name = strdup(spec), .state = *q, .begin = begin, .next = next};
    if (!s.name) return fail_no_memory(err, spec);
    s.close = close_source;
    *q = NULL;
    return blocks_of_source(&s, out, err);
}

mica_status database_blocks(const database_request *r, size_t each, size_t most, table_blocks *out,
                            mica_error *err) {
    query_source *q = allocate(1, sizeof *q);
    char *query = NULL;
    *out = (table_blocks){0};
    if (!q) return fail_no_memory(err, r->spec);
    q->each = each, q->all = -1;
    mica_status status = database_begin(r, &q->kind, &q->connection, &query, err);
    if (status != MICA_OK) return free(q), status;
    status = q->kind->query(q->connection, query, r->spec, &q->rows, err);
    if (status == MICA_OK && !q->rows) status = hold_run(q, query, r->spec, out, err);
    else if (status == MICA_OK) status = hold(q, most, out, err);
    if (status == MICA_OK && !out->state) status = go_through(&q, r->spec, out, err);
    if (q) query_close(q);
    free(query);
    return status;
}
