/* A thread that fills the next batch: see fill.h. Two sets of buffers: the user's, and the
 * thread's. */
#include "batch/fill.h"

#include <pthread.h>
#include <stdlib.h>

typedef enum ahead_state { IDLE, FILLING, FULL, LEAVING } ahead_state;

struct ahead {
    const batches *b;
    void *buffer[MAX_COLUMNS];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    ahead_state state;
    int64_t at, rows; /* behind the filled batch; in it */
    mica_status status;
    mica_error err;
};

static void *work(void *arg) {
    struct ahead *a = arg;
    pthread_mutex_lock(&a->lock);
    while (a->state != LEAVING) {
        if (a->state != FILLING) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        pthread_mutex_unlock(&a->lock);
        mica_status status = fill_batch(a->b, a->buffer, &a->at, &a->rows, &a->err);
        pthread_mutex_lock(&a->lock);
        a->status = status;
        if (a->state == FILLING) a->state = FULL;
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void free_all(struct ahead *a) {
    for (int i = 0; i < a->b->feeds; i++) release_aligned(a->buffer[i]);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->changed);
    free(a);
}

struct ahead *ahead_open(const batches *b) {
    struct ahead *a = allocate(1, sizeof *a);
    if (!a) return NULL;
    a->b = b;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    bool done = true;
    for (int i = 0; i < b->feeds && done; i++)
        done = (a->buffer[i] = allocate_aligned(b->feed[i].row_bytes * (size_t)b->batch_size)) !=
               NULL;
    if (done && pthread_create(&a->thread, NULL, work, a) == 0) return a;
    free_all(a);
    return NULL;
}

static void wait_while_filling(struct ahead *a) {
    while (a->state == FILLING) pthread_cond_wait(&a->changed, &a->lock);
}

static void change(struct ahead *a, ahead_state state) {
    a->state = state;
    pthread_cond_broadcast(&a->changed);
}

void ahead_stop(struct ahead *a) {
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    wait_while_filling(a);
    a->state = IDLE;
    pthread_mutex_unlock(&a->lock);
}

void ahead_close(struct ahead *a) {
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    wait_while_filling(a);
    change(a, LEAVING);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    free_all(a);
}

void ahead_begin(struct ahead *a, int64_t at) {
    pthread_mutex_lock(&a->lock);
    a->at = at;
    change(a, FILLING);
    pthread_mutex_unlock(&a->lock);
}

mica_status ahead_next(struct ahead *a, batches *b, int64_t *rows, mica_error *err) {
    *rows = 0;
    pthread_mutex_lock(&a->lock);
    if (a->state == IDLE) { /* after the last batch, or a failure */
        pthread_mutex_unlock(&a->lock);
        return MICA_OK;
    }
    wait_while_filling(a);
    mica_status status = a->status;
    if (status != MICA_OK && err) *err = a->err;
    if (status == MICA_OK) {
        for (int i = 0; i < b->feeds; i++) {
            void *filled = a->buffer[i];
            a->buffer[i] = b->buffer[i];
            b->buffer[i] = filled;
        }
        *rows = a->rows;
        b->at = a->at;
    }
    change(a, status == MICA_OK && a->rows && a->at < b->rows ? FILLING : IDLE);
    pthread_mutex_unlock(&a->lock);
    return status;
}
