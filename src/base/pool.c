/* Own worker threads: see pool.h. A worker spins for a while between regions, then sleeps. A region
 * is open while `gate` holds its number without the closed bit; a worker joins by adding one to the
 * count of those inside, so that the caller waits only for workers that joined. */
#include "base/pool.h"

#include "base/busy.h"
#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SPIN_NS 50000
#define CLOSED 0x80000000u /* in the low half of the gate; the rest of it counts who joined */

typedef struct worker {
    pool *pool;
    int index;
    pthread_t thread;
} worker;

struct pool {
    _Alignas(CACHE_LINE) atomic_ullong gate; /* region number << 32 | CLOSED | joined */
    _Alignas(CACHE_LINE) atomic_uint left;   /* of those who joined this region */
    void (*work)(void *, int);
    void *arg;
    atomic_int wanted; /* workers with a higher index stay out of this region */
    atomic_int sleepers;
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int workers, started;
    worker *list;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* True where a region newer than `seen` is there, or the pool closes. */
static bool news(pool *p, unsigned seen) {
    return (unsigned)(atomic_load(&p->gate) >> 32) != seen || atomic_load(&p->stop);
}

static void wait_for_news(pool *p, unsigned seen) {
    int64_t start = clock_ns();
    for (unsigned i = 1; !news(p, seen); i++) {
        relax();
        if (i % 64 == 0 && clock_ns() - start > SPIN_NS) break;
    }
    if (news(p, seen)) return;
    pthread_mutex_lock(&p->mutex);
    atomic_fetch_add(&p->sleepers,
                     1); /* before looking again: pool_run looks the other way round */
    while (!news(p, seen)) pthread_cond_wait(&p->wake, &p->mutex);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->mutex);
}

static bool join(pool *p, int index) {
    unsigned long long gate = atomic_load(&p->gate);
    do {
        if ((gate & CLOSED) || index > atomic_load(&p->wanted)) return false;
    } while (!atomic_compare_exchange_weak(&p->gate, &gate, gate + 1));
    return true;
}

static void *worker_main(void *arg) {
    worker *w = arg;
    pool *p = w->pool;
    unsigned seen = 0;
    for (;;) {
        wait_for_news(p, seen);
        if (atomic_load(&p->stop)) return NULL;
        seen = (unsigned)(atomic_load(&p->gate) >> 32);
        if (!join(p, w->index)) continue;
        p->work(p->arg, w->index);
        atomic_fetch_add(&p->left, 1);
    }
}

pool *pool_open(int workers) {
    pool *p = allocate_aligned(sizeof *p);
    if (!p) return NULL;
    *p = (pool){.gate = CLOSED, .workers = workers};
    p->list = allocate((size_t)workers, sizeof(worker));
    if (p->list && pthread_mutex_init(&p->mutex, NULL) == 0) {
        if (pthread_cond_init(&p->wake, NULL) == 0) return p;
        pthread_mutex_destroy(&p->mutex);
    }
    free(p->list);
    release_aligned(p);
    return NULL;
}

static void wake_all(pool *p) {
    pthread_mutex_lock(&p->mutex);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->mutex);
}

void pool_close(pool *p) {
    if (!p) return;
    atomic_store(&p->stop, true);
    wake_all(p);
    for (int i = 0; i < p->started; i++) pthread_join(p->list[i].thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->mutex);
    free(p->list);
    release_aligned(p);
}

/* Starts what is not there yet. Where the system gives no more threads, fewer do the work. */
static void start(pool *p, int workers) {
    while (p->started < workers && p->started < p->workers) {
        worker *w = &p->list[p->started];
        *w = (worker){.pool = p, .index = p->started + 1};
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0) return;
        p->started++;
    }
}

void pool_run(pool *p, int workers, void (*work)(void *, int), void *arg) {
    start(p, workers);
    p->work = work;
    p->arg = arg;
    atomic_store(&p->wanted, workers);
    atomic_store(&p->left, 0);
    unsigned long long next = ((atomic_load(&p->gate) >> 32) + 1) << 32;
    atomic_store(&p->gate, next);
    if (atomic_load(&p->sleepers) > 0) wake_all(p);
    work(arg, 0);
    unsigned joined = (unsigned)(atomic_fetch_or(&p->gate, CLOSED) & ~(unsigned long long)CLOSED);
    for (unsigned i = 1; atomic_load(&p->left) != joined; i++) {
        relax();
        if (i % 4096 == 0) sched_yield(); /* it waits for a core: perhaps for this one */
    }
}
