/* Results: sums of losses over batches, values of metrics, under Keras's names. */
#include "train/results.h"

#include <math.h>
#include <string.h>

double mica_result(const mica_results *r, const char *name) {
    if (!r || !name) return NAN;
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

_Static_assert(MICA_MAX_RESULTS > 2 * MAX_RESULTS, "every result has room, learning_rate too");

static void put(mica_results *out, const char *name, double value) {
    if (out->count == MICA_MAX_RESULTS) return;
    out->name[out->count] = name;
    out->value[out->count++] = value;
}

void results_names(const mica_model *m, bool validated, bool rated, mica_results *out) {
    const compiled *c = &m->compiled;
    out->count = 0;
    for (int i = 0; i < c->name_count; i++) put(out, c->name[i], NAN);
    for (int i = 0; i < c->name_count && validated; i++) put(out, c->val_name[i], NAN);
    if (rated) results_put_rate(m, out);
}

void results_put_rate(const mica_model *m, mica_results *out) {
    put(out, "learning_rate", mica_optimizer_learning_rate(m->compiled.optimizer));
}

void results_put(const mica_model *m, const running *r, bool validation, mica_results *out) {
    const compiled *c = &m->compiled;
    int losses = m->output_count > 1 ? 1 + m->output_count : 1;
    for (int i = 0; i < c->name_count; i++)
        put(out, validation ? c->val_name[i] : c->name[i],
            i < losses ? r->sum[i] / (double)(r->rows ? r->rows : 1)
                       : metric_result(c->metric[i - losses]));
}
