/* Own worker threads, for builds without OpenMP. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

typedef struct pool pool;

/* `workers` threads beside the caller; none is started before the first pool_run. */
pool *pool_open(int workers);
void pool_close(pool *p);
/* Calls work(arg, 0) in the caller and work(arg, i) in up to `workers` workers that come in time,
 * i from 1; returns when all calls have. A worker that is asleep or waits for a core does not hold
 * up the others: work that the caller finishes alone is finished. */
void pool_run(pool *p, int workers, void (*work)(void *arg, int index), void *arg);

#endif
