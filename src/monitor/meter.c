/* See meter.h. The form: https://prometheus.io/docs/instrumenting/exposition_formats/ */
#include "monitor/meter.h"

#include <math.h>

const double meter_seconds[METER_BOUNDS] = {25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3,  2e-3,
                                            3e-3,  5e-3,  7.5e-3, 10e-3,  25e-3,  50e-3, 0.1,
                                            0.25,  0.5,   1,      5,      10,     60};
const double meter_sizes[METER_BOUNDS] = {1,     2,     4,     8,      16,     32,    64,
                                          128,   256,   512,   1024,   2048,   4096,  8192,
                                          16384, 32768, 65536, 131072, 262144, 524288};
const double meter_differences[METER_BOUNDS] = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3,
                                                1e-2, 0.1,  1,    10,   100,  1e3,  1e4,
                                                1e5,  1e6,  1e7,  1e8,  1e9,  1e10};

#define relaxed memory_order_relaxed

/* No value adds more to the sum than the highest of all bounds, lest one that is endless turns the
 * counter over; what is no number adds nothing. */
static uint64_t millionths(double value) { return (uint64_t)(fmin(fmax(value, 0), 1e10) * 1e6); }

void meter_add(meter *m, double value) {
    int i = 0;
    while (i < METER_BOUNDS && value > m->bounds[i]) i++;
    atomic_fetch_add_explicit(&m->counts[i], 1, relaxed);
    atomic_fetch_add_explicit(&m->sum, millionths(value), relaxed);
}

meter_state meter_read(const meter *m) {
    meter_state s = {0};
    for (int i = 0; i <= METER_BOUNDS; i++)
        s.total += s.counts[i] = atomic_load_explicit(&m->counts[i], relaxed);
    s.sum = (double)atomic_load_explicit(&m->sum, relaxed) / 1e6;
    return s;
}

meter_state meter_since(const meter_state *now, const meter_state *before) {
    meter_state s = {.total = now->total - before->total, .sum = now->sum - before->sum};
    for (int i = 0; i <= METER_BOUNDS; i++) s.counts[i] = now->counts[i] - before->counts[i];
    return s;
}

double meter_quantile(const meter_state *s, const double *bounds, double q) {
    const double wanted = q * (double)s->total;
    double below = 0;
    for (int i = 0; i < METER_BOUNDS; i++) {
        const double here = (double)s->counts[i], lower = i ? bounds[i - 1] : 0;
        if (here > 0 && below + here >= wanted)
            return lower + (bounds[i] - lower) * fmax(wanted - below, 0) / here;
        below += here;
    }
    return s->total ? bounds[METER_BOUNDS - 1] : 0;
}

void meter_write(strbuf *out, const char *name, const char *labels, const meter *m) {
    const meter_state s = meter_read(m);
    const char *comma = labels[0] ? "," : "";
    uint64_t below = 0;
    char bound[32];
    for (int i = 0; i < METER_BOUNDS; i++) {
        below += s.counts[i];
        format_real(bound, m->bounds[i]);
        strbuf_add(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bound,
                   (unsigned long long)below);
    }
    strbuf_add(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n%s_sum{%s} ", name, labels, comma,
               (unsigned long long)s.total, name, labels);
    strbuf_add_fixed(out, 6, s.sum);
    strbuf_add(out, "\n%s_count{%s} %llu\n", name, labels, (unsigned long long)s.total);
}

void meter_write_head(strbuf *out, const char *name, const char *type, const char *help) {
    strbuf_add(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void meter_write_text(strbuf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\\' || *text == '"') strbuf_put(out, "\\", 1);
        if (*text == '\n') strbuf_put(out, "\\n", 2);
        else strbuf_put(out, text, 1);
    }
}
