/* Calling a model: every layer in order, through whatever emitter is open. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

void model_frame_free(model_frame *f) {
    free(f->updated), free(f->update_value), free(f->losses);
    f->updated = f->update_value = f->losses = NULL;
    f->update_count = f->loss_count = f->updated_room = f->value_room = f->loss_room = 0;
}

static bool collect(model_frame *f, const layer_frame *l) {
    for (int i = 0; i < l->updates; i++) {
        if (!grow(&f->updated, &f->updated_room, f->update_count + 1, sizeof *f->updated))
            return false;
        if (!grow(&f->update_value, &f->value_room, f->update_count + 1, sizeof *f->update_value))
            return false;
        f->updated[f->update_count] = l->updated[i];
        f->update_value[f->update_count++] = l->update_value[i];
    }
    for (int i = 0; i < l->losses; i++) {
        if (!grow(&f->losses, &f->loss_room, f->loss_count + 1, sizeof *f->losses)) return false;
        f->losses[f->loss_count++] = l->loss[i];
    }
    return true;
}

/* Everything that has been computed, by node. */
typedef struct values {
    mica_tensor *out[MAX_LAYER_OUTPUTS], *mask[MAX_LAYER_OUTPUTS];
} values;

static bool take_over(model_frame *f, const model_frame *inner) {
    for (size_t i = 0; i < inner->update_count; i++) {
        layer_frame one = {.updates = 1};
        one.updated[0] = inner->updated[i];
        one.update_value[0] = inner->update_value[i];
        if (!collect(f, &one)) return false;
    }
    for (size_t i = 0; i < inner->loss_count; i++) {
        layer_frame one = {.losses = 1};
        one.loss[0] = inner->losses[i];
        if (!collect(f, &one)) return false;
    }
    return true;
}

/* A model as a layer: its updates and losses are those of this model. */
static mica_status run_inner(mica_model *inner, const layer_frame *call, model_frame *f,
                             mica_error *err) {
    model_frame g = {.training = call->training, .counter = call->counter};
    for (int i = 0; i < call->inputs; i++) g.in[i] = call->in[i], g.mask[i] = call->masks[i];
    mica_status status = model_run(inner, &g, err);
    for (int i = 0; i < call->outputs && status == MICA_OK; i++)
        call->out[i] = g.out[i], call->out_masks[i] = g.out_mask[i];
    if (status == MICA_OK && !take_over(f, &g)) status = fail_no_memory(err, inner->name);
    model_frame_free(&g);
    return status;
}

static mica_status run_node(mica_model *m, size_t at, values *v, model_frame *f, mica_error *err) {
    const model_node *n = &m->nodes[at];
    mica_tensor *in[MAX_LAYER_INPUTS], *masks[MAX_LAYER_INPUTS];
    for (int i = 0; i < n->inputs; i++) {
        in[i] = v[n->in[i].node].out[n->in[i].tensor];
        masks[i] = v[n->in[i].node].mask[n->in[i].tensor];
    }
    layer_frame call = model_call_frame(n);
    call.in = in, call.masks = masks;
    call.out = v[at].out, call.out_masks = v[at].mask;
    call.training = n->fixed_mode ? n->fixed_mode > 0 : f->training;
    call.counter = f->counter;
    mica_model *inner = layer_model(n->layer);
    if (inner) TRY(run_inner(inner, &call, f, err));
    else layer_call(n->layer, &call);
    for (int i = 0; i < n->inputs && n->layer->kind->takes_masks; i++)
        v[n->in[i].node].mask[n->in[i].tensor] = NULL;
    if (m->ctx->error.code != MICA_OK) return mica_check(m->ctx, err);
    if (f->node_out) f->node_out[at] = v[at].out[0];
    return collect(f, &call) ? MICA_OK : fail_no_memory(err, m->name);
}

mica_status model_run(mica_model *m, model_frame *f, mica_error *err) {
    if (m->failed)
        return mica_check(m->ctx, err)
                   ? err->code
                   : fail(err, MICA_STATE, "model %s could not be built", m->name);
    values *v = allocate(m->node_count, sizeof *v);
    mica_status status = v ? MICA_OK : fail_memory(err, m->node_count * sizeof *v, m->name);
    for (int i = 0; i < m->input_count && status == MICA_OK; i++)
        v[m->inputs[i].node].out[0] = f->in[i], v[m->inputs[i].node].mask[0] = f->mask[i];
    for (size_t at = 0; at < m->node_count && status == MICA_OK; at++)
        if (m->nodes[at].inputs) status = run_node(m, at, v, f, err);
        else if (f->node_out) f->node_out[at] = v[at].out[0];
    for (int i = 0; i < m->output_count && status == MICA_OK; i++) {
        f->out[i] = v[m->outputs[i].node].out[m->outputs[i].tensor];
        f->out_mask[i] = v[m->outputs[i].node].mask[m->outputs[i].tensor];
    }
    free(v);
    return status;
}

void mica_model_call_many(mica_model *m, mica_tensor *const *x, int inputs, bool training,
                          mica_tensor **y, int outputs) {
    if (!m || LACKS(m->ctx, y, "y")) return;
    mica_error err = {0};
    mica_status status = LACKS_EACH(m->ctx, x, inputs, "x") ? MICA_VALUE : MICA_OK;
    model_frame f = {.training = training};
    if (status == MICA_OK && (inputs != m->input_count || outputs != m->output_count))
        status = fail(&err, MICA_VALUE,
                      "model %s: called with %d inputs and %d outputs, expected %d and %d", m->name,
                      inputs, outputs, m->input_count, m->output_count);
    for (int i = 0; i < inputs && status == MICA_OK; i++) f.in[i] = x[i];
    if (status == MICA_OK) status = model_run(m, &f, &err);
    for (size_t i = 0; i < f.update_count && status == MICA_OK; i++)
        if (f.update_value[i]->kind != TENSOR_POISON)
            status = mica_assign(f.updated[i], f.update_value[i], &err);
    if (status != MICA_OK) context_fail_with(m->ctx, &err);
    for (int i = 0; i < outputs; i++) y[i] = status == MICA_OK ? f.out[i] : tensor_poison(m->ctx);
    model_frame_free(&f);
}

mica_tensor *mica_model_call(mica_model *m, mica_tensor *x, bool training) {
    NEEDS(x);
    if (LACKS(x->ctx, m, "model")) return tensor_poison(x->ctx);
    mica_tensor *y;
    mica_model_call_many(m, &x, 1, training, &y, 1);
    return y;
}
