/* A thread that fills the next batches: see fill.h. A ring of slots with buffers of their own,
 * which are swapped with the user's. */
#include "batch/fill.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct slot {
    void *buffer[MAX_COLUMNS];
    int64_t at, rows; /* behind the batch; in it */
    mica_status status;
    mica_error err;
} slot;

struct ahead {
    const batches *b;
    int depth;
    slot *slot;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int first, full; /* slots that hold batches */
    bool more;       /* there are batches to fill */
    bool filling, leaving;
    int64_t at;
};

/* After a failure, and after the last batch, there is nothing more to fill. */
static void fill_one(struct ahead *a) {
    slot *s = &a->slot[(a->first + a->full) % a->depth];
    a->filling = true;
    pthread_mutex_unlock(&a->lock);
    s->err = (mica_error){0};
    s->status = fill_batch(a->b, s->buffer, &a->at, &s->rows, &s->err);
    pthread_mutex_lock(&a->lock);
    s->at = a->at;
    a->filling = false;
    a->full++;
    a->more = a->more && s->status == MICA_OK && s->rows && a->at < a->b->rows;
    pthread_cond_broadcast(&a->changed);
}

static void *work(void *arg) {
    struct ahead *a = arg;
    pthread_mutex_lock(&a->lock);
    while (!a->leaving) {
        if (a->more && a->full < a->depth) fill_one(a);
        else pthread_cond_wait(&a->changed, &a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void free_all(struct ahead *a) {
    for (int k = 0; a->slot && k < a->depth; k++)
        for (int i = 0; i < a->b->feeds; i++) release_aligned(a->slot[k].buffer[i]);
    free(a->slot);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->changed);
    free(a);
}

struct ahead *ahead_open(const batches *b, int depth) {
    struct ahead *a = allocate(1, sizeof *a);
    if (!a) return NULL;
    a->b = b;
    a->depth = depth;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    bool done = (a->slot = allocate((size_t)depth, sizeof *a->slot)) != NULL;
    for (int k = 0; k < depth && done; k++)
        for (int i = 0; i < b->feeds && done; i++)
            done = (a->slot[k].buffer[i] = allocate_aligned(b->feed[i].row_bytes *
                                                            (size_t)b->batch_size)) != NULL;
    if (done && pthread_create(&a->thread, NULL, work, a) == 0) return a;
    free_all(a);
    return NULL;
}

void ahead_stop(struct ahead *a) {
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    a->more = false;
    while (a->filling) pthread_cond_wait(&a->changed, &a->lock);
    a->full = 0;
    pthread_mutex_unlock(&a->lock);
}

void ahead_close(struct ahead *a) {
    if (!a) return;
    ahead_stop(a);
    pthread_mutex_lock(&a->lock);
    a->leaving = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    free_all(a);
}

void ahead_begin(struct ahead *a, int64_t at) {
    pthread_mutex_lock(&a->lock);
    a->at = at;
    a->more = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

mica_status ahead_next(struct ahead *a, batches *b, int64_t *rows, mica_error *err) {
    *rows = 0;
    pthread_mutex_lock(&a->lock);
    while (!a->full && (a->more || a->filling)) pthread_cond_wait(&a->changed, &a->lock);
    if (!a->full) { /* after the last batch */
        pthread_mutex_unlock(&a->lock);
        return MICA_OK;
    }
    slot *s = &a->slot[a->first];
    mica_status status = s->status;
    if (status != MICA_OK && err) *err = s->err;
    if (status == MICA_OK) {
        for (int i = 0; i < b->feeds; i++) {
            void *filled = s->buffer[i];
            s->buffer[i] = b->buffer[i];
            b->buffer[i] = filled;
        }
        *rows = s->rows;
        b->at = s->at;
    }
    a->first = (a->first + 1) % a->depth;
    a->full--;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return status;
}
