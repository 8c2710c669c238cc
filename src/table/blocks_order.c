/* Rows in another order: see blocks_order.h. */
#include "table/blocks_order.h"

#include "base/parallel.h"
#include "table/edit.h"

#include <stdlib.h>

/* ---- how many fit ---- */

static double bytes_of(const mica_table *t) {
    double bytes = 64; /* of a row's numbers here */
    for (int i = 0; i < t->count; i++) {
        const table_column *c = &t->column[i];
        double texts = is_text(c->type) && c->texts.count
                           ? (double)c->texts.offset[c->texts.count] + 24.0 * (double)c->texts.count
                           : 0;
        bytes += (double)cell_size(c->type) + (t->rows ? texts / (double)t->rows : 0);
    }
    return bytes;
}

mica_status blocks_rows_that_fit(table_blocks *b, int64_t *out, mica_error *err) {
    enum { PART = 8, COPIES = 2 }; /* as they come, and in their order */
    mica_table *block = NULL;
    *out = b->rows;
    if (b->whole) return MICA_OK;
    TRY(b->begin(b, false, err));
    TRY(b->next(b, &block, err));
    /* what is free while a block is there, for so it will be */
    double room = b->room ? (double)b->room : (double)memory_available() / PART;
    double rows = block ? room / COPIES / bytes_of(block) : 1;
    mica_table_destroy(&block);
    if (rows < (double)*out) *out = (int64_t)rows;
    if (*out < 1) *out = 1;
    return MICA_OK;
}

/* ---- rows ---- */

static int by_row(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The rows that there are, each once, rising. */
static mica_status rising_of(const int64_t *rows, int64_t count, rising_rows *out,
                             mica_error *err) {
    int64_t n = 0, last = -1;
    out->rows = allocate((size_t)count + 1, sizeof *out->rows);
    if (!out->rows) return fail_no_memory(err, "rows in another order");
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= 0) out->rows[n++] = rows[i];
    qsort(out->rows, (size_t)n, sizeof *out->rows, by_row);
    out->count = 0;
    for (int64_t i = 0; i < n; i++)
        if (out->rows[i] != last) out->rows[out->count++] = last = out->rows[i];
    return MICA_OK;
}

/* Where each row is among the rising ones. */
static mica_status places_of(const rising_rows *list, const int64_t *rows, int64_t count,
                             int64_t **out, mica_error *err) {
    int64_t *place = *out = allocate((size_t)count + 1, sizeof *place);
    if (!place) return fail_no_memory(err, "rows in another order");
    for (int64_t i = 0; i < count; i++) {
        const int64_t *at = rows[i] < 0 ? NULL
                                        : bsearch(&rows[i], list->rows, (size_t)list->count,
                                                  sizeof *list->rows, by_row);
        place[i] = at ? at - list->rows : -1;
    }
    return MICA_OK;
}

static mica_status pick_rising(table_blocks *b, const rising_rows *list, mica_table **out,
                               mica_error *err) {
    table_gathering *g;
    table_sink sink;
    TRY(gathering_open(b->head, list->count, &g, &sink, err));
    mica_status status = blocks_pick(b, list, 1, (table_sink *const[]){&sink}, err);
    return gathering_end(g, status, out, err);
}

mica_status blocks_rows_at(table_blocks *b, const int64_t *rows, int64_t count, mica_table **out,
                           mica_error *err) {
    rising_rows list = {0};
    mica_table *some = NULL;
    int64_t *place = NULL;
    if (b->whole) return table_pick(b->whole, NULL, 0, rows, count, out, err);
    mica_status status = rising_of(rows, count, &list, err);
    if (status == MICA_OK) status = pick_rising(b, &list, &some, err);
    if (status == MICA_OK) status = places_of(&list, rows, count, &place, err);
    if (status == MICA_OK) status = table_pick(some, NULL, 0, place, count, out, err);
    mica_table_destroy(&some);
    free(list.rows), free(place);
    return status;
}

mica_status blocks_put_ordered(table_blocks *b, const int64_t *rows, int64_t count,
                               table_sink *sink, mica_error *err) {
    int64_t most, at = 0;
    mica_table *piece;
    TRY(blocks_rows_that_fit(b, &most, err));
    do {
        const int64_t some = count - at < most ? count - at : most;
        TRY(blocks_rows_at(b, rows + at, some, &piece, err));
        TRY(sink->put(sink, piece, err));
        at += some;
    } while (at < count);
    return MICA_OK;
}
