/* Rows in the order of time: see time_order.h. */
#include "table/time_order.h"

#include "base/memory.h"
#include "table/cell.h"
#include "table/table.h"

#include <stdlib.h>

typedef struct timed_row {
    double time;
    int64_t row;
} timed_row;

static int by_time(const void *a, const void *b) {
    const timed_row *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static mica_status check_times(const mica_table *t, int column, const char *what, mica_error *err) {
    const table_column *c = &t->column[column];
    if (is_text(c->type) || c->type == MICA_COLUMN_BOOLEAN)
        return fail(err, MICA_TYPE, "%s: column %s is %s, expected dates or numbers", what, c->name,
                    mica_column_type_name(c->type));
    return MICA_OK;
}

mica_status time_order(const mica_table *t, int column, const char *what, int64_t **order,
                       double **times, mica_error *err) {
    TRY(check_times(t, column, what, err));
    timed_row *rows = allocate((size_t)t->rows + 1, sizeof *rows);
    *order = allocate((size_t)t->rows + 1, sizeof **order);
    if (times) *times = allocate((size_t)t->rows + 1, sizeof **times);
    mica_status status = rows && *order && (!times || *times) ? MICA_OK : fail_no_memory(err, what);
    for (int64_t k = 0; k < t->rows && status == MICA_OK; k++) {
        rows[k] = (timed_row){mica_table_number(t, column, k), k};
        if (mica_table_is_missing(t, column, k))
            status = fail(err, MICA_VALUE, "%s: column %s: data row %lld has none", what,
                          t->column[column].name, (long long)k + 1);
    }
    if (status == MICA_OK) qsort(rows, (size_t)t->rows, sizeof *rows, by_time);
    for (int64_t k = 0; k < t->rows && status == MICA_OK; k++) {
        (*order)[k] = rows[k].row;
        if (times) (*times)[k] = rows[k].time;
    }
    free(rows);
    return status;
}

int64_t time_bound(const double *times, int64_t count, int64_t at) {
    int64_t from = at, to = at;
    if (at <= 0 || at >= count) return at;
    while (from > 0 && times[from - 1] == times[at]) from--;
    while (to < count && times[to] == times[at]) to++;
    return from == at || at - from <= to - at ? from : to;
}
