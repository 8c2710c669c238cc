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
        if (!table_set_name(head, i, c->name, strlen(c->name))) mica_table_destroy(&head);
    }
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
    *out = (table_blocks){m->head, t->rows, m, memory_begin, memory_next, memory_close};
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

typedef struct gathering {
    const int *columns; /* NULL: all */
    int count;
    mica_table *made;
    text_maker *texts; /* of each column */
    int64_t at;        /* rows that are there */
} gathering;

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

static bool add_block(gathering *g, const mica_table *block) {
    for (int i = 0; i < g->count; i++) {
        const table_column *from = &block->column[g->columns ? g->columns[i] : i];
        size_t size = cell_size(from->type);
        char *to = (char *)g->made->column[i].cells + (size_t)g->at * size;
        if (is_text(from->type)) {
            if (!add_texts(from, block->rows, &g->texts[i], (int32_t *)to)) return false;
        } else if (size && block->rows) {
            memcpy(to, from->cells, (size_t)block->rows * size);
        }
    }
    g->at += block->rows;
    return true;
}

static bool gather_begin(gathering *g, const table_blocks *b) {
    g->made = table_new(g->count);
    g->texts = allocate((size_t)g->count + 1, sizeof *g->texts);
    if (!g->made || !g->texts) return false;
    g->made->rows = b->rows;
    for (int i = 0; i < g->count; i++) {
        const table_column *from = &b->head->column[g->columns ? g->columns[i] : i];
        table_column *to = &g->made->column[i];
        to->type = from->type, to->timed = from->timed, to->zoned = from->zoned;
        to->missing = from->missing;
        to->cells = column_room(from->type, b->rows);
        if (!to->cells || !table_set_name(g->made, i, from->name, strlen(from->name))) return false;
    }
    return true;
}

mica_status blocks_gather(table_blocks *b, const int *columns, int count, mica_table **out,
                          mica_error *err) {
    gathering g = {.columns = columns, .count = columns ? count : b->head->count};
    mica_table *block;
    bool done = gather_begin(&g, b);
    mica_status status = done ? b->begin(b, false, err) : MICA_OK;
    while (done && status == MICA_OK && (status = b->next(b, &block, err)) == MICA_OK && block) {
        done = g.at + block->rows <= b->rows && add_block(&g, block);
        mica_table_destroy(&block);
    }
    for (int i = 0; i < g.count && g.texts; i++) {
        if (done && is_text(g.made->column[i].type))
            done = dictionary_texts(&g.texts[i].words, &g.made->column[i].texts);
        text_maker_free(&g.texts[i]);
    }
    free(g.texts);
    if (status == MICA_OK && done) return *out = g.made, MICA_OK;
    mica_table_destroy(&g.made);
    return status == MICA_OK ? fail_no_memory(err, "columns of a table") : status;
}
