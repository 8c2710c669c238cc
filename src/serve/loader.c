/* See loader.h. */
#include "serve/loader.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    struct entry *next;
    load_job job; /* `done` NULL: nobody waits for it any more */
    char texts[]; /* of the job */
} entry;

struct loader {
    pthread_mutex_t lock;
    pthread_cond_t comes;
    pthread_t thread;
    entry *first, **last, *running;
    int waiting;
    bool stop;
};

static mica_status fail_ends(mica_error *err) {
    return fail(err, MICA_INTERRUPTED, "the server ends");
}

/* Under the lock; NULL: the end. */
static entry *take(loader *l) {
    while (!l->first && !l->stop) pthread_cond_wait(&l->comes, &l->lock);
    entry *e = l->first;
    if (!e) return NULL;
    if (!(l->first = e->next)) l->last = &l->first;
    l->waiting--;
    return e;
}

static void *load_on(void *arg) {
    loader *l = arg;
    pthread_mutex_lock(&l->lock);
    while ((l->running = take(l))) {
        mica_error err = {0};
        entry *e = l->running;
        pthread_mutex_unlock(&l->lock);
        const mica_status status = e->job.work(e->job.user, e->job.model, e->job.version, &err);
        pthread_mutex_lock(&l->lock);
        const load_job job = e->job;
        e->job.done = NULL; /* loader_stop tells nobody twice */
        pthread_mutex_unlock(&l->lock);
        if (job.done) job.done(job.waiter, status, &err);
        pthread_mutex_lock(&l->lock);
        l->running = NULL; /* before it is freed */
        free(e);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

mica_status loader_open(loader **out, mica_error *err) {
    loader *l = allocate(1, sizeof *l);
    if (!l) return fail_memory(err, sizeof *l, "loading");
    l->last = &l->first;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->comes, NULL);
    if (!pthread_create(&l->thread, NULL, load_on, l)) return *out = l, MICA_OK;
    pthread_cond_destroy(&l->comes);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return fail(err, MICA_IO, "a thread of the server could not be started");
}

static entry *copy(const load_job *job) {
    const size_t model = job->model ? strlen(job->model) + 1 : 0,
                 version = job->version ? strlen(job->version) + 1 : 0;
    entry *e = malloc(sizeof *e + model + version);
    if (!e) return NULL;
    *e = (entry){.job = *job};
    if (model) e->job.model = memcpy(e->texts, job->model, model);
    if (version) e->job.version = memcpy(e->texts + model, job->version, version);
    return e;
}

mica_status loader_put(loader *l, const load_job *job, mica_error *err) {
    entry *e = copy(job);
    if (!e) return fail_no_memory(err, "loading");
    pthread_mutex_lock(&l->lock);
    const int waiting = l->waiting;
    const bool stop = l->stop, full = job->most && waiting >= job->most;
    if (!stop && !full) {
        *l->last = e;
        l->last = &e->next;
        l->waiting++;
        pthread_cond_signal(&l->comes);
    }
    pthread_mutex_unlock(&l->lock);
    if (!stop && !full) return MICA_OK;
    free(e);
    if (stop) return fail_ends(err);
    return fail(err, MICA_BUSY, "%d requests to load models wait already, the most that may",
                waiting);
}

static void tell_end(const load_job *job) {
    mica_error err;
    const mica_status status = fail_ends(&err);
    if (job->done) job->done(job->waiter, status, &err);
}

void loader_stop(loader *l) {
    load_job runs = {0};
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    entry *e = l->first;
    l->stop = true;
    l->first = NULL;
    l->last = &l->first;
    if (l->running) {
        runs = l->running->job;
        l->running->job.done = NULL;
    }
    pthread_cond_signal(&l->comes);
    pthread_mutex_unlock(&l->lock);
    tell_end(&runs);
    for (entry *next; e; e = next) {
        next = e->next;
        tell_end(&e->job);
        free(e);
    }
}

bool loader_busy(loader *l) {
    if (!l) return false;
    pthread_mutex_lock(&l->lock);
    const bool busy = l->running != NULL;
    pthread_mutex_unlock(&l->lock);
    return busy;
}

void loader_leave(loader *l) {
    if (l) pthread_detach(l->thread);
}

void loader_close(loader *l) {
    if (!l) return;
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->comes);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
