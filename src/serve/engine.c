/* See engine.h. One lock keeps all queues: what is done under it is short. */
#include "serve/engine.h"

#include "base/clock.h"
#include "serve/pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Versions with inferences that wait, oldest first. */
typedef struct line {
    served *first, *last;
} line;

struct engine {
    pthread_mutex_t lock;
    pthread_cond_t slow_came;
    line quick, slow;
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

/* ---- under the lock ---- */

static void line_add(line *l, served *s) {
    if (s->listed) return;
    s->listed = true;
    s->next_listed = NULL;
    if (l->last) l->last->next_listed = s;
    else l->first = s;
    l->last = s;
}

static served *line_take(line *l) {
    served *s = l->first;
    if (!s) return NULL;
    if (!(l->first = s->next_listed)) l->last = NULL;
    s->listed = false;
    return s;
}

/* Behind all of its priority and above; 1 is the highest, 0 the least. */
static unsigned urgency(const inference *x) { return (unsigned)x->priority - 1u; }

static void queue_add(served *s, inference *x) {
    inference **at = &s->first;
    x->next = NULL;
    s->waiting++;
    if (s->last && urgency(s->last) <= urgency(x)) at = &s->last->next;
    else
        while (*at && urgency(*at) <= urgency(x)) at = &(*at)->next;
    x->next = *at;
    *at = x;
    if (!x->next) s->last = x;
}

static inference *queue_take(served *s) {
    inference *x = s->first;
    if (!(s->first = x->next)) s->last = NULL;
    s->waiting--;
    x->next = NULL;
    return x;
}

/* ---- batches ---- */

typedef struct gathered {
    inference *first;
    int count;
    int64_t rows;
} gathered;

/* The next inferences that fit into one batch; under the lock. A model with free extents takes one
 * at a time: extents differ. */
static gathered gather(served *s) {
    const int64_t room = s->batch;
    gathered g = {0};
    inference **end = &g.first;
    while (s->first && (!g.count || (s->powers && g.rows + s->first->rows <= room))) {
        inference *x = *end = queue_take(s);
        end = &x->next;
        g.rows += x->rows;
        g.count++;
    }
    return g;
}

static void count(served_counters *c, mica_status status, double seconds) {
    meter_add(&c->request, seconds);
    if (status == MICA_OK) atomic_fetch_add(&c->done, 1);
    else atomic_fetch_add(status == MICA_TIMEOUT ? &c->refused : &c->failed, 1);
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

/* Takes out what nobody waits for any more. */
static void drop_late(gathered *g, double now) {
    mica_error err;
    for (inference **at = &g->first, *x; (x = *at);) {
        if (!x->shadow) meter_add(&x->served->counters.queue, now - x->entered);
        if (!x->deadline || now <= x->deadline) {
            at = &x->next;
            continue;
        }
        *at = x->next;
        g->count--;
        g->rows -= x->rows;
        fail(&err, MICA_TIMEOUT, "model %s: the request waited %.1f ms, longer than it allows",
             x->contract->name, (now - x->entered) * 1e3);
        finish_one(x, MICA_TIMEOUT, &err, now);
    }
}

static mica_status run_one(served *s, int lane, inference *x, mica_error *err) {
    if (!s->powers) return served_run_free(s, x, err);
    TRY(served_place_outputs(s, x, err));
    return served_run(s, lane, x->rows, x->in, x->out, err);
}

bool engine_run_now(served *s, int lane, inference *x, mica_status *status, mica_error *err) {
    served_counters *c = &s->counters;
    if (!s->instant || x->rows > s->batch || s->options.max_delay > 0) return false;
    const double began = clock_seconds();
    *status = run_one(s, lane, x, err);
    const double seconds = clock_seconds() - began;
    meter_add(&c->queue, 0);
    meter_add(&c->batch, (double)x->rows);
    meter_add(&c->compute, seconds);
    count(c, *status, seconds);
    return true;
}

/* Several inferences as one: their rows one below the other. */
static mica_status run_together(served *s, int lane, const gathered *g, mica_error *err) {
    const served_room *r = &s->room[lane];
    const contract *c = &s->contract;
    if (!served_batch_room(s, lane)) return fail_no_memory(err, "a batch");
    int64_t at = 0;
    for (inference *x = g->first; x; at += x->rows, x = x->next) {
        TRY(served_place_outputs(s, x, err));
        for (int i = 0; i < c->inputs; i++)
            memcpy((char *)r->in[i] + (size_t)at * s->row_in[i], x->in[i],
                   (size_t)x->rows * s->row_in[i]);
    }
    TRY(served_run(s, lane, g->rows, r->in, r->out, err));
    at = 0;
    for (inference *x = g->first; x; at += x->rows, x = x->next)
        for (int i = 0; i < c->outputs; i++)
            memcpy(x->out[i], (char *)r->out[i] + (size_t)at * s->row_out[i],
                   (size_t)x->rows * s->row_out[i]);
    return MICA_OK;
}

static void run_batch(served *s, int lane, gathered g) {
    mica_error err = {0};
    const double began = clock_seconds();
    drop_late(&g, began);
    if (!g.count) return;
    meter_add(&s->counters.batch, (double)g.rows);
    mica_status status = g.count == 1 ? run_one(s, lane, g.first, &err)
                                      : run_together(s, lane, &g, &err);
    meter_add(&s->counters.compute, clock_seconds() - began);
    finish_all(g.first, status, &err);
}

/* ---- lanes ---- */

static bool is_slow(const served *s) {
    return !s->powers || s->row_seconds > s->options.inline_limit;
}

/* Whether to run now; else *due says when. Nothing waits for others where the batch is full. */
static bool is_due(const served *s, double now, double *due) {
    if (s->options.max_delay <= 0 || s->waiting >= s->batch) return true;
    const double at = s->first->entered + s->options.max_delay;
    if (at <= now) return true;
    if (at - now < *due) *due = at - now;
    return false;
}

/* One batch of a line, if one is due. Under the lock, which is given back while it runs. */
static bool drain_one(engine *e, line *l, int lane, double *due) {
    line later = {0};
    served *s;
    const double now = clock_seconds();
    while ((s = line_take(l)) && !is_due(s, now, due) && !e->closing) line_add(&later, s);
    for (served *k; (k = line_take(&later));) line_add(l, k);
    if (!s) return false;
    gathered g = gather(s);
    if (s->first) line_add(l, s);
    served_hold(s);
    pthread_mutex_unlock(&e->lock);
    run_batch(s, lane, g);
    served_release(s);
    pthread_mutex_lock(&e->lock);
    return true;
}

double engine_drain(engine *e, int lane) {
    double due = INFINITY;
    pthread_mutex_lock(&e->lock);
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
        if (drain_one(e, &e->slow, w->lane, &due)) continue;
        if (e->closing && !e->slow.first) break;
        pulse_rest(&w->pulse);
        wait_for_slow(e, due);
    }
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
