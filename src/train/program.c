/* Tracing a model's steps: see program.h. */
#include "train/program.h"

#include "grad/gradient.h"

#include <stdlib.h>
#include <string.h>

typedef struct tracing {
    mica_model *m;
    graph *g;
    step_program *p;
    step_kind kind;
    model_frame frame;
    mica_tensor *y[MAX_MODEL_OUTPUTS], *weight, *loss[MAX_MODEL_OUTPUTS], *total;
    mica_error *err;
} tracing;

static mica_tensor *add_input(tracing *t, mica_dtype dtype, const shape *s) {
    t->p->dtype[t->p->inputs] = dtype;
    t->p->traced[t->p->inputs] = t->p->shape[t->p->inputs] = *s;
    t->p->inputs++;
    int value = graph_input(t->g, dtype, s);
    return value < 0 ? tensor_poison(t->m->ctx) : graph_symbol(t->g, value);
}

static mica_status check(tracing *t) { return mica_check(t->m->ctx, t->err); }

static mica_status forward(tracing *t, const signature *s) {
    mica_model *m = t->m;
    for (int i = 0; i < m->input_count; i++)
        t->frame.in[i] = add_input(t, m->nodes[m->inputs[i].node].out_dtype[0],
                                   model_input_shape(m, i));
    if (t->kind != STEP_PREDICT) {
        for (int i = 0; i < m->output_count; i++)
            t->y[i] = add_input(
                t, m->compiled.loss[i]->kind->sparse_labels ? MICA_INT32 : MICA_FLOAT32,
                &s->y_shape[i]);
        if (s->weighted) t->weight = add_input(t, MICA_FLOAT32, &s->weight_shape);
    }
    TRY(check(t));
    t->frame.training = t->kind == STEP_TRAIN;
    t->frame.counter = m->counter;
    return model_run(m, &t->frame, t->err);
}

static void warn_logits(mica_model *m, int output) {
    const mica_layer *l = m->nodes[m->outputs[output].node].layer;
    context_log(
        m->ctx, MICA_LOG_WARNING,
        "loss %s has from_logits=true, but layer %s already ends in an activation: mica takes it "
        "off again, as Keras on TensorFlow does; write from_logits=false instead",
        m->compiled.loss[output]->kind->name, l->name);
}

/* Of the layers of a model that is a layer too. */
static void add_penalties(tracing *t, mica_layer *l) {
    mica_model *inner = layer_model(l);
    if (inner && l->options->frozen) return;
    for (size_t i = 0; inner && i < inner->layer_count; i++) add_penalties(t, inner->layers[i]);
    for (size_t i = 0; !inner && i < l->weight_count; i++) {
        mica_tensor *penalty = layer_penalty(l, i);
        if (penalty) t->total = mica_add(t->total, penalty);
    }
}

static mica_status losses(tracing *t) {
    mica_model *m = t->m;
    for (int i = 0; i < m->output_count; i++) {
        loss_frame f = {.y_true = t->y[i],
                        .y_pred = t->frame.out[i],
                        .sample_weight = t->weight,
                        .mask = t->frame.out_mask[i]};
        t->loss[i] = loss_call(m->compiled.loss[i], &f);
        TRY(check(t));
        if (f.warned && t->kind == STEP_TRAIN) warn_logits(m, i);
        double w = m->compiled.loss_weight[i];
        mica_tensor *part = w == 1 ? t->loss[i]
                                   : mica_multiply(t->loss[i], scalar_like(t->loss[i], w));
        t->total = t->total ? mica_add(t->total, part) : part;
    }
    for (size_t i = 0; i < t->frame.loss_count; i++)
        t->total = mica_add(t->total, t->frame.losses[i]);
    for (size_t i = 0; i < m->layer_count; i++) add_penalties(t, m->layers[i]);
    return check(t);
}

static mica_status update_pairs(tracing *t, mica_tensor *const *pairs, int count) {
    TRY(check(t));
    for (int i = 0; i < count; i++) {
        int variable = graph_value_of(t->g, pairs[2 * i]),
            value = graph_value_of(t->g, pairs[2 * i + 1]);
        TRY(graph_update(t->g, variable, value, t->err));
    }
    return MICA_OK;
}

/* The same, but a variable keeps its value where the loss is not finite. */
static mica_status guarded_pairs(tracing *t, mica_tensor **pairs, int count) {
    mica_tensor *finite = t->p->signature.guarded ? mica_is_finite(t->total) : NULL;
    for (int i = 0; i < count && finite; i++)
        pairs[2 * i + 1] = mica_where(finite, pairs[2 * i + 1], pairs[2 * i]);
    return update_pairs(t, pairs, count);
}

static mica_status metrics(tracing *t) {
    const compiled *c = &t->m->compiled;
    for (int i = 0; i < c->metric_count; i++) {
        mica_tensor *pairs[2 * MAX_METRIC_STATES];
        int output = c->metric_output[i];
        metric_frame f = {.y_true = t->y[output],
                          .y_pred = t->frame.out[output],
                          .sample_weight = c->metric_weighted[i] ? t->weight : NULL,
                          .mask = t->frame.out_mask[output]};
        int n = metric_emit(c->metric[i], &f, pairs);
        mica_status status = update_pairs(t, pairs, n);
        if (status != MICA_OK) return fail_within(t->err, status, "metric %s", c->metric[i]->name);
    }
    return MICA_OK;
}

static mica_status optimize(tracing *t) {
    mica_optimizer *o = t->m->compiled.optimizer;
    size_t most = 2 * (size_t)(OPTIMIZER_SCALARS + o->count * (1 + o->slots_each));
    mica_tensor **pairs = allocate(most, sizeof *pairs),
                **gradients = allocate((size_t)o->count, sizeof *gradients);
    mica_status status = pairs && gradients ? MICA_OK : fail_memory(t->err, most, "the optimizer");
    if (status == MICA_OK)
        status = graph_gradients(t->g, optimizer_scale_loss(o, t->total), o->parameters, o->count,
                                 gradients, t->err);
    for (int i = 0; i < o->count && status == MICA_OK; i++)
        if (!gradients[i]) gradients[i] = mica_fill_like(o->parameters[i], 0);
    if (status == MICA_OK) status = guarded_pairs(t, pairs, optimizer_emit(o, gradients, pairs));
    free(pairs);
    free(gradients);
    return status;
}

static bool reads_counter(const graph *g, const mica_tensor *counter) {
    for (size_t i = 0; i < g->value_count; i++)
        if (g->values[i].variable == counter) return true;
    return false;
}

/* What layers keep: moving statistics in training, the states of stateful layers always. */
static mica_status layer_updates(tracing *t) {
    for (size_t i = 0; i < t->frame.update_count; i++) {
        mica_tensor *pair[] = {t->frame.updated[i], t->frame.update_value[i]};
        TRY(t->kind == STEP_TRAIN ? guarded_pairs(t, pair, 1) : update_pairs(t, pair, 1));
    }
    return MICA_OK;
}

static mica_status train_updates(tracing *t) {
    mica_tensor *counter = t->m->counter;
    TRY(optimize(t));
    if (!reads_counter(t->g, counter)) return MICA_OK;
    mica_tensor *next = mica_add(counter, scalar_like(counter, 1));
    return update_pairs(t, (mica_tensor *[]){counter, next}, 1);
}

static mica_status outputs(tracing *t) {
    mica_model *m = t->m;
    if (t->kind == STEP_PREDICT) {
        for (int i = 0; i < m->output_count; i++)
            TRY(graph_output(t->g, graph_value_of(t->g, t->frame.out[i]), t->err));
        return MICA_OK;
    }
    TRY(graph_output(t->g, graph_value_of(t->g, t->total), t->err));
    for (int i = 0; i < m->output_count && m->output_count > 1; i++)
        TRY(graph_output(t->g, graph_value_of(t->g, t->loss[i]), t->err));
    return MICA_OK;
}

static mica_status trace(tracing *t, const signature *s) {
    TRY(forward(t, s));
    if (t->kind != STEP_PREDICT) {
        TRY(losses(t));
        TRY(metrics(t));
    }
    TRY(layer_updates(t));
    if (t->kind == STEP_TRAIN) TRY(train_updates(t));
    return outputs(t);
}

static mica_status make(mica_model *m, step_kind kind, const signature *s, step_program *p,
                        mica_error *err) {
    mica_error own = {0};
    tracing t = {.m = m, .g = graph_new(m->ctx), .p = p, .kind = kind, .err = err ? err : &own};
    tracer *tr = t.g ? tracer_open(t.g) : NULL;
    if (!tr) {
        graph_free(t.g);
        return fail_memory(err, sizeof *t.g, m->name);
    }
    *p = (step_program){0};
    if (s) p->signature = *s;
    mica_status status = trace(&t, s);
    tracer_close(&tr);
    model_frame_free(&t.frame);
    plan_options options = {.inference = kind != STEP_TRAIN};
    if (status == MICA_OK) return function_new(t.g, &options, &p->function, err);
    graph_free(t.g);
    return status;
}

/* ---- the model keeps one program a kind ---- */

typedef struct programs {
    step_program of[STEP_COUNT];
} programs;

static void programs_free(void *data) {
    programs *all = data;
    for (int i = 0; i < STEP_COUNT; i++) function_free(all->of[i].function);
    free(all);
}

static bool same_signature(const mica_model *m, const signature *a, const signature *b) {
    for (int i = 0; i < m->output_count; i++)
        if (!shape_equal(&a->y_shape[i], &b->y_shape[i])) return false;
    return a->weighted == b->weighted && a->guarded == b->guarded &&
           shape_equal(&a->weight_shape, &b->weight_shape);
}

/* How often layers changed what their calls do, but for weights: a layer adapted anew. */
static unsigned revision_of(const mica_layer *l) {
    const mica_model *inner = layer_model(l);
    unsigned sum = l->revision;
    for (size_t i = 0; inner && i < inner->layer_count; i++) sum += revision_of(inner->layers[i]);
    for (int i = 0; layer_inner(l, i); i++) sum += revision_of(layer_inner(l, i));
    return sum;
}

static unsigned model_revision(const mica_model *m) {
    unsigned sum = 0;
    for (size_t i = 0; i < m->layer_count; i++) sum += revision_of(m->layers[i]);
    return sum;
}

/* The layer, or the one in it, that cannot run before it has learned from data: a lookup without a
 * vocabulary would take every token for unknown. What is learned into weights (as Normalization's)
 * begins with values of its own. */
static const mica_layer *unlearned_layer(const mica_layer *l) {
    const mica_model *m = layer_model(l);
    const mica_layer *found = NULL;
    if (layer_wants_adapting(l) && !l->weight_count) return l;
    for (size_t i = 0; m && i < m->layer_count && !found; i++)
        found = unlearned_layer(m->layers[i]);
    for (int i = 0; layer_inner(l, i) && !found; i++) found = unlearned_layer(layer_inner(l, i));
    return found;
}

static mica_status check_learned(const mica_model *m, mica_error *err) {
    for (size_t i = 0; i < m->layer_count; i++) {
        const mica_layer *l = unlearned_layer(m->layers[i]);
        if (l)
            return fail(err, MICA_STATE,
                        "model %s: layer %s has no vocabulary yet: adapt it to data, or give one",
                        m->name, l->name);
    }
    return MICA_OK;
}

mica_status step_program_of(mica_model *m, step_kind kind, const signature *s, step_program **out,
                            mica_error *err) {
    if (m->failed)
        return mica_check(m->ctx, err)
                   ? err->code
                   : fail(err, MICA_STATE, "model %s could not be built", m->name);
    TRY(mica_check(m->ctx, err));
    if (kind != STEP_PREDICT && !m->compiled.done)
        return fail(err, MICA_STATE, "model %s: compile it before training or evaluating", m->name);
    if (!m->programs) {
        m->programs = allocate(1, sizeof(programs));
        m->programs_free = programs_free;
        if (!m->programs) return fail_memory(err, sizeof(programs), m->name);
    }
    step_program *p = &((programs *)m->programs)->of[kind];
    *out = p;
    unsigned revision = model_revision(m);
    if (p->function && p->revision == revision && (!s || same_signature(m, &p->signature, s)))
        return MICA_OK;
    TRY(check_learned(m, err));
    function_free(p->function);
    p->function = NULL;
    TRY(make(m, kind, s, p, err));
    p->revision = revision;
    return MICA_OK;
}

static void with_batch(const step_program *p, int64_t batch, shape *shapes) {
    for (int i = 0; i < p->inputs; i++) {
        shapes[i] = p->shape[i];
        shapes[i].dims[0] = batch;
    }
}

mica_status step_program_prepare(step_program *p, int64_t batch, mica_error *err) {
    shape shapes[MAX_PROGRAM_INPUTS];
    with_batch(p, batch, shapes);
    return function_prepare(p->function, shapes, err);
}

mica_status step_program_run(step_program *p, int64_t batch, void *const *buffers, void *const *out,
                             mica_error *err) {
    shape shapes[MAX_PROGRAM_INPUTS];
    with_batch(p, batch, shapes);
    return function_run(p->function, shapes, (const void *const *)buffers, out, err);
}
