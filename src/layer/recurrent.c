/* SimpleRNN, LSTM and GRU: weights, dropout, states and outputs as keras.layers.RNN. The sequence
 * is one op (op/rnn.h), and x W + b of all steps one product before it. */
#include "layer/recurrent.h"

#include "base/philox.h"
#include "layer/sequence.h"
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

static mica_status add_weights(mica_layer *l, const recurrent *r, int64_t features,
                               mica_error *err) {
    const int64_t wide = r->gates * r->units;
    const shape bias = r->reset_after ? (shape){2, {2, wide}} : (shape){1, {wide}};
    bool fresh = l->weight_count == 0;
    TRY(add_weight(l, r, 0, (shape){2, {features, wide}}, err));
    TRY(add_weight(l, r, 1, (shape){2, {r->units, wide}}, err));
    if (r->no_bias) return MICA_OK;
    TRY(add_weight(l, r, 2, bias, err));
    if (r->unit_forget_bias && fresh) set_ones(l->weights[2].variable, r->units, 2 * r->units);
    return MICA_OK;
}

int recurrent_states(const recurrent *r, int64_t width[MAX_STATES + 1]) {
    for (int i = 0; i <= r->states; i++) width[i] = r->units;
    return r->states;
}

static sequence sequence_of(const recurrent *r) {
    sequence s = {.return_sequences = r->return_sequences,
                  .return_state = r->return_state,
                  .go_backwards = r->go_backwards,
                  .stateful = r->stateful,
                  .zero_output_for_mask = r->zero_output_for_mask};
    s.states = recurrent_states(r, s.width);
    return s;
}

mica_status recurrent_build(mica_layer *l, const recurrent *r, const shape *in, int inputs,
                            mica_error *err) {
    const sequence s = sequence_of(r);
    if (in[0].rank != 3)
        return fail(err, MICA_SHAPE, "input has rank %d, expected 3: (B, T, F)", in[0].rank);
    TRY(add_weights(l, r, in[0].dims[2], err));
    return sequence_build(l, &s, in, inputs, err);
}

mica_status recurrent_cell_build(mica_layer *l, const recurrent *r, const shape *in, int inputs,
                                 mica_error *err) {
    if (inputs != 1 + r->states || in[0].rank != 2)
        return fail(err, MICA_SHAPE,
                    "%d inputs, the first of rank %d, expected x (B, F) and %d states", inputs,
                    in[0].rank, r->states);
    return add_weights(l, r, in[0].dims[1], err);
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

/* Columns of gates first ... first + count - 1. */
static mica_tensor *gates_of(const recurrent *r, mica_tensor *t, int first, int count) {
    int64_t begin[] = {0, first * r->units}, end[] = {MICA_END, (first + count) * r->units};
    return first == 0 && count == r->gates ? t : mica_slice(t, 2, begin, end, NULL);
}

/* x times the kernel's gates; what is dropped of x differs from gate to gate with `apart`. */
static mica_tensor *product(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *x,
                            mica_tensor *kernel, double rate, const char *purpose, bool apart,
                            int first, int count) {
    mica_tensor *part[4], *like = x;
    if (!drops(f, rate)) return mica_matmul(x, gates_of(r, kernel, first, count));
    if (x->shape.rank == 3) { /* one draw for all steps */
        int64_t end[] = {MICA_END, 1};
        like = mica_slice(x, 2, NULL, end, NULL);
    }
    for (int g = 0; g < (apart ? count : 1); g++) {
        mica_tensor *dropped = mica_multiply(x, drawn(l, r, f, like, rate, purpose, first + g));
        part[g] = mica_matmul(dropped, gates_of(r, kernel, first + g, apart ? 1 : count));
    }
    return count == 1 || !apart ? part[0] : mica_concatenate(part, count, -1);
}

/* x W. As Keras, x is dropped for each gate on its own where h is dropped too. */
static mica_tensor *project(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *x) {
    return product(l, r, f, x, layer_weight(l, r->names[0]), r->dropout, "dropout",
                   r->recurrent_dropout != 0, 0, r->gates);
}

/* Row i of the bias: 0 of x W, 1 of h U. */
static mica_tensor *bias_row(mica_layer *l, const recurrent *r, int64_t i) {
    mica_tensor *bias = layer_weight(l, r->names[2]);
    int64_t end = i + 1;
    return r->reset_after ? mica_squeeze(mica_slice(bias, 1, &i, &end, NULL), MICA_AXES(0)) : bias;
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

/* The bias of h U; zeros where there is none. */
static mica_tensor *recurrent_bias(mica_layer *l, const recurrent *r, mica_tensor *u) {
    int64_t end = 1;
    if (!r->no_bias) return bias_row(l, r, 1);
    return mica_squeeze(mica_zeros_like(mica_slice(u, 1, NULL, &end, NULL)), MICA_AXES(0));
}

/* What h is multiplied with on its way to each gate: (gates, B, units). */
static mica_tensor *recurrent_drop(mica_layer *l, const recurrent *r, layer_frame *f,
                                   mica_tensor *z) {
    mica_tensor *part[4];
    int64_t end[] = {MICA_END, 1, r->units};
    mica_tensor *like = mica_squeeze(mica_slice(z, 3, NULL, end, NULL), MICA_AXES(1));
    for (int g = 0; g < r->gates; g++)
        part[g] = drawn(l, r, f, like, r->recurrent_dropout, "recurrent_dropout", g);
    return mica_stack(part, r->gates, 0);
}

/* Half floats are too short for sums over many steps. */
static mica_tensor *widened(mica_tensor *t) {
    return t && mica_dtype_size(t->dtype) < 4 ? mica_cast(t, MICA_FLOAT32) : t;
}

/* All y; the last states in state[]. */
static mica_tensor *run_op(mica_layer *l, const recurrent *r, layer_frame *f,
                           mica_recurrent_options *o, mica_tensor *state[2]) {
    mica_tensor *u = widened(layer_weight(l, r->names[1])), *z = project(l, r, f, f->in[0]), *y;
    if (!r->no_bias) z = mica_add(z, bias_row(l, r, 0));
    z = widened(z);
    if (r->reset_after) o->bias = widened(recurrent_bias(l, r, u));
    if (drops(f, r->recurrent_dropout)) o->drop = recurrent_drop(l, r, f, z);
    o->h = widened(o->h), o->c = widened(o->c);
    if (r->gates == 4) y = mica_lstm(z, u, o, &state[0], &state[1]);
    else if (r->gates == 3) y = mica_gru(z, u, o, &state[0]);
    else y = mica_simple_rnn(z, u, o, &state[0]);
    for (int i = 0; i < r->states; i++) state[i] = mica_cast(state[i], l->compute_dtype);
    return mica_cast(y, l->compute_dtype);
}

/* ---- one step, in ops: of cells, and where an activation is unknown to the ops ---- */

/* h U of some gates (+ bias). */
static mica_tensor *recur(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *h,
                          int first, int count) {
    mica_tensor *u = layer_weight(l, r->names[1]);
    mica_tensor *y = product(l, r, f, h, u, r->recurrent_dropout, "recurrent_dropout", true, first,
                             count);
    if (!r->reset_after || r->no_bias) return y;
    int64_t begin = first * r->units, end = (first + count) * r->units;
    return mica_add(y, mica_slice(bias_row(l, r, 1), 1, &begin, &end, NULL));
}

static void step_lstm(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *z,
                      mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *g[4];
    mica_split(mica_add(z, recur(l, r, f, in[1], 0, 4)), -1, NULL, 4, g);
    for (int i = 0; i < 4; i++)
        g[i] = activate(i == 2 ? r->activation : r->recurrent_activation, g[i]);
    out[2] = mica_add(mica_multiply(g[1], in[2]), mica_multiply(g[0], g[2]));
    out[0] = out[1] = mica_multiply(g[3], activate(r->activation, out[2]));
}

static void step_gru(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *z,
                     mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *h = in[1], *x[3], *g[2], *candidate;
    mica_split(z, -1, NULL, 3, x);
    mica_split(recur(l, r, f, h, 0, 2), -1, NULL, 2, g);
    for (int i = 0; i < 2; i++) g[i] = activate(r->recurrent_activation, mica_add(x[i], g[i]));
    if (r->reset_after) candidate = mica_multiply(g[1], recur(l, r, f, h, 2, 1));
    else candidate = recur(l, r, f, mica_multiply(g[1], h), 2, 1);
    candidate = activate(r->activation, mica_add(x[2], candidate));
    out[0] = out[1] = mica_add(candidate, mica_multiply(g[0], mica_subtract(h, candidate)));
}

static void step(mica_layer *l, const recurrent *r, layer_frame *f, mica_tensor *const *in,
                 mica_tensor **out) {
    mica_tensor *z = project(l, r, f, in[0]);
    if (!r->no_bias) z = mica_add(z, bias_row(l, r, 0));
    if (r->gates == 4) step_lstm(l, r, f, z, in, out);
    else if (r->gates == 3) step_gru(l, r, f, z, in, out);
    else out[0] = out[1] = activate(r->activation, mica_add(z, recur(l, r, f, in[1], 0, 1)));
}

void recurrent_cell_call(mica_layer *l, const recurrent *r, layer_frame *f) {
    f->outputs = 1 + r->states;
    step(l, r, f, f->in, f->out);
}

/* ---- a sequence ---- */

typedef struct own_step {
    mica_layer *layer;
    const recurrent *r;
} own_step;

static void run_step(void *user, layer_frame *f, mica_tensor *const *in, mica_tensor **out) {
    const own_step *o = user;
    step(o->layer, o->r, f, in, out);
}

static bool op_knows(const recurrent *r) {
    return known(r->activation) && (r->gates == 1 || known(r->recurrent_activation));
}

void recurrent_call(mica_layer *l, const recurrent *r, layer_frame *f) {
    mica_tensor *mask = layer_mask(f, 0), *state[2] = {NULL, NULL};
    sequence s = sequence_of(r);
    if (op_knows(r)) {
        mica_recurrent_options o = mica_recurrent_defaults();
        o.activation = known(r->activation);
        o.recurrent_activation = known(r->recurrent_activation);
        o.mask = mask;
        o.go_backwards = r->go_backwards;
        o.zero_output = r->zero_output_for_mask;
        mica_tensor *const *first = sequence_first(l, &s, f);
        if (first) o.h = first[0];
        if (first && r->states > 1) o.c = first[1];
        mica_tensor *y = run_op(l, r, f, &o, state);
        /* the last y is h, but where y is 0 and h is not */
        bool ends_as_h = !mask || (!first && !r->zero_output_for_mask);
        sequence_finish(l, &s, f, r->return_sequences || !ends_as_h ? y : state[0], state);
    } else {
        own_step own = {l, r};
        s.step = run_step;
        s.user = &own;
        sequence_call(l, &s, f);
    }
    layer_activity_loss(f, r->activity_regularizer, f->out[0]);
}
