/* See histogram.h. */
#include "monitor/histogram.h"

#include <math.h>

void moments_add(moments *m, double value) {
    if (!isfinite(value)) {
        m->missing++;
        return;
    }
    if (!m->count || value < m->least) m->least = value;
    if (!m->count || value > m->most) m->most = value;
    double before = value - m->mean;
    m->mean += before / (double)++m->count;
    m->squares += before * (value - m->mean);
}

double moments_deviation(const moments *m) {
    return m->count ? sqrt(m->squares / (double)m->count) : 0;
}

static double round_step(double raw) {
    double power = pow(10, floor(log10(raw))), part = raw / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

histogram histogram_for(const moments *m) {
    double reach = 4 * moments_deviation(m);
    double from = fmax(m->least, m->mean - reach), to = fmin(m->most, m->mean + reach);
    histogram h = {.step = 1, .bins = 1};
    double tiny = fabs(m->mean) * 1e-12;
    if (!m->count) return h;
    if (to - from > tiny) h.step = round_step((to - from) / (HISTOGRAM_BINS - 4));
    else if (m->mean != 0) h.step = round_step(fabs(m->mean) / 10); /* all values are the same */
    h.lower = floor(from / h.step) * h.step;
    h.bins = (int)fmin(floor((to - h.lower) / h.step) + 1, HISTOGRAM_BINS);
    if (h.bins < 1) h.bins = 1;
    return h;
}

void histogram_add(histogram *h, double value) {
    double place = floor((value - h->lower) / h->step);
    if (!isfinite(value)) h->missing++;
    else if (place < 0) h->below++;
    else if (place >= h->bins) h->above++;
    else h->counts[(int)place]++;
}
