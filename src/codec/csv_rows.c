/* CSV as rows: see csv_rows.h. */
#include "codec/csv_rows.h"

#include "codec/csv_inside.h"

#include <stdlib.h>

enum { HEAD = 1 << 20 }; /* bytes in which the separator and the names are looked for, at first */

typedef struct csv_source {
    text_rows rows;
    csv_options options;
    csv_text csv;
    team *team;
    size_t first; /* where the rows begin */
    bool given;   /* a block, since the begin */
} csv_source;

static const char *rows_end(const void *arg, const char *begin, const char *end) {
    return csv_rows_end(arg, begin, end);
}

/* ---- the head ---- */

/* The names from the first bytes, of which no line is cut; *told false: more are needed. */
static mica_status look_for_names(csv_source *c, bool all, mica_table **head, bool *told,
                                  mica_error *err) {
    const text_rows *r = &c->rows;
    const char *begin, *end = r->filled ? memrchr(r->text.bytes, '\n', r->filled) : NULL;
    *told = all;
    if (!end && !all) return MICA_OK;
    text_file front = {.bytes = r->text.bytes, .size = end ? (size_t)(end + 1 - r->text.bytes) : 0};
    c->csv = (csv_text){.text = &front, .name = r->name};
    mica_status status = csv_head(&c->csv, c->options, head, &begin, all ? err : NULL);
    c->csv.text = &r->text;
    if (status != MICA_OK) return all || status == MICA_MEMORY ? status : MICA_OK;
    *told = true;
    c->first = (size_t)(begin - r->text.bytes);
    return MICA_OK;
}

static mica_status read_head(csv_source *c, row_source *s, mica_error *err) {
    bool all, told = false;
    mica_table_destroy(&s->head);
    TRY(text_rows_begin(&c->rows, 0, err));
    for (size_t until = c->rows.each > HEAD ? c->rows.each : HEAD; !told; until *= 2) {
        TRY(text_rows_fill(&c->rows, until, &all, err));
        if (c->rows.stream.again) return read_head(c, s, err); /* once: now it is known */
        TRY(look_for_names(c, all, &s->head, &told, err));
    }
    c->rows.text.size = c->first;
    if (!text_rows_tell(&c->rows, s->head)) return fail_no_memory(err, s->name);
    free(s->seen);
    s->seen = allocate((size_t)s->head->count + 1, sizeof *s->seen);
    if (!s->seen) return fail_no_memory(err, s->name);
    for (int i = 0; i < s->head->count; i++)
        s->seen[i] = s->head->column[i].declared ? CELL_TEXT : 0;
    return MICA_OK;
}

/* ---- rows ---- */

static mica_status begin(row_source *s, mica_error *err) {
    csv_source *c = s->state;
    c->given = false;
    if (!s->head || s->again) return read_head(c, s, err);
    return text_rows_begin(&c->rows, c->first, err);
}

static mica_status parse(csv_source *c, row_source *s, const row_reading *how, mica_table **out,
                         mica_error *err) {
    mica_table *t = table_head(s->head);
    if (!t) return fail_no_memory(err, s->name);
    const csv_reading reading = {
        .seen = how->typed ? NULL : s->seen, .typed = how->typed, .wanted = how->wanted};
    mica_status status = csv_rows(&c->csv, c->rows.text.bytes, c->team, t, &reading, err);
    for (int i = 0; i < t->count && how->typed; i++) {
        const table_column *all = &s->head->column[i];
        t->column[i].type = all->type; /* a category, or a text, as in the whole */
        t->column[i].timed = all->timed, t->column[i].zoned = all->zoned;
    }
    if (status == MICA_OK) *out = t;
    else mica_table_destroy(&t);
    return status;
}

static mica_status next(row_source *s, const row_reading *how, mica_table **block,
                        mica_error *err) {
    csv_source *c = s->state;
    *block = NULL;
    TRY(text_rows_next(&c->rows, err));
    s->again = c->rows.stream.again;
    if (s->again || (!c->rows.text.size && c->given)) return MICA_OK;
    c->given = true;
    return parse(c, s, how, block, err);
}

static void close_source(row_source *s) {
    csv_source *c = s->state;
    text_rows_close(&c->rows);
    free(c);
}

mica_status csv_open_rows(text_rows *text, csv_options o, team *team, row_source *out,
                          mica_error *err) {
    csv_source *c = allocate(1, sizeof *c);
    *out = (row_source){.name = strdup(text->name), .state = c, .begin = begin, .next = next};
    if (!c || !out->name) {
        free(c);
        text_rows_close(text);
        return fail_no_memory(err, "rows of a table");
    }
    *c = (csv_source){.rows = *text, .options = o, .team = team};
    c->rows.rows_end = rows_end, c->rows.arg = &c->csv;
    *text = (text_rows){0};
    out->close = close_source;
    return MICA_OK;
}
