/* See engine.h. One lock keeps all queues: what is done under it is short. */
#include "serve/engine.h"

#include "base/clock.h"
#include "serve/engine_queue.h"
#include "serve/pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    pthread_mutex_t lock;
    pthread_cond_t slow_came;
    line quick, slow;
    double soonest; /* no deadline of what waits is sooner; INFINITY: there is none */
    bool closing;
    int workers, first_lane;
    pthread_t *thread;
    struct worker *worker;
};

typedef struct worker {
    engine *engine;
    int lane;
    pulse pulse;
} worker;

/* ---- batches ---- */

static void count(served_counters *c, mica_status status, double seconds) {
    meter_add(&c->request, seconds);
    if (status == MICA_OK) atomic_fetch_add(&c->done, 1);
    else { /* VALUE: it asked for what cannot be given */
        const bool refused = status == MICA_TIMEOUT || status == MICA_VALUE;
        atomic_fetch_add(refused ? &c->refused : &c->failed, 1);
    }
}

static void finish_one(inference *x, mica_status status, const mica_error *err, double now) {
    if (!x->shadow) count(&x->served->counters, status, now - x->entered);
    x->done(x->user, status, err);
}

static void finish_all(inference *x, mica_status status, const mica_error *err) {
    const double now = clock_seconds();
    for (inference *next; x; x = next) {
        next = x->next;
        finish_one(x, status, err, now);
    }
}

static void finish_late(inference *x) {
    mica_error err;
    const double now = clock_seconds();
    for (inference *next; x; x = next) {
        next = x->next;
        if (!x->shadow) meter_add(&x->served->counters.queue, now - x->entered);
        fail(&err, MICA_TIMEOUT, "model %s: the request waited %.1f ms, longer than it allows",
             x->contract->name, (now - x->entered) * 1e3);
        finish_one(x, MICA_TIMEOUT, &err, now);
    }
}

bool engine_run_now(served *s, int lane, inference *x, mica_status *status, mica_error *err) {
    served_counters *c = &s->counters;
    if (!s->instant || x->rows > s->batch || s->options.max_delay > 0) return false;
    const gathered one = {x, 1, x->rows};
    const double began = clock_seconds();
    x->next = NULL;
    *status = served_run_batch(s, lane, &one, err);
    const double seconds = clock_seconds() - began;
    meter_add(&c->queue, 0);
    meter_add(&c->batch, (double)x->rows);
    meter_add(&c->compute, seconds);
    count(c, *status, seconds);
    return true;
}

static void run_batch(served *s, int lane, const gathered *g) {
    mica_error err = {0};
    const double began = clock_seconds();
    for (const inference *x = g->first; x; x = x->next)
        if (!x->shadow) meter_add(&s->counters.queue, began - x->entered);
    meter_add(&s->counters.batch, (double)g->rows);
    mica_status status = served_run_batch(s, lane, g, &err);
    meter_add(&s->counters.compute, clock_seconds() - began);
    finish_all(g->first, status, &err);
}

/* ---- lanes ---- */

static bool is_slow(const served *s) {
    return !s->powers || s->row_seconds > s->options.inline_limit;
}

/* Whether to run now; else *due says when. Nothing waits for others where the batch is full. */
static bool is_due(const served *s, double now, double *due) {
    if (s->options.max_delay <= 0 || s->waiting >= s->batch) return true;
    const double at = queue_due(s);
    if (at <= now) return true;
    *due = fmin(*due, at - now);
    return false;
}

/* Tells those whose deadline has passed, whether or not anyone is free to run the others; *due:
 * when the next one passes. Under the lock, which is given back while they are told. */
static void drop_late(engine *e, double *due) {
    if (isinf(e->soonest)) return;
    const double now = clock_seconds();
    if (now > e->soonest) {
        double soonest = INFINITY;
        inference *quick = line_late(&e->quick, now, &soonest),
                  *slow = line_late(&e->slow, now, &soonest);
        e->soonest = soonest;
        pthread_mutex_unlock(&e->lock);
        finish_late(quick);
        finish_late(slow);
        pthread_mutex_lock(&e->lock);
    }
    *due = fmin(*due, fmax(0, e->soonest - now));
}

/* Who ran it comes back for what waits of it: nobody is woken. */
static void may_run_again(engine *e, served *s) {
    pthread_mutex_lock(&e->lock);
    s->runs = false;
    pthread_mutex_unlock(&e->lock);
}

/* One batch of a line, if one is due. Under the lock, which is given back while it runs. */
static bool drain_one(engine *e, line *l, int lane, double *due) {
    line later = {0};
    served *s;
    const double now = clock_seconds();
    while ((s = line_take(l)) && (s->runs || (!is_due(s, now, due) && !e->closing)))
        line_add(&later, s);
    for (served *k; (k = line_take(&later));) line_add(l, k);
    if (!s) return false;
    const gathered g = queue_gather(s);
    if (s->first) line_add(l, s);
    served_hold(s);
    s->runs = !s->powers;
    pthread_mutex_unlock(&e->lock);
    run_batch(s, lane, &g);
    if (!s->powers) may_run_again(e, s);
    served_release(s);
    pthread_mutex_lock(&e->lock);
    return true;
}

double engine_drain(engine *e, int lane) {
    double due = INFINITY;
    pthread_mutex_lock(&e->lock);
    drop_late(e, &due);
    if (e->quick.first && drain_one(e, &e->quick, lane, &due) && e->quick.first) due = 0;
    pthread_mutex_unlock(&e->lock);
    return due;
}

static void wait_for_slow(engine *e, double due) {
    struct timespec until;
    if (isinf(due)) {
        pthread_cond_wait(&e->slow_came, &e->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double at = (double)until.tv_nsec * 1e-9 + due;
    until.tv_sec += (time_t)at;
    until.tv_nsec = (long)((at - floor(at)) * 1e9);
    pthread_cond_timedwait(&e->slow_came, &e->lock, &until);
}

static void *work(void *arg) {
    worker *w = arg;
    engine *e = w->engine;
    pthread_mutex_lock(&e->lock);
    for (;;) {
        double due = INFINITY;
        pulse_work(&w->pulse);
        drop_late(e, &due);
        if (drain_one(e, &e->slow, w->lane, &due)) continue;
        if (e->closing && !e->slow.first) break;
        pulse_rest(&w->pulse);
        wait_for_slow(e, due);
    }
    pthread_cond_broadcast(&e->slow_came); /* to others who wait for what this one ran */
    pulse_rest(&w->pulse);
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

double engine_busy(const engine *e) {
    return e->workers ? pulses_busy(&e->worker->pulse, e->workers, sizeof *e->worker) : 0;
}

mica_status engine_submit(engine *e, served *s, inference *x, bool has_lane,
                          void (*done)(void *, mica_status, const mica_error *), void *user,
                          mica_error *err) {
    x->served = s, x->done = done, x->user = user;
    x->entered = clock_seconds();
    x->deadline = x->timeout_us > 0 ? x->entered + (double)x->timeout_us * 1e-6 : 0;
    const bool slow = !has_lane || is_slow(s);
    pthread_mutex_lock(&e->lock);
    const bool full = s->waiting >= s->options.max_queue, closing = e->closing;
    if (!full && !closing) {
        queue_add(s, x);
        line_add(slow ? &e->slow : &e->quick, s);
        if (x->deadline) e->soonest = fmin(e->soonest, x->deadline);
    }
    pthread_mutex_unlock(&e->lock);
    if (closing) return fail(err, MICA_INTERRUPTED, "the server ends");
    if (full) {
        if (!x->shadow) atomic_fetch_add(&s->counters.refused, 1);
        return fail(err, MICA_BUSY, "model %s: %lld requests wait already, the most that may",
                    s->options.name, (long long)s->options.max_queue);
    }
    if (slow) pthread_cond_signal(&e->slow_came);
    return MICA_OK;
}

int64_t engine_waiting(engine *e, const served *s) {
    pthread_mutex_lock(&e->lock);
    const int64_t waiting = s->waiting;
    pthread_mutex_unlock(&e->lock);
    return waiting;
}

/* ---- opening and closing ---- */

mica_status engine_open(int workers, int first_lane, engine **out, mica_error *err) {
    engine *e = allocate(1, sizeof *e);
    pthread_condattr_t monotonic;
    if (!e) return fail_memory(err, sizeof *e, "the engine");
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&e->slow_came, &monotonic);
    pthread_condattr_destroy(&monotonic);
    e->first_lane = first_lane;
    e->soonest = INFINITY;
    e->thread = allocate((size_t)workers, sizeof *e->thread);
    e->worker = allocate((size_t)workers, sizeof *e->worker);
    mica_status status = e->thread && e->worker ? MICA_OK : fail_no_memory(err, "the engine");
    for (int i = 0; i < workers && status == MICA_OK; i++) {
        e->worker[i] = (worker){.engine = e, .lane = first_lane + i};
        if (pthread_create(&e->thread[i], NULL, work, &e->worker[i]))
            status = fail(err, MICA_IO, "the server's workers could not be started");
        else e->workers++;
    }
    if (status == MICA_OK) *out = e;
    else engine_close(e);
    return status;
}

void engine_stop(engine *e) {
    pthread_mutex_lock(&e->lock);
    e->closing = true;
    pthread_cond_broadcast(&e->slow_came);
    pthread_mutex_unlock(&e->lock);
    for (int i = 0; i < e->workers; i++) pthread_join(e->thread[i], NULL);
    e->workers = 0;
}

void engine_close(engine *e) {
    if (!e) return;
    engine_stop(e);
    pthread_cond_destroy(&e->slow_came);
    pthread_mutex_destroy(&e->lock);
    free(e->thread);
    free(e->worker);
    free(e);
}
