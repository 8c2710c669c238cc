/* Results: sums of losses over batches, values of metrics, under Keras's names. */
#include "train/results.h"

#include <math.h>
#include <string.h>

double mica_result(const mica_results *r, const char *name) {
    for (int i = 0; i < r->count; i++)
        if (!strcmp(r->name[i], name)) return r->value[i];
    return NAN;
}

void results_begin(const mica_model *m, running *r) {
    *r = (running){0};
    for (int i = 0; i < m->compiled.metric_count; i++) metric_reset(m->compiled.metric[i]);
}

void results_add(const mica_model *m, running *r, int64_t rows) {
    int losses = m->output_count > 1 ? 1 + m->output_count : 1;
    for (int i = 0; i < losses; i++) r->sum[i] += (double)r->loss[i] * (double)rows;
    r->rows += rows;
}

void results_put(const mica_model *m, const running *r, bool validation, mica_results *out) {
    const compiled *c = &m->compiled;
    int losses = m->output_count > 1 ? 1 + m->output_count : 1;
    for (int i = 0; i < c->name_count && out->count < MICA_MAX_RESULTS; i++) {
        out->name[out->count] = validation ? c->val_name[i] : c->name[i];
        out->value[out->count++] = i < losses ? r->sum[i] / (double)(r->rows ? r->rows : 1)
                                              : metric_result(c->metric[i - losses]);
    }
}
