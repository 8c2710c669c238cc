/* JSON Lines: see jsonl.h. */
#include "codec/jsonl.h"

#include "base/config.h"
#include "base/index.h"
#include "base/strbuf.h"
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
    arena texts; /* keys and cells */
    char **key;
    size_t keys, key_room;
    hash_index by_key;
    value *values;
    size_t count, room;
    int64_t rows;
} reading;

/* The column of a key, a new one where it is new; -1: no memory. */
static int column_of(reading *r, const char *key) {
    uint64_t hash = hash_bytes(HASH_BEGIN, key, strlen(key));
    size_t at = 0;
    for (int i; (i = index_next(&r->by_key, hash, &at)) >= 0;)
        if (!strcmp(r->key[i], key)) return i;
    char *kept = arena_text(&r->texts, key);
    if (!kept || !grow(&r->key, &r->key_room, r->keys + 1, sizeof *r->key) ||
        !index_add(&r->by_key, hash, (int)r->keys))
        return -1;
    r->key[r->keys] = kept;
    return (int)r->keys++;
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
    char *kept = arena_take(&r->texts, *length + 16);
    if (kept) memcpy(kept + 8, text, *length);
    free(own);
    return kept ? kept + 8 : NULL;
}

static bool add_value(reading *r, const char *key, const json_t *v) {
    int column = column_of(r, key);
    if (column < 0) return false;
    if (json_is_null(v)) return true;
    if (!grow(&r->values, &r->room, r->count + 1, sizeof *r->values)) return false;
    value *to = &r->values[r->count++];
    *to = (value){.row = r->rows, .column = column};
    to->cell.at = text_of(r, v, &to->cell.length);
    return to->cell.at != NULL;
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
            if (status == MICA_OK && !add_value(r, key, v)) status = fail_no_memory(err, r->name);
        }
    json_decref(object);
    r->rows++;
    return status;
}

static mica_status read_lines(reading *r, const text_file *text, mica_error *err) {
    const char *at = text->bytes, *end = at + text->size;
    for (int64_t line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)(stop - at), blanks = 0;
        while (blanks < length && strchr(" \t\r", at[blanks])) blanks++;
        if (blanks < length) TRY(add_line(r, at, length, line, err));
        at = stop + 1;
    }
    if (!r->rows)
        return fail(err, MICA_FORMAT, "%s: the file is empty, expected an object a line", r->name);
    return MICA_OK;
}

static mica_status make_table(reading *r, mica_table **out, mica_error *err) {
    const double most = 64.0 * (double)r->count + (1 << 24); /* what the file's bytes justify */
    if ((double)r->rows * (double)r->keys > most)
        return fail(err, MICA_FORMAT, "%s: nearly all of %lld rows times %zu columns are missing",
                    r->name, (long long)r->rows, r->keys);
    cell *cells = allocate(r->keys * (size_t)r->rows + 1, sizeof *cells);
    mica_table *t = *out = table_new((int)r->keys);
    if (!cells || !t) {
        free(cells);
        return fail_memory(err, r->keys * (size_t)r->rows * sizeof *cells, r->name);
    }
    for (size_t i = 0; i < r->count; i++)
        cells[r->values[i].column * r->rows + r->values[i].row] = r->values[i].cell;
    mica_status status = table_of_cells(t, cells, r->rows, r->name, err);
    free(cells);
    for (size_t i = 0; i < r->keys && status == MICA_OK; i++)
        if (!table_set_name(t, (int)i, r->key[i], strlen(r->key[i])))
            status = fail_no_memory(err, r->name);
    return status;
}

mica_status jsonl_decode(const text_file *text, const char *name, mica_table **out,
                         mica_error *err) {
    reading r = {.name = name};
    mica_table *t = NULL;
    mica_status status = read_lines(&r, text, err);
    if (status == MICA_OK) status = make_table(&r, &t, err);
    arena_free(&r.texts);
    index_free(&r.by_key);
    free(r.key);
    free(r.values);
    if (status == MICA_OK) *out = t;
    else mica_table_destroy(&t);
    return status;
}
