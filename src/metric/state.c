/* The states of a metric: made, added to, read, set to zero. */
#include "metric/metric.h"

#include "part/quiet.h"

#include <stdlib.h>
#include <string.h>

mica_status metric_build(mica_metric *m, const shape *y_pred, mica_error *err) {
    if (m->failed) return fail(err, MICA_STATE, "the metric was not made");
    shape s = {0, {0}};
    if (m->kind->state_shape) m->kind->state_shape(m->options, y_pred, &s);
    if (!shape_known(&s)) {
        char text[128];
        shape_format(y_pred, text);
        return fail(err, MICA_SHAPE, "metric %s: the output is %s, expected a known last dim",
                    m->name, text);
    }
    if (m->state[0] && !shape_equal(&m->state[0]->shape, &s))
        return fail(err, MICA_SHAPE, "metric %s: this output has another number of classes",
                    m->name);
    for (int i = 0; i < m->kind->states && !m->state[i]; i++) {
        char name[160];
        snprintf(name, sizeof name, "%.120s/state_%d", m->name, i);
        mica_tensor *zeros = mica_tensor_new(m->ctx, MICA_FLOAT32, s, NULL);
        mica_tensor *made = mica_variable(zeros, name);
        mica_tensor_destroy(&zeros);
        if (made->kind == TENSOR_POISON) return mica_check(m->ctx, err);
        made->variable->frozen = true;
        m->state[i] = made;
    }
    return MICA_OK;
}

int metric_emit(mica_metric *m, metric_frame *f, mica_tensor **pairs) {
    f->kind = m->kind;
    f->options = m->options;
    f->y_pred = widened(f->y_pred);
    memcpy(f->state, m->state, sizeof f->state);
    m->kind->update(f);
    for (int i = 0; i < m->kind->states; i++) {
        pairs[2 * i] = m->state[i];
        pairs[2 * i + 1] = mica_cast(f->new_state[i], MICA_FLOAT32);
    }
    return m->kind->states;
}

static mica_status update(mica_metric *m, mica_tensor *y_true, mica_tensor *y_pred,
                          mica_tensor *sample_weight, mica_error *err) {
    mica_tensor *pairs[2 * MAX_METRIC_STATES];
    metric_frame f = {.y_true = y_true, .y_pred = y_pred, .sample_weight = sample_weight};
    int n = metric_emit(m, &f, pairs);
    TRY(mica_check(m->ctx, err));
    for (int i = 0; i < n; i++) TRY(mica_assign(pairs[2 * i], pairs[2 * i + 1], err));
    return MICA_OK;
}

void mica_metric_update(mica_metric *m, mica_tensor *y_true, mica_tensor *y_pred,
                        mica_tensor *sample_weight) {
    if (!m || LACKS(m->ctx, y_pred, "y_pred")) return;
    mica_error err = {0};
    if (!m || m->ctx->error.code != MICA_OK) return;
    mica_scope *scope = mica_scope_open(m->ctx);
    emitter below;
    quiet_begin(m->ctx, &below);
    mica_status status = metric_build(m, &y_pred->shape, &err);
    if (status == MICA_OK) {
        status = update(m, y_true, y_pred, sample_weight, &err);
        if (status != MICA_OK) fail_within(&err, status, "metric %s", m->name);
    }
    quiet_end(m->ctx, &below);
    mica_scope_close(&scope);
    if (status != MICA_OK) context_fail_with(m->ctx, &err);
}

void metric_reset(mica_metric *m) {
    for (int i = 0; i < m->kind->states && m->state[i]; i++) {
        mica_tensor *zeros = mica_tensor_new(m->ctx, MICA_FLOAT32, m->state[i]->shape, NULL);
        mica_error err = {0};
        if (mica_assign(m->state[i], zeros, &err) != MICA_OK) context_fail_with(m->ctx, &err);
        mica_tensor_destroy(&zeros);
    }
}

void mica_metric_reset(mica_metric *m) {
    if (m && !m->failed) metric_reset(m);
}

/* The states as double, then room for the results, in one block; NULL without memory or states. */
static double *read_states(const mica_metric *m, result_frame *f) {
    int64_t each = m->state[0] ? mica_tensor_size(m->state[0]) : 0;
    double *block = each ? allocate((size_t)each, sizeof(double) * (MAX_METRIC_STATES + 1)) : NULL;
    if (!block) return NULL;
    f->options = m->options;
    for (int i = 0; i < m->kind->states; i++) {
        tensor_copy_out(m->state[i], MICA_FLOAT64, block + i * each);
        f->state[i] = block + i * each;
        f->counts[i] = each;
    }
    f->out = block + MAX_METRIC_STATES * each;
    return block;
}

int64_t mica_metric_values(const mica_metric *m, double *out, int64_t room) {
    result_frame f = {0};
    double *block = m && !m->failed ? read_states(m, &f) : NULL;
    if (!block) return 0;
    int64_t n = m->kind->result(&f);
    for (int64_t i = 0; i < n && i < room; i++) out[i] = f.out[i];
    free(block);
    return n;
}

double metric_result(const mica_metric *m) {
    result_frame f = {0};
    double *block = m && !m->failed ? read_states(m, &f) : NULL, sum = 0;
    if (!block) return 0;
    int64_t n = m->kind->result(&f);
    for (int64_t i = 0; i < n; i++) sum += f.out[i];
    double value = m->kind->one ? m->kind->one(&f, n) : ratio(sum, (double)n);
    free(block);
    return value;
}

double mica_metric_result(const mica_metric *m) { return metric_result(m); }
