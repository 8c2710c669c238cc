/* Several tables as one: see table_list.h. Each is read by itself; where a column's cells are texts
 * in one and something else in another, the other is read again with texts there, so that 1.0 stays
 * 1.0 as it would in one file. */
#include "data/table_list.h"

#include "data/database.h"
#include "table/append.h"
#include "table/blocks.h"
#include "table/cell.h"

#include <stdlib.h>
#include <string.h>

/* ---- the same columns ---- */

static mica_status fail_columns(const char *has, const char *lacks, const char *column,
                                mica_error *err) {
    return fail(err, MICA_NAME,
                "%s has a column '%s', which %s lacks: expected the same columns in tables that "
                "are read as one",
                has, column, lacks);
}

static mica_status check_columns(const table_list_request *r, mica_table *const *tables,
                                 mica_error *err) {
    const mica_table *first = tables[0];
    for (int k = 1; k < r->count; k++) {
        for (int i = 0; i < first->count; i++)
            if (mica_table_find(tables[k], first->column[i].name) < 0)
                return fail_columns(r->paths[0], r->paths[k], first->column[i].name, err);
        for (int i = 0; i < tables[k]->count; i++)
            if (mica_table_find(first, tables[k]->column[i].name) < 0)
                return fail_columns(r->paths[k], r->paths[0], tables[k]->column[i].name, err);
    }
    return MICA_OK;
}

/* ---- the same types ---- */

static table_column *column_of(const mica_table *t, const char *name) {
    return &t->column[mica_table_find(t, name)];
}

/* Texts of a query are texts, whatever they look like. */
static int seen_in(const char *path, const table_column *c) {
    return is_text(c->type) && is_database(path) ? CELL_TEXT : column_seen(c);
}

static mica_status look(const table_list_request *r, mica_table *const *tables, int *seen,
                        mica_error *err) {
    for (int i = 0; i < tables[0]->count; i++)
        for (int k = 0; k < r->count; k++) {
            const int here = seen_in(r->paths[k], column_of(tables[k], tables[0]->column[i].name));
            if (here < 0) return fail_no_memory(err, r->name);
            seen[i] |= here;
        }
    return MICA_OK;
}

/* The name as a pattern that no other one matches; the arena's. */
static const char *as_pattern(arena *a, const char *name) {
    char *out = arena_take(a, 2 * strlen(name) + 1), *to = out;
    for (const char *at = name; out && *at; *to++ = *at++)
        if (strchr("*?[]\\", *at)) *to++ = '\\';
    if (out) *to = 0;
    return out;
}

static mica_status add_text(const table_list_request *r, int k, const table_column *c, arena *a,
                            mica_table_options *o, mica_error *err) {
    mica_texts *texts = &o->text_columns;
    if (is_database(r->paths[k]))
        return fail(err, MICA_TYPE,
                    "column %s is %s in %s and something else in another of %s: expected one type",
                    c->name, mica_column_type_name(c->type), r->paths[k], r->name);
    if (texts->count == (int)LENGTH(texts->values))
        return fail(err, MICA_UNSUPPORTED,
                    "%s: more than %zu columns hold texts in one of them and none in another, as "
                    "%s in %s",
                    r->name, LENGTH(texts->values), c->name, r->paths[k]);
    const char *pattern = as_pattern(a, c->name);
    if (!pattern) return fail_no_memory(err, r->name);
    texts->values[texts->count++] = pattern;
    return MICA_OK;
}

static mica_status read_texts(const table_list_request *r, int k, const mica_table *first,
                              const int *seen, mica_table **t, mica_error *err) {
    arena a = {0};
    mica_table_options o = *r->options;
    const int given = o.text_columns.count;
    mica_status status = MICA_OK;
    for (int i = 0; i < first->count && status == MICA_OK; i++) {
        const table_column *c = column_of(*t, first->column[i].name);
        if (is_text(cell_type(seen[i])) && !is_text(c->type) && c->type != MICA_COLUMN_MISSING)
            status = add_text(r, k, c, &a, &o, err);
    }
    if (status == MICA_OK && o.text_columns.count > given) {
        mica_table_destroy(t);
        status = r->read(r->arg, r->paths[k], &o, t, err);
    }
    arena_free(&a);
    return status;
}

/* ---- the whole ---- */

static mica_status read_all(const table_list_request *r, mica_table **tables, mica_error *err) {
    for (int k = 0; k < r->count; k++)
        TRY(r->read(r->arg, r->paths[k], r->options, &tables[k], err));
    return check_columns(r, tables, err);
}

static mica_status append(const table_list_request *r, mica_table **tables, mica_table **out,
                          mica_error *err) {
    TRY(read_all(r, tables, err));
    /* Which columns have been declared as texts is told by what the options say, not by what is
     * read again here. */
    mica_table *head = table_head(tables[0]);
    int *seen = allocate((size_t)tables[0]->count + 1, sizeof *seen);
    mica_status status = head && seen ? look(r, tables, seen, err) : fail_no_memory(err, r->name);
    for (int k = 0; k < r->count && status == MICA_OK; k++)
        status = read_texts(r, k, head, seen, &tables[k], err);
    if (status == MICA_OK) status = check_columns(r, tables, err);
    for (int k = 0; k < r->count && status == MICA_OK; k++) r->rows[k] = tables[k]->rows;
    if (status == MICA_OK) status = tables_append(tables, r->count, head, seen, out, err);
    mica_table_destroy(&head);
    free(seen);
    return status;
}

mica_status table_list_read(const table_list_request *r, mica_table **out, mica_error *err) {
    mica_table **tables = allocate((size_t)r->count, sizeof(mica_table *));
    if (!tables) return fail_no_memory(err, r->name);
    mica_status status = append(r, tables, out, err);
    for (int k = 0; k < r->count; k++) mica_table_destroy(&tables[k]);
    free(tables);
    return status;
}
