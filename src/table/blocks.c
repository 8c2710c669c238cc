/* Tables in blocks: see blocks.h. Here those of a table in memory, and gathering columns. */
#include "table/blocks.h"

#include "table/edit.h"

#include <stdlib.h>
#include <string.h>

mica_table *table_head(const mica_table *t) {
    mica_table *head = table_new(t->count);
    for (int i = 0; i < t->count && head; i++) {
        const table_column *c = &t->column[i];
        head->column[i].type = c->type, head->column[i].missing = c->missing;
        head->column[i].timed = c->timed, head->column[i].zoned = c->zoned;
        head->column[i].declared = c->declared;
        if (!table_set_name(head, i, c->name, strlen(c->name))) mica_table_destroy(&head);
    }
    if (head && !table_set_encoding(head, t->encoding, t->guessed)) mica_table_destroy(&head);
    return head;
}

/* ---- a table in memory ---- */

typedef struct memory_blocks {
    const mica_table *t;
    mica_table *own, *head;
    int64_t each, at; /* rows */
    bool begun, last; /* begun: the first block did not come yet */
} memory_blocks;

static mica_status memory_begin(table_blocks *b, bool last, mica_error *err) {
    memory_blocks *m = b->state;
    (void)err;
    m->at = 0, m->begun = true, m->last = last;
    return MICA_OK;
}

/* Also of a table without rows there is a block. */
static mica_status memory_next(table_blocks *b, mica_table **block, mica_error *err) {
    memory_blocks *m = b->state;
    int64_t left = m->t->rows - m->at, count = m->each && m->each < left ? m->each : left;
    *block = NULL;
    if (!count && !m->begun) return MICA_OK;
    m->begun = false;
    if (count == m->t->rows && m->own && m->last) { /* nobody asks for it again */
        *block = m->own;
        m->own = NULL;
        b->whole = NULL;
        m->t = m->head;
        m->at = 0;
        return MICA_OK;
    }
    if (count == m->t->rows) {
        m->at = count;
        return table_pick(m->t, NULL, 0, NULL, 0, block, err);
    }
    int64_t *rows = allocate((size_t)count, sizeof *rows);
    if (!rows) return fail_no_memory(err, "a block of rows");
    for (int64_t i = 0; i < count; i++) rows[i] = m->at + i;
    mica_status status = table_pick(m->t, NULL, 0, rows, count, block, err);
    free(rows);
    m->at += count;
    return status;
}

static void memory_close(table_blocks *b) {
    memory_blocks *m = b->state;
    mica_table_destroy(&m->own);
    mica_table_destroy(&m->head);
    free(m);
}

mica_status blocks_of_table(const mica_table *t, int64_t each, table_blocks *out, mica_error *err) {
    memory_blocks *m = allocate(1, sizeof *m);
    *out = (table_blocks){0};
    if (m) *m = (memory_blocks){.t = t, .each = each, .head = table_head(t)};
    if (!m || !m->head) return free(m), fail_no_memory(err, "blocks of a table");
    *out = (table_blocks){.head = m->head,
                          .rows = t->rows,
                          .whole = each ? NULL : t,
                          .state = m,
                          .begin = memory_begin,
                          .next = memory_next,
                          .close = memory_close};
    return MICA_OK;
}

mica_status blocks_take_table(mica_table *t, table_blocks *out, mica_error *err) {
    TRY(blocks_of_table(t, 0, out, err));
    ((memory_blocks *)out->state)->own = t;
    return MICA_OK;
}

void blocks_close(table_blocks *b) {
    if (b->close) b->close(b);
    *b = (table_blocks){0};
}

mica_status table_keep(table_sink *s, mica_table *block, mica_error *err) {
    mica_table **out = s->state;
    if (*out) {
        mica_table_destroy(&block);
        return fail(err, MICA_INTERNAL, "blocks: there are two of them, expected one");
    }
    *out = block;
    return MICA_OK;
}

/* ---- gathering ---- */

struct table_gathering {
    mica_table *made;
    text_maker *texts; /* of each column */
    int64_t at;        /* rows that are there */
};

static bool add_texts(const table_column *from, int64_t rows, text_maker *m, int32_t *to) {
    int32_t *number = allocate((size_t)from->texts.count + 1, sizeof *number);
    bool done = number != NULL;
    size_t length;
    for (int32_t k = 0; k < from->texts.count && done; k++) {
        const char *text = text_at(&from->texts, k, &length);
        done = (number[k + 1] = text_maker_add(m, text, length)) >= 0;
    }
    if (done) number[0] = -1;
    for (int64_t i = 0; i < rows && done; i++) to[i] = number[((int32_t *)from->cells)[i] + 1];
    free(number);
    return done;
}

static bool add_column(table_gathering *g, const table_column *from, int64_t rows, int i) {
    size_t size = cell_size(from->type);
    char *to = (char *)g->made->column[i].cells + (size_t)g->at * size;
    if (is_text(from->type)) return add_texts(from, rows, &g->texts[i], (int32_t *)to);
    if (size && rows) memcpy(to, from->cells, (size_t)rows * size);
    return true;
}

static mica_status add_block(table_gathering *g, const mica_table *block, const int *columns,
                             mica_error *err) {
    if (g->at + block->rows > g->made->rows)
        return fail(err, MICA_IO, "a table that is read twice: it got more rows meanwhile");
    for (int i = 0; i < g->made->count; i++)
        if (!add_column(g, &block->column[columns ? columns[i] : i], block->rows, i))
            return fail_no_memory(err, "columns of a table");
    g->at += block->rows;
    return MICA_OK;
}

static mica_status put_gathered(table_sink *s, mica_table *block, mica_error *err) {
    mica_status status = add_block(s->state, block, NULL, err);
    mica_table_destroy(&block);
    return status;
}

static mica_status make_columns(table_gathering *g, const mica_table *head, const int *columns,
                                int count, int64_t rows, mica_error *err) {
    g->made = table_new(count);
    g->texts = allocate((size_t)count + 1, sizeof *g->texts);
    if (!g->made || !g->texts) return fail_no_memory(err, "columns of a table");
    g->made->rows = rows;
    for (int i = 0; i < count; i++) {
        const table_column *from = &head->column[columns ? columns[i] : i];
        table_column *to = &g->made->column[i];
        to->type = from->type, to->timed = from->timed, to->zoned = from->zoned;
        to->cells = column_room(from->type, rows);
        if (!to->cells || !table_set_name(g->made, i, from->name, strlen(from->name)))
            return fail_memory(err, (size_t)rows * cell_size(from->type), "columns of a table");
    }
    return MICA_OK;
}

static mica_status gathering_begin(const mica_table *head, const int *columns, int count,
                                   int64_t rows, table_gathering **out, mica_error *err) {
    table_gathering *g = *out = allocate(1, sizeof *g);
    if (!g) return fail_no_memory(err, "columns of a table");
    mica_status status = make_columns(g, head, columns, count, rows, err);
    return status == MICA_OK ? status : gathering_end(g, status, NULL, err);
}

mica_status gathering_open(const mica_table *head, int64_t rows, table_gathering **out,
                           table_sink *sink, mica_error *err) {
    TRY(gathering_begin(head, NULL, head->count, rows, out, err));
    *sink = (table_sink){*out, put_gathered};
    return MICA_OK;
}

mica_status gathering_end(table_gathering *g, mica_status status, mica_table **out,
                          mica_error *err) {
    bool done = true;
    if (status == MICA_OK && g->at != g->made->rows)
        status = fail(err, MICA_IO, "a table that is read twice: it lost rows meanwhile");
    for (int i = 0; g->made && g->texts && i < g->made->count; i++) {
        table_column *c = &g->made->column[i];
        if (status == MICA_OK && is_text(c->type))
            done = done && dictionary_texts(&g->texts[i].words, &c->texts);
        if (status == MICA_OK) c->missing = column_missing(c, g->at);
        text_maker_free(&g->texts[i]);
    }
    if (!done) status = fail_no_memory(err, "columns of a table");
    if (status == MICA_OK) *out = g->made;
    else mica_table_destroy(&g->made);
    free(g->texts);
    free(g);
    return status;
}

static mica_status gather_blocks(table_gathering *g, table_blocks *b, const int *columns,
                                 mica_error *err) {
    mica_table *block;
    mica_status status = b->begin(b, false, err);
    while (status == MICA_OK && (status = b->next(b, &block, err)) == MICA_OK && block) {
        status = add_block(g, block, columns, err);
        mica_table_destroy(&block);
    }
    return status;
}

mica_status blocks_gather(table_blocks *b, const int *columns, int count, mica_table **out,
                          mica_error *err) {
    table_gathering *g;
    if (b->whole) return table_pick(b->whole, columns, count, NULL, 0, out, err);
    TRY(gathering_begin(b->head, columns, columns ? count : b->head->count, b->rows, &g, err));
    bool *wanted = columns ? allocate((size_t)b->head->count + 1, sizeof *wanted) : NULL;
    for (int i = 0; i < count && wanted; i++) wanted[columns[i]] = true;
    b->wanted = wanted; /* without memory for it all of them are read */
    mica_status status = gather_blocks(g, b, columns, err);
    b->wanted = NULL;
    free(wanted);
    return gathering_end(g, status, out, err);
}

/* ---- picking ---- */

typedef struct picking {
    const rising_rows *list;
    table_sink *sink;
    int64_t at; /* in the list */
    bool put;
} picking;

/* Those of the list's rows that are in the block, whose first row is `first`. */
static mica_status pick_some(picking *p, const mica_table *block, int64_t first, mica_error *err) {
    int64_t from = p->at, *rows;
    mica_table *some;
    while (p->at < p->list->count && p->list->rows[p->at] < first + block->rows) p->at++;
    if (p->at == from && p->put) return MICA_OK;
    rows = allocate((size_t)(p->at - from) + 1, sizeof *rows);
    if (!rows) return fail_no_memory(err, "picked rows");
    for (int64_t i = from; i < p->at; i++) rows[i - from] = p->list->rows[i] - first;
    mica_status status = table_pick(block, NULL, 0, rows, p->at - from, &some, err);
    free(rows);
    p->put = true;
    return status == MICA_OK ? p->sink->put(p->sink, some, err) : status;
}

static mica_status pick_all(table_blocks *b, picking *all, int count, mica_error *err) {
    mica_table *block;
    mica_status status;
    for (int64_t first = 0; (status = b->next(b, &block, err)) == MICA_OK && block;) {
        for (int i = 0; i < count && status == MICA_OK; i++)
            status = pick_some(&all[i], block, first, err);
        first += block->rows;
        mica_table_destroy(&block);
        TRY(status);
    }
    return status;
}

mica_status blocks_pick(table_blocks *b, const rising_rows *lists, int count,
                        table_sink *const *sinks, mica_error *err) {
    picking *all = allocate((size_t)count + 1, sizeof *all);
    if (!all) return fail_no_memory(err, "picked rows");
    for (int i = 0; i < count; i++) all[i] = (picking){.list = &lists[i], .sink = sinks[i]};
    mica_status status = MICA_OK;
    for (int i = 0; i < count && b->whole && status == MICA_OK; i++) /* nothing is copied */
        status = pick_some(&all[i], b->whole, 0, err);
    if (!b->whole) status = b->begin(b, false, err);
    if (!b->whole && status == MICA_OK) status = pick_all(b, all, count, err);
    free(all);
    return status;
}
