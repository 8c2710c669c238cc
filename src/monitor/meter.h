/* Meters of a server: how often a quantity fell below each of some bounds. Any thread adds, any
 * thread reads; neither waits. Written in Prometheus's text form, in base units (seconds, bytes).
 */
#ifndef MONITOR_METER_H
#define MONITOR_METER_H

#include "base/strbuf.h"

#include <stdatomic.h>

enum { METER_BOUNDS = 20 };
extern const double meter_seconds[METER_BOUNDS];     /* 25 µs … 60 s */
extern const double meter_sizes[METER_BOUNDS];       /* 1, 2, 4 … */
extern const double meter_differences[METER_BOUNDS]; /* 1e-9, 1e-8 … 1e10 */

typedef struct meter {
    const double *bounds;                      /* METER_BOUNDS, rising */
    _Atomic uint64_t counts[METER_BOUNDS + 1]; /* of each step; the last is above all bounds */
    _Atomic uint64_t sum;                      /* in millionths */
} meter;

void meter_add(meter *m, double value);

/* What a meter had counted at a moment. */
typedef struct meter_state {
    uint64_t counts[METER_BOUNDS + 1], total;
    double sum;
} meter_state;
meter_state meter_read(const meter *m);
/* What came between two moments. */
meter_state meter_since(const meter_state *now, const meter_state *before);
/* The quantile q of what was counted, by linear steps between bounds; 0 of nothing. */
double meter_quantile(const meter_state *s, const double *bounds, double q);

/* NAME_bucket{LABELS,le="…"}, NAME_sum, NAME_count. */
void meter_write(strbuf *out, const char *name, const char *labels, const meter *m);
/* "# HELP", "# TYPE". */
void meter_write_head(strbuf *out, const char *name, const char *type, const char *help);
/* A label's value with \\, " and line ends escaped. */
void meter_write_text(strbuf *out, const char *text);

#endif
