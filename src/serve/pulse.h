/* Whether a thread moves on: it says when it begins something, and when it waits for more. Nobody
 * else writes it, anybody reads it. */
#ifndef SERVE_PULSE_H
#define SERVE_PULSE_H

#include "base/clock.h"

#include <stdatomic.h>
#include <stddef.h>

typedef struct pulse {
    _Atomic double since; /* clock_seconds() when it began what it does; 0: it waits */
} pulse;

static inline void pulse_work(pulse *p) {
    atomic_store_explicit(&p->since, clock_seconds(), memory_order_relaxed);
}

static inline void pulse_rest(pulse *p) {
    atomic_store_explicit(&p->since, 0, memory_order_relaxed);
}

/* The longest that one of `count` threads has been at the same thing; their pulses lie `step` bytes
 * apart. */
static inline double pulses_busy(const pulse *first, int count, size_t step) {
    const double now = clock_seconds();
    double most = 0;
    for (int i = 0; i < count; i++) {
        const pulse *p = (const void *)((const char *)first + (size_t)i * step);
        const double since = atomic_load_explicit(&p->since, memory_order_relaxed);
        if (since && now - since > most) most = now - since;
    }
    return most;
}

#endif
