/* Tables: see table.h and mica/table.h. */
#include "table/table.h"

#include "base/strbuf.h"
#include "table/calendar.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mica_column_type_name(mica_column_type type) {
    static const char *const names[] = {"missing", "boolean",  "integer", "number",
                                        "date",    "category", "text"};
    return (size_t)type < LENGTH(names) ? names[type] : "unknown";
}

size_t cell_size(mica_column_type type) {
    static const size_t sizes[] = {0, 1, 8, 8, 8, 4, 4};
    return sizes[type];
}

mica_table *table_new(int columns) {
    mica_table *t = allocate(1, sizeof *t);
    if (!t) return NULL;
    t->column = allocate((size_t)columns + 1, sizeof *t->column);
    t->count = columns;
    if (t->column) return t;
    free(t);
    return NULL;
}

void column_clear(mica_table *t, int i) {
    table_column *c = &t->column[i];
    char *at = c->cells, *block = t->block;
    if (!block || at < block || at >= block + t->block_size) release_aligned(at);
    c->cells = NULL;
    free(c->texts.offset);
    free(c->texts.bytes);
    c->texts = (table_texts){0};
}

void mica_table_destroy(mica_table **table) {
    mica_table *t = table ? *table : NULL;
    if (!t) return;
    for (int i = 0; i < t->count; i++) column_clear(t, i);
    release_aligned(t->block);
    index_free(&t->by_name);
    arena_free(&t->names);
    free(t->column);
    free(t);
    *table = NULL;
}

/* ---- names ---- */

int mica_table_find(const mica_table *t, const char *name) {
    size_t at = 0;
    if (!t || !name) return -1;
    uint64_t hash = hash_bytes(HASH_BEGIN, name, strlen(name));
    for (int i; (i = index_next(&t->by_name, hash, &at)) >= 0;)
        if (!strcmp(t->column[i].name, name)) return i;
    return -1;
}

bool table_set_encoding(mica_table *t, const char *encoding, bool guessed) {
    t->guessed = guessed;
    t->encoding = encoding ? arena_text(&t->names, encoding) : NULL;
    return t->encoding || !encoding;
}

bool table_set_name(mica_table *t, int i, const char *name, size_t length) {
    strbuf text = {0};
    if (length) strbuf_put(&text, name, length);
    else strbuf_add(&text, "Unnamed: %d", i);
    size_t plain = text.length;
    for (int n = 1; !text.failed && mica_table_find(t, text.data) >= 0; n++) {
        text.length = plain;
        strbuf_add(&text, ".%d", n);
    }
    char *kept = text.failed ? NULL : arena_text(&t->names, text.data);
    if (kept) t->column[i].name = kept;
    bool ok = kept && index_add(&t->by_name, hash_bytes(HASH_BEGIN, kept, strlen(kept)), i);
    strbuf_free(&text);
    return ok;
}

bool table_is_named(const mica_texts *names, const char *column) {
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->values[i], column) || !fnmatch(names->values[i], column, 0)) return true;
    return false;
}

/* ---- cells ---- */

int64_t mica_table_rows(const mica_table *t) { return t ? t->rows : 0; }
int mica_table_columns(const mica_table *t) { return t ? t->count : 0; }
const char *mica_table_report(const mica_table *t) { return t ? t->report : NULL; }

const char *mica_table_name(const mica_table *t, int column) {
    return t && column >= 0 && column < t->count ? t->column[column].name : NULL;
}

mica_column_type mica_table_type(const mica_table *t, int column) {
    return t && column >= 0 && column < t->count ? t->column[column].type : MICA_COLUMN_MISSING;
}

/* NULL where there is no such cell. */
static const table_column *column_with(const mica_table *t, int column, int64_t row) {
    bool there = t && column >= 0 && column < t->count && row >= 0 && row < t->rows;
    return there ? &t->column[column] : NULL;
}

bool mica_table_is_missing(const mica_table *t, int column, int64_t row) {
    const table_column *c = column_with(t, column, row);
    if (!c) return true;
    switch (c->type) {
    case MICA_COLUMN_MISSING: return true;
    case MICA_COLUMN_BOOLEAN: return ((int8_t *)c->cells)[row] < 0;
    case MICA_COLUMN_NUMBER: return isnan(((double *)c->cells)[row]);
    case MICA_COLUMN_INTEGER:
    case MICA_COLUMN_DATE: return ((int64_t *)c->cells)[row] == MISSING_INTEGER;
    default: return ((int32_t *)c->cells)[row] < 0;
    }
}

double mica_table_number(const mica_table *t, int column, int64_t row) {
    const table_column *c = column_with(t, column, row);
    if (!c || mica_table_is_missing(t, column, row) || is_text(c->type)) return NAN;
    switch (c->type) {
    case MICA_COLUMN_BOOLEAN: return ((int8_t *)c->cells)[row];
    case MICA_COLUMN_NUMBER: return ((double *)c->cells)[row];
    case MICA_COLUMN_DATE: return (double)((int64_t *)c->cells)[row] / 1e6;
    default: return (double)((int64_t *)c->cells)[row];
    }
}

size_t mica_table_text(const mica_table *t, int column, int64_t row, char *text, size_t limit) {
    const table_column *c = column_with(t, column, row);
    char own[64] = "";
    const char *from = own;
    size_t length = 0;
    if (!c || mica_table_is_missing(t, column, row)) c = NULL;
    else if (is_text(c->type)) from = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
    else if (c->type == MICA_COLUMN_INTEGER)
        length = format_integer(own, ((int64_t *)c->cells)[row]);
    else if (c->type == MICA_COLUMN_NUMBER) format_real(own, ((double *)c->cells)[row]);
    else if (c->type == MICA_COLUMN_DATE)
        date_format(((int64_t *)c->cells)[row], c->timed, c->zoned, own);
    else snprintf(own, sizeof own, "%s", ((int8_t *)c->cells)[row] ? "True" : "False");
    if (from == own && !length) length = strlen(own);
    if (limit && text) {
        size_t n = length < limit - 1 ? length : limit - 1;
        memcpy(text, from, n);
        text[n] = 0;
    }
    return length;
}
