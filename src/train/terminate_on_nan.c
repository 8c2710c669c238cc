/* terminate_on_nan, and finding the layer that is to blame: see mica/train.h. */
#include "train/fit.h"

#include "mica/math.h"
#include "train/callback.h"

#include <math.h>
#include <stdlib.h>

static const mica_callback terminate_on_nan = {.user = NULL};

static const mica_callback *make(mica_context *ctx, const void *options) {
    return &terminate_on_nan;
}

const callback_kind callback_terminate_on_nan = {
    .name = "terminate_on_nan",
    .class_name = "TerminateOnNaN",
    .make = make,
};

const mica_callback *mica_terminate_on_nan(mica_context *ctx) { return &terminate_on_nan; }
bool is_terminate_on_nan(const mica_callback *c) { return c == &terminate_on_nan; }

/* Texts are no numbers that could be none. */
static bool has_numbers(const mica_model *m, size_t node) {
    return m->nodes[node].out_dtype[0] != MICA_STRING;
}

/* One graph: inputs -> for every node of numbers whether its output is finite throughout. */
static mica_status trace_checks(mica_model *m, graph *g, mica_tensor **node_out, mica_error *err) {
    model_frame f = {.training = true, .counter = m->counter, .node_out = node_out};
    for (int i = 0; i < m->input_count; i++) {
        const model_node *n = &m->nodes[m->inputs[i].node];
        f.in[i] = graph_symbol(g, graph_input(g, n->out_dtype[0], &n->out[0]));
    }
    mica_status status = model_run(m, &f, err);
    for (size_t i = 0; i < m->node_count && status == MICA_OK; i++) {
        if (!has_numbers(m, i)) continue;
        mica_tensor *finite = mica_all(mica_is_finite(node_out[i]), MICA_ALL_AXES, false);
        status = mica_check(m->ctx, err);
        if (status == MICA_OK) status = graph_output(g, graph_value_of(g, finite), err);
    }
    model_frame_free(&f);
    return status;
}

static mica_status make_checks(mica_model *m, function **out, mica_error *err) {
    graph *g = graph_new(m->ctx);
    tracer *t = g ? tracer_open(g) : NULL;
    mica_tensor **node_out = allocate(m->node_count, sizeof *node_out);
    mica_status status = t && node_out ? MICA_OK : fail_memory(err, m->node_count, m->name);
    if (status == MICA_OK) status = trace_checks(m, g, node_out, err);
    tracer_close(&t);
    free(node_out);
    if (status == MICA_OK) return function_new(g, NULL, out, err);
    graph_free(g);
    return status;
}

/* The number of the first node with a value that is not finite; -1: none. */
static mica_status first_bad_node(fitting *f, int64_t rows, int *bad, mica_error *err) {
    mica_model *m = f->state.model;
    function *checks = NULL;
    shape shapes[MAX_MODEL_INPUTS];
    bool *finite = allocate(m->node_count, sizeof *finite);
    void **out = allocate(m->node_count, sizeof *out);
    mica_status status = finite && out ? make_checks(m, &checks, err)
                                       : fail_memory(err, m->node_count, m->name);
    for (int i = 0; i < m->input_count; i++) {
        shapes[i] = f->program->shape[i];
        shapes[i].dims[0] = rows;
    }
    size_t checked = 0;
    for (size_t i = 0; i < m->node_count && status == MICA_OK; i++) {
        finite[i] = true;
        if (has_numbers(m, i)) out[checked++] = &finite[i];
    }
    if (status == MICA_OK)
        status = function_run(checks, shapes, (const void *const *)f->batches.buffer, out, err);
    *bad = -1;
    for (size_t i = 0; i < m->node_count && status == MICA_OK && *bad < 0; i++)
        if (!finite[i]) *bad = (int)i;
    function_free(checks);
    free(finite);
    free(out);
    return status;
}

/* Squares of larger ones are infinite in float32. */
#define LARGE 1e18

/* The layers are innocent: then targets or weights are not finite, or too large to be squared. */
static mica_status explain_by_data(const fitting *f, double loss, mica_error *err) {
    char where[320];
    const char *file = f->data->origin ? f->data->origin : "data";
    TRY(dataset_not_finite(f->data, where, err));
    bool large = !where[0];
    if (large) TRY(dataset_beyond(f->data, LARGE, where, err));
    if (where[0])
        return fail(err, MICA_NUMERIC,
                    "epoch %d, step %lld: the loss is %g, while the outputs of all layers are "
                    "finite: %s: %s%s",
                    f->state.epoch + 1, (long long)f->state.step + 1, loss, file, where,
                    large ? ", too large for the loss" : "");
    return fail(err, MICA_NUMERIC,
                "epoch %d, step %lld: the loss is %g, while the outputs of all layers are finite",
                f->state.epoch + 1, (long long)f->state.step + 1, loss);
}

mica_status explain_not_finite(fitting *f, mica_error *err) {
    const mica_model *m = f->state.model;
    int bad;
    double loss = (double)f->running.loss[0];
    if (loss != loss) loss = NAN; /* "nan", of whatever sign it came */
    int64_t rows = f->state.step + 1 == batches_count(&f->batches) &&
                           f->rows % f->options.batch_size
                       ? f->rows % f->options.batch_size
                   : f->options.batch_size < f->rows ? f->options.batch_size
                                                     : f->rows;
    TRY(first_bad_node(f, rows, &bad, err));
    const char *kind = bad >= 0 && !m->nodes[bad].inputs ? "the data of input"
                                                         : "the output of layer";
    if (bad < 0) return explain_by_data(f, loss, err);
    char where[320] = "";
    if (!m->nodes[bad].inputs) TRY(dataset_not_finite(f->data, where, err));
    return fail(err, MICA_NUMERIC,
                "epoch %d, step %lld: the loss is %g; the first value that is not finite is in %s "
                "%s%s%s%s%s",
                f->state.epoch + 1, (long long)f->state.step + 1, loss, kind,
                m->nodes[bad].layer->name, where[0] ? ": " : "",
                where[0] && f->data->origin ? f->data->origin : "",
                where[0] && f->data->origin ? ": " : "", where);
}
