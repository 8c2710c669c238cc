/* JSON Lines: see jsonl.h. */
#include "codec/jsonl.h"

#include "base/config.h"
#include "base/index.h"
#include "base/strbuf.h"
#include "codec/text_table.h"
#include "table/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cells come row by row: each is its column and text, and knows its row. */
typedef struct value {
    int64_t row;
    int column;
    cell cell;
} value;

typedef struct reading {
    const char *name;
    arena names, texts; /* keys; cells */
    char **key;
    size_t keys, key_room;
    hash_index by_key;
    value *values;
    size_t count, room;
    int64_t rows;
    mica_texts declared; /* see csv_options */
    bool closed;         /* all keys are known */
    const bool *wanted;  /* columns; the cells of others are left out; NULL: all */
} reading;

/* The column of a key, a new one where it is new. */
static mica_status column_of(reading *r, const char *key, int *out, mica_error *err) {
    uint64_t hash = hash_bytes(HASH_BEGIN, key, strlen(key));
    size_t at = 0;
    for (int i; (i = index_next(&r->by_key, hash, &at)) >= 0;)
        if (!strcmp(r->key[i], key)) return *out = i, MICA_OK;
    if (r->closed) return fail(err, MICA_IO, "%s: it changed while it was read", r->name);
    char *kept = arena_text(&r->names, key);
    if (!kept || !grow(&r->key, &r->key_room, r->keys + 1, sizeof *r->key) ||
        !index_add(&r->by_key, hash, (int)r->keys))
        return fail_no_memory(err, r->name);
    r->key[r->keys] = kept;
    *out = (int)r->keys++;
    return MICA_OK;
}

/* The text of a value; NULL without memory. Its room has the margins that cells need. */
static char *text_of(reading *r, const json_t *v, size_t *length) {
    char number[32];
    char *own = NULL;
    const char *text = number;
    if (json_is_string(v)) text = json_string_value(v);
    else if (json_is_boolean(v)) text = json_is_true(v) ? "True" : "False";
    else if (json_is_integer(v))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v)) format_real(number, json_real_value(v));
    else if (!(text = own = config_text(v))) return NULL;
    if (json_is_real(v) && !strpbrk(number, ".en")) { /* a real stays one */
        size_t n = strlen(number);
        snprintf(number + n, sizeof number - n, ".0");
    }
    *length = json_is_string(v) ? json_string_length(v) : strlen(text);
    char *kept = arena_take(&r->texts, *length + 2 * CELL_MARGIN);
    if (kept) memcpy(kept + CELL_MARGIN, text, *length);
    free(own);
    return kept ? kept + CELL_MARGIN : NULL;
}

static mica_status add_value(reading *r, const char *key, const json_t *v, mica_error *err) {
    int column = 0;
    TRY(column_of(r, key, &column, err));
    if (json_is_null(v) || (r->wanted && !r->wanted[column])) return MICA_OK;
    if (!grow(&r->values, &r->room, r->count + 1, sizeof *r->values))
        return fail_no_memory(err, r->name);
    value *to = &r->values[r->count++];
    *to = (value){.row = r->rows, .column = column};
    to->cell.at = text_of(r, v, &to->cell.length);
    return to->cell.at ? MICA_OK : fail_no_memory(err, r->name);
}

static mica_status add_line(reading *r, const char *at, size_t length, int64_t line,
                            mica_error *err) {
    json_error_t where;
    const char *key;
    json_t *v, *object = json_loadb(at, length, JSON_DECODE_ANY, &where);
    if (!object)
        return fail(err, MICA_FORMAT, "%s:%lld: column %d: %s", r->name, (long long)line,
                    where.column, where.text);
    mica_status status = MICA_OK;
    if (!json_is_object(object))
        status = fail(err, MICA_FORMAT, "%s:%lld: %s, expected an object", r->name, (long long)line,
                      config_kind(object));
    else json_object_foreach(object, key, v) {
            if (status == MICA_OK) status = add_value(r, key, v, err);
        }
    json_decref(object);
    r->rows++;
    return status;
}

static mica_status read_lines(reading *r, const text_file *text, mica_error *err) {
    const char *at = text->bytes, *end = at + text->size;
    for (int64_t line = 1 + text->lines; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)(stop - at), blanks = 0;
        while (blanks < length && strchr(" \t\r", at[blanks])) blanks++;
        if (blanks < length) TRY(add_line(r, at, length, line, err));
        at = stop + 1;
    }
    return MICA_OK;
}

static mica_status fail_empty(const char *name, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: the file is empty, expected an object a line", name);
}

/* ---- tables ---- */

/* A table with names, without rows. */
static mica_status make_head(const reading *r, mica_table **out, mica_error *err) {
    mica_table *t = table_new((int)r->keys);
    for (size_t i = 0; i < r->keys && t; i++)
        if (table_set_name(t, (int)i, r->key[i], strlen(r->key[i])))
            t->column[i].declared = table_is_named(&r->declared, t->column[i].name);
        else mica_table_destroy(&t);
    *out = t;
    return t ? MICA_OK : fail_no_memory(err, r->name);
}

/* The rows that were read, in t; types NULL: they are looked for. */
static mica_status fill_table(const reading *r, mica_table *t, const cell_reading *how,
                              mica_error *err) {
    const double most = 64.0 * (double)r->count + (1 << 24); /* what the file's bytes justify */
    if ((double)r->rows * (double)r->keys > most)
        return fail(err, MICA_FORMAT, "%s: nearly all of %lld rows times %zu columns are missing",
                    r->name, (long long)r->rows, r->keys);
    cell *cells = allocate(r->keys * (size_t)r->rows + 1, sizeof *cells);
    if (!cells) return fail_memory(err, r->keys * (size_t)r->rows * sizeof *cells, r->name);
    for (size_t i = 0; i < r->count; i++)
        cells[r->values[i].column * r->rows + r->values[i].row] = r->values[i].cell;
    mica_status status = table_of_cells(t, cells, r->rows, how, r->name, err);
    free(cells);
    return status;
}

static mica_status make_table(const reading *r, const cell_reading *how, mica_table **out,
                              mica_error *err) {
    mica_table *t;
    TRY(make_head(r, &t, err));
    mica_status status = fill_table(r, t, how, err);
    if (status == MICA_OK) *out = t;
    else mica_table_destroy(&t);
    return status;
}

static void reading_free(reading *r) {
    arena_free(&r->names);
    arena_free(&r->texts);
    index_free(&r->by_key);
    free(r->key);
    free(r->values);
}

static mica_status decode(const text_file *text, const char *name, csv_options o, team *team,
                          mica_table **out, mica_error *err) {
    (void)team;
    reading r = {.name = name, .declared = o.texts};
    mica_status status = read_lines(&r, text, err);
    if (status == MICA_OK && !r.rows) status = fail_empty(name, err);
    if (status == MICA_OK) status = make_table(&r, &(cell_reading){0}, out, err);
    reading_free(&r);
    return status;
}

mica_status jsonl_decode(const text_file *text, const char *name, mica_table **out,
                         mica_error *err) {
    return decode(text, name, (csv_options){0}, NULL, out, err);
}

/* ---- rows ---- */

typedef struct jsonl_source {
    text_rows rows;
    reading r;
    size_t seen_room;
    bool given;
} jsonl_source;

static const char *rows_end(const void *arg, const char *begin, const char *end) {
    (void)arg;
    const char *last = memrchr(begin, '\n', (size_t)(end - begin));
    return last ? last + 1 : NULL;
}

static mica_status begin(row_source *s, mica_error *err) {
    jsonl_source *j = s->state;
    j->given = false;
    if (s->again) { /* the keys were read in a wrong encoding */
        reading_free(&j->r);
        j->r = (reading){.name = s->name, .declared = j->r.declared};
        mica_table_destroy(&s->head);
        free(s->seen);
        s->seen = NULL, j->seen_room = 0;
    }
    if (!s->head) TRY(make_head(&j->r, &s->head, err));
    if (!text_rows_tell(&j->rows, s->head)) return fail_no_memory(err, s->name);
    return text_rows_begin(&j->rows, 0, err);
}

/* The head has a column for each key. */
static mica_status add_keys(jsonl_source *j, row_source *s, mica_error *err) {
    mica_table *head;
    const size_t before = (size_t)s->head->count;
    if (j->r.keys == before) return MICA_OK;
    if (!grow(&s->seen, &j->seen_room, j->r.keys + 1, sizeof *s->seen))
        return fail_no_memory(err, s->name);
    TRY(make_head(&j->r, &head, err));
    for (size_t i = before; i < j->r.keys; i++)
        s->seen[i] = head->column[i].declared ? CELL_TEXT : 0;
    for (size_t i = 0; i < before; i++) head->column[i].missing = s->head->column[i].missing;
    mica_table_destroy(&s->head);
    s->head = head;
    return text_rows_tell(&j->rows, head) ? MICA_OK : fail_no_memory(err, s->name);
}

/* The next stretch that has rows; none at the end. */
static mica_status read_stretch(jsonl_source *j, mica_error *err) {
    arena_clear(&j->r.texts);
    j->r.count = 0, j->r.rows = 0;
    do {
        TRY(text_rows_next(&j->rows, err));
        TRY(read_lines(&j->r, &j->rows.text, err));
    } while (j->rows.text.size && !j->r.rows);
    return MICA_OK;
}

static mica_status next(row_source *s, const row_reading *how, mica_table **block,
                        mica_error *err) {
    jsonl_source *j = s->state;
    *block = NULL;
    j->r.closed = how->typed;
    j->r.wanted = how->wanted;
    TRY(read_stretch(j, err));
    s->again = j->rows.stream.again;
    if (s->again || (!j->r.rows && j->given)) return MICA_OK;
    if (!j->r.rows) return fail_empty(s->name, err);
    j->given = true;
    TRY(add_keys(j, s, err));
    const cell_reading cells = {.seen = how->typed ? NULL : s->seen,
                                .types = how->typed ? s->head : NULL};
    return make_table(&j->r, &cells, block, err);
}

static void close_source(row_source *s) {
    jsonl_source *j = s->state;
    text_rows_close(&j->rows);
    reading_free(&j->r);
    free(j);
}

static mica_status open_rows(text_rows *text, csv_options o, team *team, row_source *out,
                             mica_error *err) {
    (void)team;
    jsonl_source *j = allocate(1, sizeof *j);
    *out = (row_source){.name = strdup(text->name), .state = j, .begin = begin, .next = next};
    if (!j || !out->name) {
        free(j);
        text_rows_close(text);
        return fail_no_memory(err, "rows of a table");
    }
    *j = (jsonl_source){.rows = *text, .r = {.name = out->name, .declared = o.texts}};
    j->rows.each = (text->each + 3) / 4; /* cells and texts of lines take several times as much */
    j->rows.rows_end = rows_end;
    *text = (text_rows){0};
    out->close = close_source;
    return MICA_OK;
}

const text_table table_jsonl = {.name = "jsonl",
                                .endings = {{".jsonl", 0}, {".ndjson", 0}},
                                .held = 8,
                                .decode = decode,
                                .open_rows = open_rows};
