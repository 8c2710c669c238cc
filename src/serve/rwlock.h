/* Locks that many read at once and few write: keys, models, rules of traffic. */
#ifndef SERVE_RWLOCK_H
#define SERVE_RWLOCK_H

#include <pthread.h>

/* Who waits to write goes before those that come to read later, so that requests without a pause
 * keep no reload waiting. No thread reads twice at once: it would wait for itself. Where the
 * system's C library knows no such order, its own holds. */
void rwlock_open(pthread_rwlock_t *lock);

#endif
