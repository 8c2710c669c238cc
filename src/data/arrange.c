/* Rows of several parts in another order: see arrange.h. */
#include "data/arrange.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256

static const mica_dataset *part_of(const mica_dataset *d, int part) {
    return part ? d->also[part - 1] : d->of;
}

static const mica_dataset *locate(const mica_dataset *d, uint64_t *epoch, uint32_t *row) {
    const arranged *a = d->state;
    row_place p = {0};
    if (a->find(d, *epoch, row, 1, &p, NULL) != MICA_OK) return d->of;
    *epoch = p.epoch, *row = p.row;
    return part_of(d, p.part);
}

/* Those of `count` places that are in the part and the pass of the first one that is not done. */
static int64_t of_one_part(const row_place *places, int64_t count, bool *done, uint32_t *rows,
                           int64_t *to) {
    int64_t n = 0, first = 0;
    while (first < count && done[first]) first++;
    for (int64_t i = first; i < count; i++) {
        if (done[i] || places[i].part != places[first].part ||
            places[i].epoch != places[first].epoch)
            continue;
        done[i] = true;
        rows[n] = places[i].row;
        to[n++] = i;
    }
    return n;
}

/* One part's rows are asked for together, so that they are decoded by all workers. */
static mica_status bring_places(const mica_dataset *d, const row_place *places, int64_t count,
                                const feed *feeds, int n, void *const *out, room *r,
                                mica_error *err) {
    bool done[CHUNK] = {false};
    uint32_t rows[CHUNK];
    int64_t to[CHUNK], some;
    void *at[MAX_COLUMNS];
    while ((some = of_one_part(places, count, done, rows, to)) > 0) {
        const row_place *p = &places[to[0]];
        bool together = some == count;
        for (int i = 0; i < n; i++) {
            size_t bytes = feeds[i].row_bytes * (size_t)some;
            if (!(at[i] = together ? out[i] : room_block(r, i, bytes)))
                return fail_memory(err, bytes, "rows of several datasets");
        }
        TRY(dataset_bring(part_of(d, p->part), p->epoch, rows, some, feeds, n, at, err));
        for (int i = 0; i < n && !together; i++)
            for (int64_t k = 0; k < some; k++)
                memcpy((char *)out[i] + (size_t)to[k] * feeds[i].row_bytes,
                       (const char *)at[i] + (size_t)k * feeds[i].row_bytes, feeds[i].row_bytes);
    }
    return MICA_OK;
}

static mica_status bring(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                         const feed *feeds, int n, void *const *out, mica_error *err) {
    arranged *a = d->state;
    row_place places[CHUNK];
    void *to[MAX_COLUMNS];
    mica_status status = MICA_OK;
    room *r = rooms_take(&a->rooms);
    if (!r) return fail_memory(err, sizeof *r, "rows of several datasets");
    for (int64_t at = 0, some; at < count && status == MICA_OK; at += some) {
        some = count - at < CHUNK ? count - at : CHUNK;
        for (int i = 0; i < n; i++) to[i] = (char *)out[i] + (size_t)at * feeds[i].row_bytes;
        status = a->find(d, epoch, rows + at, some, places, err);
        if (status == MICA_OK) status = bring_places(d, places, some, feeds, n, to, r, err);
    }
    rooms_give(&a->rooms, r);
    return status;
}

void arranged_free(mica_dataset *d) {
    rooms_close(&((arranged *)d->state)->rooms);
    free(d->state);
}

mica_status arrange_begin(mica_dataset *const *parts, int count, const char *name,
                          size_t state_bytes, void (*destroy)(mica_dataset *d), mica_dataset **out,
                          mica_error *err) {
    TRY(pipe_begin(parts, count, name, state_bytes, NULL, out, err));
    mica_dataset *d = *out;
    rooms_open(&((arranged *)d->state)->rooms);
    d->destroy = destroy ? destroy : arranged_free;
    d->bring = bring;
    d->locate = locate;
    return MICA_OK;
}

mica_status check_columns_agree(mica_dataset *const *parts, int count, const char *name,
                                mica_error *err) {
    const mica_dataset *first = parts[0];
    char got[128], want[128];
    for (int i = 1; i < count; i++) {
        if (parts[i]->columns != first->columns)
            return fail(err, MICA_SHAPE, "%s: dataset %d has %d values a sample, the first has %d",
                        name, i, parts[i]->columns, first->columns);
        for (int k = 0; k < first->columns; k++) {
            const column *a = &parts[i]->column[k], *b = &first->column[k];
            shape_format(&a->shape, got), shape_format(&b->shape, want);
            if (a->role != b->role || a->dtype != b->dtype || !shape_equal(&a->shape, &b->shape))
                return fail(err, MICA_SHAPE, "%s: %s of dataset %d is %s %s, of the first %s %s",
                            name, a->name, i, mica_dtype_name(a->dtype), got,
                            mica_dtype_name(b->dtype), want);
        }
    }
    return MICA_OK;
}
