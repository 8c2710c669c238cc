/* The rows of resampled tables: see resample_put.h. */
#include "batch/resample_put.h"

#include "table/edit.h"

#include <math.h>
#include <stdlib.h>

/* ---- a table in memory ---- */

static mica_status pick(const mica_table *t, const mica_dataset *d, mica_table **out,
                        mica_error *err) {
    int64_t *rows = allocate((size_t)d->rows + 1, sizeof *rows);
    if (!rows) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < d->rows; i++) rows[i] = d->order[i];
    mica_status status = table_pick(t, NULL, 0, rows, d->rows, out, err);
    free(rows);
    return status;
}

static void put_number(table_column *c, int64_t row, double x) {
    if (c->type == MICA_COLUMN_INTEGER) ((int64_t *)c->cells)[row] = (int64_t)nearbyint(x);
    else ((double *)c->cells)[row] = x;
}

/* The numbers of rows that smote made: of those from `at` on, which are the dataset's from `first`
 * on. */
static mica_status put_new(const mica_dataset *d, int target, int64_t first, mica_table *made,
                           int64_t at, mica_error *err) {
    double *x = allocate((size_t)made->count, sizeof *x);
    mica_status status = x ? MICA_OK : fail_no_memory(err, "resample");
    for (int64_t row = at; row < made->rows && status == MICA_OK; row++) {
        uint32_t number = (uint32_t)(first + row - at);
        status = d->gather(d, 0, &number, 1, MICA_FLOAT64, x, err);
        for (int i = 0, k = 0; i < made->count && status == MICA_OK; i++)
            if (i != target) put_number(&made->column[i], row, x[k++]);
    }
    free(x);
    return status;
}

static mica_status put_whole(const resampled *r, table_sink *out, mica_error *err) {
    mica_table *made = NULL;
    const mica_table *t = r->t;
    mica_status status = pick(t, r->rows, &made, err);
    if (status == MICA_OK && r->smote)
        status = put_new(r->rows, r->column, t->rows, made, t->rows, err);
    if (status == MICA_OK) return out->put(out, made, err);
    mica_table_destroy(&made);
    return status;
}

/* ---- blocks, by over and under ---- */

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Rows in any order, of which each is in `there` (rising) and is the row of `t` of its place. */
static mica_status put_again(const mica_table *t, const rising_rows *there, const uint32_t *order,
                             int64_t count, table_sink *out, mica_error *err) {
    enum { BLOCK = 4096 };
    int64_t rows[BLOCK];
    for (int64_t first = 0, n; first < count; first += n) {
        mica_table *some;
        n = count - first < BLOCK ? count - first : BLOCK;
        for (int64_t i = 0; i < n; i++) {
            int64_t row = order[first + i];
            const int64_t *at = bsearch(&row, there->rows, (size_t)there->count, sizeof *at,
                                        by_number);
            rows[i] = at - there->rows;
        }
        TRY(table_pick(t, NULL, 0, rows, n, &some, err));
        TRY(out->put(out, some, err));
    }
    return MICA_OK;
}

/* The rows up to where the order falls, and the different ones of the others. */
static mica_status cut_order(const mica_dataset *d, rising_rows lists[2], mica_error *err) {
    int64_t n = d->rows ? 1 : 0, count = 0;
    while (n < d->rows && d->order[n] >= d->order[n - 1]) n++;
    lists[0] = (rising_rows){allocate((size_t)n + 1, sizeof(int64_t)), n};
    lists[1] = (rising_rows){allocate((size_t)(d->rows - n) + 1, sizeof(int64_t)), d->rows - n};
    if (!lists[0].rows || !lists[1].rows) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < n; i++) lists[0].rows[i] = d->order[i];
    for (int64_t i = n; i < d->rows; i++) lists[1].rows[i - n] = d->order[i];
    qsort(lists[1].rows, (size_t)lists[1].count, sizeof(int64_t), by_number);
    for (int64_t i = 0; i < lists[1].count; i++)
        if (!i || lists[1].rows[i] != lists[1].rows[count - 1])
            lists[1].rows[count++] = lists[1].rows[i];
    lists[1].count = count;
    return MICA_OK;
}

/* The dataset's rows of the table: those that rise while it is gone through, meanwhile those that
 * come again are kept. */
static mica_status put_rows(table_blocks *in, const mica_dataset *d, table_sink *out,
                            mica_error *err) {
    rising_rows lists[2] = {{0}};
    table_gathering *g = NULL;
    table_sink again, *sinks[] = {out, &again};
    mica_table *kept = NULL;
    mica_status status = cut_order(d, lists, err);
    if (status == MICA_OK) status = gathering_open(in->head, lists[1].count, &g, &again, err);
    if (status == MICA_OK) {
        status = blocks_pick(in, lists, 2, sinks, err);
        status = gathering_end(g, status, &kept, err);
    }
    if (status == MICA_OK)
        status = put_again(kept, &lists[1], d->order + lists[0].count, d->rows - lists[0].count,
                           out, err);
    mica_table_destroy(&kept);
    free(lists[0].rows), free(lists[1].rows);
    return status;
}

/* ---- blocks, by smote ---- */

/* Room for those rows of a table like `head`, with the targets that they have in `targets`, a table
 * of these alone. */
static mica_status room_for_new(const mica_table *head, int target, const mica_table *targets,
                                const int64_t *rows, int64_t count, mica_table **out,
                                mica_error *err) {
    mica_table *picked, *made = table_head(head);
    mica_status status = made ? table_pick(targets, NULL, 0, rows, count, &picked, err)
                              : fail_no_memory(err, "resample");
    if (status != MICA_OK) return mica_table_destroy(&made), status;
    made->rows = count;
    for (int i = 0; i < made->count; i++) {
        table_column *c = &made->column[i], *from = &picked->column[0];
        if (i == target) {
            c->cells = from->cells, c->texts = from->texts, c->missing = from->missing;
            from->cells = NULL, from->texts = (table_texts){0};
        } else if (!(c->cells = column_room(c->type, count))) {
            status = fail_no_memory(err, "resample");
        }
    }
    mica_table_destroy(&picked);
    if (status == MICA_OK) *out = made;
    else mica_table_destroy(&made);
    return status;
}

/* The blocks as they come. */
static mica_status put_old(table_blocks *in, table_sink *out, mica_error *err) {
    mica_table *block;
    int64_t rows = 0;
    TRY(in->begin(in, true, err));
    for (;;) {
        TRY(in->next(in, &block, err));
        if (!block) break;
        rows += block->rows;
        TRY(out->put(out, block, err));
    }
    return rows == in->rows
               ? MICA_OK
               : fail(err, MICA_IO, "a table that is read twice: it has other rows now");
}

/* All rows of the table, then those that smote makes, some at a time. */
static mica_status put_both(const resampled *r, table_sink *out, mica_error *err) {
    enum { MOST = 4096, CELLS = 1 << 18 };
    int64_t rows[MOST], most = CELLS / r->in->head->count;
    const mica_dataset *d = r->rows;
    most = most < 1 ? 1 : most > MOST ? MOST : most;
    TRY(put_old(r->in, out, err));
    for (int64_t first = r->t->rows, n; first < d->rows; first += n) {
        mica_table *made;
        n = d->rows - first < most ? d->rows - first : most;
        for (int64_t i = 0; i < n; i++) rows[i] = d->order[first + i];
        TRY(room_for_new(r->in->head, r->column, r->t, rows, n, &made, err));
        mica_status status = put_new(d, r->column, first, made, 0, err);
        if (status != MICA_OK) return mica_table_destroy(&made), status;
        TRY(out->put(out, made, err));
    }
    return MICA_OK;
}

/* ---- */

mica_status resampled_put(const resampled *r, table_sink *out, mica_error *err) {
    if (r->in->whole) return put_whole(r, out, err);
    return r->smote ? put_both(r, out, err) : put_rows(r->in, r->rows, out, err);
}
