/* Broken rows of a dataset: which, where they came from, why; and when they are too many. */
#include "base/numbering.h"
#include "data/dataset.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct broken_row {
    int64_t row; /* -1: left out while loading */
    size_t number;
    char *path, *reason;
} broken_row;

struct broken_rows {
    pthread_mutex_t lock;
    broken_row *item;
    size_t count, room, sorted; /* sorted: so many lie in the order of rows */
    numbering rows;             /* of those that were reported after loading */
    broken_row first;
    int64_t total;
    double limit;
    arena texts;
};

bool sample_is_broken(mica_status status) {
    switch (status) {
    case MICA_OK:
    case MICA_IO:
    case MICA_MEMORY:
    case MICA_STATE:
    case MICA_INTERRUPTED:
    case MICA_INTERNAL:
    case MICA_BUSY:
    case MICA_TIMEOUT: return false;
    default: return true;
    }
}

mica_status dataset_may_break(mica_dataset *d, int64_t total, double limit, mica_error *err) {
    d->broken = allocate(1, sizeof *d->broken);
    if (!d->broken) return fail_memory(err, sizeof *d->broken, d->origin);
    d->reports = &d->broken;
    d->reports_count = 1;
    pthread_mutex_init(&d->broken->lock, NULL);
    d->broken->total = total;
    d->broken->limit = limit;
    return MICA_OK;
}

void broken_free(struct broken_rows *b) {
    if (!b) return;
    pthread_mutex_destroy(&b->lock);
    free(b->item);
    numbering_free(&b->rows);
    arena_free(&b->texts);
    free(b);
}

/* Those of loading stay in the order of files. */
static int by_row(const void *a, const void *b) {
    const broken_row *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool holds(const struct broken_rows *b, int64_t row) {
    return numbering_find(&b->rows, (uint64_t)row) != NO_NUMBER;
}

static mica_status insert(struct broken_rows *b, int64_t row, const char *path, const char *reason,
                          mica_error *err) {
    if (row >= 0 && holds(b, row)) return MICA_OK;
    char *where = arena_text(&b->texts, path), *why = arena_text(&b->texts, reason);
    if (!where || !why || !grow(&b->item, &b->room, b->count + 1, sizeof *b->item) ||
        (row >= 0 && numbering_of(&b->rows, (uint64_t)row) == NO_NUMBER))
        return fail_memory(err, b->count * sizeof *b->item, path);
    const broken_row made = {row, b->count, where, why};
    if (!b->count || by_row(&made, &b->first) < 0) b->first = made;
    b->item[b->count++] = made;
    return MICA_OK;
}

/* A share, but one file of ten or more always, unless none is allowed: of 99 pictures a single one
 * is more than 1 %. */
static bool too_many(const struct broken_rows *b) {
    double most = b->limit * (double)b->total;
    if (b->limit > 0 && most < 1 && b->total >= 10) most = 1;
    return (double)b->count > most;
}

mica_status dataset_report(const mica_dataset *d, int64_t row, const char *path, const char *reason,
                           mica_error *err) {
    struct broken_rows *b = d->broken;
    pthread_mutex_lock(&b->lock);
    mica_status status = insert(b, row, path, reason, err);
    if (status == MICA_OK && too_many(b)) {
        char percent[32];
        snprintf(percent, sizeof percent, "%g", b->limit * 100);
        status = fail(err, MICA_FORMAT,
                      "%s: %s%zu of %lld files are broken, more than the %s %% that are left out "
                      "(max_broken); %s",
                      d->origin, row < 0 ? "" : "at least ", b->count, (long long)b->total, percent,
                      b->first.reason);
    }
    pthread_mutex_unlock(&b->lock);
    return status;
}

bool dataset_row_broken_in(const mica_dataset *d, uint64_t epoch, uint32_t row) {
    if (!d->broken) return false;
    while (d->of) {
        for (int i = 0; i < d->also_count && d->joined; i++)
            if (dataset_row_broken_in(d->also[i], epoch, row)) return true;
        d = d->locate(d, &epoch, &row);
    }
    struct broken_rows *b = d->broken;
    if (!b) return false;
    pthread_mutex_lock(&b->lock);
    bool found = holds(b, row);
    pthread_mutex_unlock(&b->lock);
    return found;
}

bool dataset_row_broken(const mica_dataset *d, uint32_t row) {
    return dataset_row_broken_in(d, 0, row);
}

static int64_t count_of(struct broken_rows *b) {
    pthread_mutex_lock(&b->lock);
    int64_t count = (int64_t)b->count;
    pthread_mutex_unlock(&b->lock);
    return count;
}

int64_t mica_dataset_broken(const mica_dataset *d) {
    int64_t count = 0;
    for (int i = 0; d && i < d->reports_count; i++) count += count_of(d->reports[i]);
    return count;
}

/* The i-th in the order of rows. */
static broken_row item_of(struct broken_rows *b, int64_t i) {
    pthread_mutex_lock(&b->lock);
    if (b->sorted < b->count) qsort(b->item, b->count, sizeof *b->item, by_row);
    b->sorted = b->count;
    broken_row item = b->item[i];
    pthread_mutex_unlock(&b->lock);
    return item;
}

static const char *text_of(const mica_dataset *d, int64_t i, bool reason) {
    for (int k = 0; d && i >= 0 && k < d->reports_count; k++) {
        int64_t count = count_of(d->reports[k]);
        if (i < count) {
            broken_row item = item_of(d->reports[k], i);
            return reason ? item.reason : item.path;
        }
        i -= count;
    }
    return NULL;
}

const char *mica_dataset_broken_path(const mica_dataset *d, int64_t i) {
    return text_of(d, i, false);
}
const char *mica_dataset_broken_reason(const mica_dataset *d, int64_t i) {
    return text_of(d, i, true);
}
