/* Threads on samples: see crew.h. */
#include "data/crew.h"

#include "base/memory.h"
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct crew {
    pool *pool;
    int threads;
    pthread_mutex_t turn, failing;
    /* what is worked on */
    crew_work work;
    void *arg;
    int64_t count;
    atomic_llong next, least; /* least: number that failed; nobody begins a greater one */
    mica_status status;
    mica_error err;
};

crew *crew_open(int threads) {
    crew *c = allocate(1, sizeof *c);
    if (!c) return NULL;
    c->threads = threads < 1 ? 1 : threads;
    if (!(c->pool = pool_open(c->threads - 1))) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->turn, NULL);
    pthread_mutex_init(&c->failing, NULL);
    return c;
}

void crew_close(crew *c) {
    if (!c) return;
    pool_close(c->pool);
    pthread_mutex_destroy(&c->turn);
    pthread_mutex_destroy(&c->failing);
    free(c);
}

int crew_threads(const crew *c) { return c->threads; }

/* Numbers are handed out in order, so that all below a failing one are worked on. */
static void note_failure(crew *c, int64_t number, mica_status status, const mica_error *err) {
    pthread_mutex_lock(&c->failing);
    if (number < atomic_load(&c->least)) {
        atomic_store(&c->least, number);
        c->status = status;
        c->err = *err;
    }
    pthread_mutex_unlock(&c->failing);
}

static void run_some(void *arg, int worker) {
    crew *c = arg;
    mica_error err = {0};
    for (;;) {
        int64_t number = atomic_fetch_add(&c->next, 1);
        if (number >= c->count || number > atomic_load(&c->least)) return;
        mica_status status = c->work(c->arg, worker, number, &err);
        if (status == MICA_OK) continue;
        note_failure(c, number, status, &err);
        err = (mica_error){0};
    }
}

mica_status crew_run(crew *c, int64_t count, crew_work work, void *arg, mica_error *err) {
    pthread_mutex_lock(&c->turn);
    c->work = work, c->arg = arg, c->count = count;
    atomic_store(&c->next, 0);
    atomic_store(&c->least, count);
    c->status = MICA_OK;
    if (count > 1) pool_run(c->pool, c->threads - 1, run_some, c);
    else run_some(c, 0);
    mica_status status = c->status;
    if (status != MICA_OK && err) *err = c->err;
    pthread_mutex_unlock(&c->turn);
    return status;
}
