/* See outbox.h. */
#include "serve/outbox.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { GATHER_NS = 5000000 /* so long what comes may be written together */ };

typedef struct box {
    struct box *next;
    void *block;
    size_t size;
} box;

struct outbox {
    outbox_work work;
    pthread_mutex_t lock;
    pthread_cond_t comes;
    pthread_t thread;
    box *first, **last;
    size_t waiting;
    bool stop, ended;
};

static void take_all(outbox *o, box *b) {
    for (box *next; b; b = next) {
        next = b->next;
        o->work.take(o->work.user, b->block);
        pthread_mutex_lock(&o->lock);
        o->waiting -= b->size;
        pthread_mutex_unlock(&o->lock);
        free(b);
    }
    o->work.rest(o->work.user);
}

/* False: the end, and nothing is left. Waits a second at most. */
static bool wait(outbox *o, box **out) {
    struct timespec until;
    bool stop;
    pthread_mutex_lock(&o->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    while (!o->first && !o->stop)
        if (pthread_cond_timedwait(&o->comes, &o->lock, &until) == ETIMEDOUT) break;
    stop = o->stop;
    pthread_mutex_unlock(&o->lock);
    if (!stop) nanosleep(&(struct timespec){.tv_nsec = GATHER_NS}, NULL);
    pthread_mutex_lock(&o->lock);
    *out = o->first;
    o->first = NULL;
    o->last = &o->first;
    pthread_mutex_unlock(&o->lock);
    return *out || !stop;
}

static void *write_on(void *arg) {
    outbox *o = arg;
    for (box *b; wait(o, &b);) take_all(o, b);
    return NULL;
}

mica_status outbox_open(const outbox_work *work, outbox **out, mica_error *err) {
    pthread_condattr_t steady;
    outbox *o = allocate(1, sizeof *o);
    if (!o) return fail_memory(err, sizeof *o, "a queue");
    o->work = *work;
    o->last = &o->first;
    pthread_mutex_init(&o->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC); /* the clock of the day may jump */
    pthread_cond_init(&o->comes, &steady);
    pthread_condattr_destroy(&steady);
    if (!pthread_create(&o->thread, NULL, write_on, o)) return *out = o, MICA_OK;
    pthread_cond_destroy(&o->comes);
    pthread_mutex_destroy(&o->lock);
    free(o);
    return fail(err, MICA_IO, "a thread of the server could not be started");
}

bool outbox_put(outbox *o, void *block, size_t size) {
    box *b = malloc(sizeof *b);
    if (!b) return false;
    *b = (box){.block = block, .size = size + sizeof *b};
    pthread_mutex_lock(&o->lock);
    const bool room = o->waiting + b->size <= o->work.most && !o->stop, first = !o->first;
    if (room) {
        *o->last = b;
        o->last = &b->next;
        o->waiting += b->size;
        if (first) pthread_cond_signal(&o->comes);
    }
    pthread_mutex_unlock(&o->lock);
    if (!room) free(b);
    return room;
}

size_t outbox_waiting(outbox *o) {
    pthread_mutex_lock(&o->lock);
    const size_t waiting = o->waiting;
    pthread_mutex_unlock(&o->lock);
    return waiting;
}

void outbox_end(outbox *o) {
    if (!o || o->ended) return;
    pthread_mutex_lock(&o->lock);
    o->stop = true;
    pthread_cond_signal(&o->comes);
    pthread_mutex_unlock(&o->lock);
    pthread_join(o->thread, NULL);
    o->ended = true;
}

void outbox_close(outbox *o) {
    if (!o) return;
    outbox_end(o);
    pthread_cond_destroy(&o->comes);
    pthread_mutex_destroy(&o->lock);
    free(o);
}
