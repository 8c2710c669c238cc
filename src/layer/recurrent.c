/* SimpleRNN, LSTM and GRU: weights, dropout, states and outputs as keras.layers.RNN. The sequence
 * is one op (op/rnn.h), and x W + b of all steps one product before it. */
#include "layer/recurrent.h"

#include "base/philox.h"
#include "op/emit.h"

#include <stdio.h>
#include <string.h>

const char *const recurrent_ignored[] = {"implementation", "use_cudnn", "consume_less", NULL};
const renamed_key recurrent_renamed[] = {{"output_dim", "units"},
                                         {"init", "kernel_initializer"},
                                         {"inner_init", "recurrent_initializer"},
                                         {"inner_activation", "recurrent_activation"},
                                         {"W_regularizer", "kernel_regularizer"},
                                         {"U_regularizer", "recurrent_regularizer"},
                                         {"b_regularizer", "bias_regularizer"},
                                         {"dropout_W", "dropout"},
                                         {"dropout_U", "recurrent_dropout"},
                                         {NULL, NULL}};

mica_status recurrent_translate(json_t *config, const char *what, mica_error *err) {
    if (json_is_true(json_object_get(config, "time_major")))
        return fail(err, MICA_UNSUPPORTED, "%s: time_major is true, expected (B, T, F)", what);
    json_object_del(config, "time_major");
    return MICA_OK;
}

/* The activations that the ops know. */
static mica_recurrent_activation known(const char *activation) {
    static const struct {
        const char *name;
        mica_recurrent_activation value;
    } all[] = {{"tanh", MICA_RECURRENT_TANH},
               {"sigmoid", MICA_RECURRENT_SIGMOID},
               {"relu", MICA_RECURRENT_RELU},
               {"hard_sigmoid", MICA_RECURRENT_HARD_SIGMOID},
               {"linear", MICA_RECURRENT_LINEAR}};
    for (size_t i = 0; i < LENGTH(all); i++)
        if (activation && !strcmp(activation, all[i].name)) return all[i].value;
    return MICA_RECURRENT_DEFAULT;
}

static mica_status check_activation_known(const char *activation, mica_error *err) {
    if (!activation || known(activation)) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "activation %s, expected tanh, sigmoid, relu, hard_sigmoid or linear", activation);
}

/* ---- weights ---- */

/* The forget gate's bias begins as 1: Jozefowicz et al. (2015). */
static void set_ones(mica_tensor *v, int64_t first, int64_t end) {
    char *at = (char *)v->buffer->data;
    for (int64_t i = first; i < end; i++)
        dtype_store(v->dtype, at + (size_t)i * mica_dtype_size(v->dtype), 1);
}

static mica_status add_weight(mica_layer *l, const recurrent *r, int which, shape s,
                              mica_error *err) {
    return layer_add_weight(l, r->names[which], &s, r->initializer[which], r->regularizer[which],
                            r->constraint[which], true, err);
}

/* What a stateful layer keeps from call to call: no weights, and not saved, as in Keras. */
static mica_status add_states(mica_layer *l, const recurrent *r, int64_t sequences,
                              mica_error *err) {
    if (!r->stateful) return MICA_OK;
    if (sequences < 0)
        return fail(err, MICA_SHAPE,
                    "stateful needs a known batch size, expected an input with one");
    const shape s = {2, {sequences, r->units}};
    if (l->state_count && !shape_equal(&l->state[0]->shape, &s))
        return fail(err, MICA_SHAPE, "batch of %lld sequences, expected the %lld of its states",
                    (long long)sequences, (long long)l->state[0]->shape.dims[0]);
    while (l->state_count < r->states) {
        mica_tensor *zero = mica_full(l->ctx, l->compute_dtype, s, 0);
        mica_tensor *v = mica_variable(zero, "rnn_state");
        mica_tensor_destroy(&zero);
        if (v->kind == TENSOR_POISON) return mica_check(l->ctx, err);
        v->variable->frozen = true;
        l->state[l->state_count++] = v;
    }
    return MICA_OK;
}

mica_status recurrent_build(mica_layer *l, const recurrent *r, const shape *in, int inputs,
                            mica_error *err) {
    const int64_t wide = r->gates * r->units;
    const shape state = {2, {in[0].dims[0], r->units}};
    char found[128], expected[128];
    if (in[0].rank != 3)
        return fail(err, MICA_SHAPE, "input has rank %d, expected 3: (B, T, F)", in[0].rank);
    if (inputs != 1 && inputs != 1 + r->states)
        return fail(err, MICA_VALUE, "%d inputs, expected 1, or %d with the first states", inputs,
                    1 + r->states);
    TRY(check_activation_known(r->activation, err));
    TRY(check_activation_known(r->recurrent_activation, err));
    for (int i = 1; i < inputs; i++) {
        if (shape_fits(&state, &in[i])) continue;
        shape_format(&in[i], found), shape_format(&state, expected);
        return fail(err, MICA_SHAPE, "first state %s, expected %s", found, expected);
    }
    bool fresh = l->weight_count == 0;
    TRY(add_weight(l, r, 0, (shape){2, {in[0].dims[2], wide}}, err));
    TRY(add_weight(l, r, 1, (shape){2, {r->units, wide}}, err));
    const shape bias = r->reset_after ? (shape){2, {2, wide}} : (shape){1, {wide}};
    if (!r->no_bias) TRY(add_weight(l, r, 2, bias, err));
    if (!r->no_bias && r->unit_forget_bias && fresh)
        set_ones(l->weights[2].variable, r->units, 2 * r->units);
    return add_states(l, r, in[0].dims[0], err);
}

/* ---- call ---- */

/* 1 / (1 - rate) or 0, in the shape of `like`: other numbers for each purpose and gate. */
static mica_tensor *drawn(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *like,
                          double rate, const char *purpose, int gate) {
    char text[48];
    snprintf(text, sizeof text, "%s/%d", purpose, gate);
    uint64_t key = philox_key(r->seed == NO_INTEGER ? l->key : (uint64_t)r->seed, text);
    return mica_dropout(mica_ones_like(like), f->counter, rate, key);
}

/* As Keras: a rate of 1 drops nothing. */
static bool drops(const layer_frame *f, double rate) { return f->training && rate > 0 && rate < 1; }

/* The first step of x, (B, 1, F). */
static mica_tensor *first_step(mica_tensor *x) {
    int64_t end[] = {MICA_END, 1};
    return mica_slice(x, 2, NULL, end, NULL);
}

/* x W of all steps. As Keras, x is dropped for each gate on its own where h is dropped too. */
static mica_tensor *project(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *x) {
    mica_tensor *kernel = layer_weight(l, r->names[0]), *part[4];
    if (!drops(f, r->dropout)) return mica_matmul(x, kernel);
    mica_tensor *like = first_step(x);
    if (r->recurrent_dropout == 0)
        return mica_matmul(mica_multiply(x, drawn(l, r, f, like, r->dropout, "dropout", 0)),
                           kernel);
    for (int g = 0; g < r->gates; g++) {
        int64_t begin[] = {0, g * r->units}, end[] = {MICA_END, (g + 1) * r->units};
        mica_tensor *dropped = mica_multiply(x, drawn(l, r, f, like, r->dropout, "dropout", g));
        part[g] = mica_matmul(dropped, mica_slice(kernel, 2, begin, end, NULL));
    }
    return r->gates == 1 ? part[0] : mica_concatenate(part, r->gates, 2);
}

/* Row i of the bias: 0 of x W, 1 of h U. */
static mica_tensor *bias_row(mica_layer *l, const recurrent *r, int64_t i) {
    mica_tensor *bias = layer_weight(l, r->names[2]);
    int64_t end = i + 1;
    return r->reset_after ? mica_squeeze(mica_slice(bias, 1, &i, &end, NULL), MICA_AXES(0)) : bias;
}

/* All y; the last states in state[]. */
static mica_tensor *run(mica_layer *l, const recurrent *r, layer_frame *f,
                        mica_recurrent_options *o, mica_tensor *state[2]) {
    mica_tensor *x = f->in[0], *u = layer_weight(l, r->names[1]), *part[4];
    mica_tensor *z = project(l, r, f, x);
    if (!r->no_bias) z = mica_add(z, bias_row(l, r, 0));
    if (r->reset_after)
        o->bias = r->no_bias
                      ? mica_zeros_like(mica_slice(u, 1, (int64_t[]){0}, (int64_t[]){1}, NULL))
                      : bias_row(l, r, 1);
    if (r->reset_after && r->no_bias) o->bias = mica_squeeze(o->bias, MICA_AXES(0));
    if (drops(f, r->recurrent_dropout)) {
        int64_t end[] = {MICA_END, 1, r->units};
        mica_tensor *like = mica_squeeze(mica_slice(z, 3, NULL, end, NULL), MICA_AXES(1));
        for (int g = 0; g < r->gates; g++)
            part[g] = drawn(l, r, f, like, r->recurrent_dropout, "recurrent_dropout", g);
        o->drop = mica_stack(part, r->gates, 0);
    }
    if (r->gates == 4) return mica_lstm(z, u, o, &state[0], &state[1]);
    return r->gates == 3 ? mica_gru(z, u, o, &state[0]) : mica_simple_rnn(z, u, o, &state[0]);
}

static mica_tensor *last_step(mica_tensor *y) {
    int64_t begin[] = {0, -1};
    return mica_squeeze(mica_slice(y, 2, begin, NULL, NULL), MICA_AXES(1));
}

void recurrent_call(mica_layer *l, const recurrent *r, layer_frame *f) {
    mica_tensor *mask = layer_mask(f, 0), *state[2] = {NULL, NULL};
    mica_recurrent_options o = mica_recurrent_defaults();
    o.activation = known(r->activation);
    o.recurrent_activation = known(r->recurrent_activation);
    o.mask = mask;
    o.go_backwards = r->go_backwards;
    o.zero_output = r->zero_output_for_mask;
    mica_tensor **first = f->inputs > 1 ? f->in + 1 : r->stateful ? l->state : NULL;
    if (first) o.h = first[0];
    if (first && r->states > 1) o.c = first[1];
    mica_tensor *y = run(l, r, f, &o, state);
    /* the last y is h, but where y is 0 and h is not */
    bool ends_as_h = !mask || (!first && !r->zero_output_for_mask);
    f->out[0] = r->return_sequences ? y : ends_as_h ? state[0] : last_step(y);
    f->outputs = 1;
    for (int i = 0; i < r->states && r->return_state; i++) f->out[f->outputs++] = state[i];
    for (int i = 0; i < r->states && r->stateful; i++) layer_update(f, l->state[i], state[i]);
    for (int i = 0; i < f->outputs; i++)
        layer_set_mask(f, i, i == 0 && r->return_sequences ? mask : NULL);
    layer_activity_loss(f, r->activity_regularizer, f->out[0]);
}

void mica_layer_reset_states(mica_layer *l) {
    for (int i = 0; l && i < l->state_count; i++) {
        mica_tensor *v = l->state[i], *zero = mica_full(l->ctx, v->dtype, v->shape, 0);
        mica_error err = {0};
        if (mica_assign(v, zero, &err) != MICA_OK) context_fail_with(l->ctx, &err);
        mica_tensor_destroy(&zero);
    }
}
