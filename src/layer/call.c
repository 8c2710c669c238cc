/* Calling a layer through the context's emitter. */
#include "layer/layer.h"

#include "op/emit.h"
#include "op/op.h"

void layer_update(layer_frame *f, mica_tensor *variable, mica_tensor *value) {
    f->updated[f->updates] = variable;
    f->update_value[f->updates++] = value;
}

/* The inputs in the layer's compute type; Keras calls this autocasting. */
static bool any_poison(const layer_frame *f) {
    for (int i = 0; i < f->inputs; i++)
        if (f->in[i]->kind == TENSOR_POISON) return true;
    return false;
}

/* Strings go where they are understood. */
static bool refuses_strings(mica_layer *l, const layer_frame *f) {
    for (int i = 0; i < f->inputs && !l->kind->keeps_strings; i++)
        if (f->in[i]->dtype == MICA_STRING) {
            context_fail(l->ctx, MICA_TYPE, "input %d has dtype string, expected numbers", i);
            return true;
        }
    return false;
}

static void cast_inputs(const mica_layer *l, layer_frame *f) {
    for (int i = 0; i < f->inputs; i++) {
        mica_dtype have = f->in[i]->dtype, want = l->compute_dtype;
        bool cast = dtype_is_float(have) ? have != want && !l->kind->keeps_floats
                                         : !l->kind->keeps_integers;
        if (cast && dtype_is_float(want)) f->in[i] = mica_cast(f->in[i], want);
    }
}

static void poison(mica_context *ctx, layer_frame *f) {
    for (int i = 0; i < f->outputs; i++) f->out[i] = tensor_poison(ctx);
}

static void call(mica_layer *l, layer_frame *f) {
    shape shapes[MAX_LAYER_INPUTS];
    mica_error err = {0};
    for (int i = 0; i < f->inputs && i < MAX_LAYER_INPUTS; i++) shapes[i] = f->in[i]->shape;
    l->roles = f->role;
    mica_status status = layer_build(l, shapes, f->inputs, &err);
    l->roles = NULL;
    if (status != MICA_OK) {
        context_fail_with(l->ctx, &err);
        poison(l->ctx, f);
        return;
    }
    if (!refuses_strings(l, f)) cast_inputs(l, f);
    if (l->ctx->error.code != MICA_OK || any_poison(f)) poison(l->ctx, f);
    else l->kind->call(l, f);
    /* an error of an op says what, not where */
    if (l->ctx->error.code != MICA_OK)
        fail_within(&l->ctx->error, l->ctx->error.code, "layer %s", l->name);
}

void layer_call(mica_layer *l, layer_frame *f) {
    mica_context *ctx = f->ctx = l->ctx;
    bool bad = l->failed || ctx->error.code != MICA_OK || any_poison(f);
    if (l->failed) context_fail(ctx, MICA_STATE, "layer %s was not made", mica_layer_name(l));
    if (f->outputs < 1) f->outputs = 1;
    if (f->out_masks) f->out_masks[0] = f->masks && !l->kind->ends_mask ? f->masks[0] : NULL;
    if (!f->counter && f->training)
        f->counter = mica_scalar(ctx, MICA_INT64, (double)ctx->random_counter++);
    if (bad) poison(ctx, f);
    else call(l, f);
}

int layer_input_of(const signed char *roles, int inputs, int role) {
    for (int i = 0; i < inputs; i++)
        if ((roles ? roles[i] : i) == role) return i;
    return -1;
}

mica_tensor *layer_mask(const layer_frame *f, int i) { return f->masks ? f->masks[i] : NULL; }

void layer_set_mask(layer_frame *f, int i, mica_tensor *mask) {
    if (f->out_masks) f->out_masks[i] = mask;
}

/* Keras: summed over the output, mean over the batch; in evaluation too. */
void layer_activity_loss(layer_frame *f, const char *regularizer, mica_tensor *y) {
    if (!regularizer) return;
    mica_tensor *penalty = regularize(regularizer, y);
    if (y->shape.rank > 0) penalty = mica_divide(penalty, mica_size(y, MICA_AXES(0)));
    f->loss[f->losses++] = penalty;
}

mica_tensor *layer_penalty(mica_layer *l, size_t i) {
    const weight *w = &l->weights[i];
    if (!w->regularizer || !w->trainable || l->options->frozen) return NULL;
    return regularize(w->regularizer, w->variable);
}

mica_tensor *mica_layer_call_many(mica_layer *l, mica_tensor *const *x, int count, bool training) {
    if (!l || LACKS(l->ctx, x, "x")) return l ? tensor_poison(l->ctx) : NULL;
    if (count < 1 || count > MAX_LAYER_INPUTS) {
        context_fail(l->ctx, MICA_VALUE, "layer %s: %d inputs, expected 1 to %d",
                     mica_layer_name(l), count, MAX_LAYER_INPUTS);
        return tensor_poison(l->ctx);
    }
    if (LACKS_EACH(l->ctx, x, count, "x")) return tensor_poison(l->ctx);
    mica_tensor *in[MAX_LAYER_INPUTS], *out[MAX_LAYER_OUTPUTS];
    for (int i = 0; i < count; i++) in[i] = x[i];
    layer_frame f = {.inputs = count, .outputs = 1, .in = in, .out = out, .training = training};
    layer_call(l, &f);
    for (int i = 0; i < f.updates; i++) {
        mica_error err = {0};
        if (f.update_value[i]->kind != TENSOR_POISON &&
            mica_assign(f.updated[i], f.update_value[i], &err) != MICA_OK)
            context_fail_with(l->ctx, &err);
    }
    return out[0];
}

mica_tensor *mica_layer_call(mica_layer *l, mica_tensor *x, bool training) {
    NEEDS(x);
    return l ? mica_layer_call_many(l, &x, 1, training) : tensor_poison(x->ctx);
}
