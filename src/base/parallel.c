/* Loops on several threads: see parallel.h. With OpenMP the threads are OpenMP's, so that oneDNN
 * and these loops share one pool (libgomp's threads spin after a region, and two pools would fight
 * for the cores); without it they are those of pool.c. */
#include "base/parallel.h"

#include "build_config.h"
#include "base/busy.h"
#include "base/memory.h"
#include "base/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(HAVE_OPENMP) && defined(_OPENMP)
#define USE_OPENMP 1
#include <omp.h>
#endif

struct team {
    int threads;
    bool inside; /* a region is running: one within it runs in its caller */
    bool aside;  /* the caller works alone */
    pool *pool;
    busy_state busy;
    int64_t sampled_ns; /* when delays were read last */
    int *ids;           /* of the threads that took part in the last collected region; 0: none */
    struct thread_delay {
        int id;
        int64_t delay_ns;
    } * delays; /* what was read then */
};

typedef struct job {
    _Alignas(CACHE_LINE) atomic_llong next; /* the next piece that nobody took */
    int64_t n, grain, pieces;
    void (*body)(void *, int64_t, int64_t);
    void *arg;
    int *ids; /* NULL: not collected in this region */
} job;

team *team_open(int threads) {
    team *t = allocate(1, sizeof *t);
    if (!t) return NULL;
    t->threads = threads < 1 ? 1 : threads;
    t->busy.threads = t->busy.limit = t->threads;
    t->ids = allocate((size_t)t->threads, sizeof *t->ids);
    t->delays = allocate((size_t)t->threads, sizeof *t->delays);
    bool ok = t->ids && t->delays;
#ifndef USE_OPENMP
    ok = ok && (t->pool = pool_open(t->threads - 1));
#endif
    if (ok) return t;
    team_close(t);
    return NULL;
}

void team_close(team *t) {
    if (!t) return;
    pool_close(t->pool);
    free(t->delays);
    free(t->ids);
    free(t);
}

int team_threads(const team *t) { return t ? t->threads : 1; }

void team_stand_aside(team *t, bool aside) { t->aside = aside; }
bool team_stands_aside(const team *t) { return t->aside; }

static void run_piece(const job *j, int64_t piece) {
    int64_t begin = piece * j->grain, end = begin + j->grain;
    j->body(j->arg, begin, end < j->n ? end : j->n);
}

static void take_pieces(void *arg, int index) {
    job *j = arg;
    if (j->ids) j->ids[index] = thread_id_self();
    for (;;) {
        int64_t piece = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (piece >= j->pieces) return;
        run_piece(j, piece);
    }
}

static void run_region(team *t, job *j, int threads) {
    t->inside = true;
#ifdef USE_OPENMP
#pragma omp parallel num_threads(threads)
    take_pieces(j, omp_get_thread_num());
#else
    pool_run(t->pool, threads - 1, take_pieces, j);
#endif
    t->inside = false;
}

/* What the threads' delays grew by since they were read last. A thread that is new, that ended, or
 * of which the kernel tells nothing, adds none. */
static int64_t grown_delays(team *t) {
    int64_t sum = 0;
    for (int i = 0; i < t->threads; i++) {
        struct thread_delay *d = &t->delays[i];
        int64_t now = t->ids[i] ? run_delay_ns(t->ids[i]) : -1;
        if (now >= 0 && d->id == t->ids[i] && now > d->delay_ns) sum += now - d->delay_ns;
        *d = (struct thread_delay){.id = now < 0 ? 0 : t->ids[i], .delay_ns = now};
    }
    return sum;
}

/* Reading costs some microseconds a thread: every 4 ms, and more rarely for big teams. */
static bool sample_due(const team *t, int64_t now) {
    return now - t->sampled_ns > 4000000 + t->threads * (int64_t)250000;
}

static void nothing(void *arg, int64_t begin, int64_t end) {}

/* Samples where it is time, learns which threads there are, and tells how many to use. */
int team_effective_threads(team *t) {
    if (!t || t->threads == 1 || t->aside) return 1;
    int64_t now = clock_ns();
    if (t->inside || !sample_due(t, now)) return t->busy.limit;
    busy_update(&t->busy, now, now - t->sampled_ns, grown_delays(t));
    t->sampled_ns = now;
    job j = {.n = t->threads, .pieces = t->threads, .grain = 1, .body = nothing, .ids = t->ids};
    if (t->busy.limit > 1) run_region(t, &j, t->busy.limit);
    return t->busy.limit;
}

void parallel_for(team *t, int64_t n, int64_t grain, void (*body)(void *, int64_t, int64_t),
                  void *arg) {
    if (n <= 0) return;
    if (grain < 1) grain = 1;
    job j = {.n = n, .grain = grain, .pieces = (n + grain - 1) / grain, .body = body, .arg = arg};
    int threads = j.pieces > 1 && t && !t->inside ? team_effective_threads(t) : 1;
    if (threads > 1) run_region(t, &j, threads);
    else
        for (int64_t piece = 0; piece < j.pieces; piece++) run_piece(&j, piece);
}
