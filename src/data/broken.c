/* Broken rows of a dataset: which, where they came from, why; and when they are too many. */
#include "data/dataset.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct broken_row {
    int64_t row; /* -1: left out while loading */
    char *path, *reason;
} broken_row;

struct broken_rows {
    pthread_mutex_t lock;
    broken_row *item; /* in the order of rows */
    size_t count, room;
    int64_t total;
    double limit;
    arena texts;
};

mica_status dataset_may_break(mica_dataset *d, int64_t total, double limit, mica_error *err) {
    d->broken = allocate(1, sizeof *d->broken);
    if (!d->broken) return fail_memory(err, sizeof *d->broken, d->origin);
    pthread_mutex_init(&d->broken->lock, NULL);
    d->broken->total = total;
    d->broken->limit = limit;
    return MICA_OK;
}

void broken_free(struct broken_rows *b) {
    if (!b) return;
    pthread_mutex_destroy(&b->lock);
    free(b->item);
    arena_free(&b->texts);
    free(b);
}

/* The place of the first item that is not before `row`. */
static size_t place_of(const struct broken_rows *b, int64_t row) {
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->item[middle].row < row) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool holds(const struct broken_rows *b, int64_t row) {
    size_t at = place_of(b, row);
    return at < b->count && b->item[at].row == row;
}

static mica_status insert(struct broken_rows *b, int64_t row, const char *path, const char *reason,
                          mica_error *err) {
    if (row >= 0 && holds(b, row)) return MICA_OK;
    size_t at = place_of(b, row + (row < 0)); /* those of loading stay in the order of files */
    char *where = arena_text(&b->texts, path), *why = arena_text(&b->texts, reason);
    if (!where || !why || !grow(&b->item, &b->room, b->count + 1, sizeof *b->item))
        return fail_memory(err, b->count * sizeof *b->item, path);
    memmove(b->item + at + 1, b->item + at, (b->count - at) * sizeof *b->item);
    b->item[at] = (broken_row){row, where, why};
    b->count++;
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
                      b->item[0].reason);
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

int64_t mica_dataset_broken(const mica_dataset *d) {
    if (!d || !d->broken) return 0;
    pthread_mutex_lock(&d->broken->lock);
    int64_t count = (int64_t)d->broken->count;
    pthread_mutex_unlock(&d->broken->lock);
    return count;
}

static const char *text_of(const mica_dataset *d, int64_t i, bool reason) {
    if (i < 0 || i >= mica_dataset_broken(d)) return NULL;
    pthread_mutex_lock(&d->broken->lock);
    const char *text = reason ? d->broken->item[i].reason : d->broken->item[i].path;
    pthread_mutex_unlock(&d->broken->lock);
    return text;
}

const char *mica_dataset_broken_path(const mica_dataset *d, int64_t i) {
    return text_of(d, i, false);
}
const char *mica_dataset_broken_reason(const mica_dataset *d, int64_t i) {
    return text_of(d, i, true);
}
