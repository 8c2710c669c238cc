/* The functional way: layers are applied to symbols, and a model is what lies between two sets of
 * them. See mica/model.h. */
#include "model/store.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The applications of a layer that is freed go with it. */
static void forget_applications(mica_layer *l) {
    model_store *s = model_store_of(l->ctx);
    size_t left = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->applications[i].layer != l) s->applications[left++] = s->applications[i];
    s->count = left;
}

/* The application, with symbols of what comes out in y; NULL without memory. */
static application *remember(model_store *s, mica_layer *l, const layer_frame *f,
                             mica_tensor *const *in, const operand *out, mica_tensor **y) {
    if (s->values > INT_MAX - f->outputs ||
        !grow(&s->applications, &s->room, s->count + 1, sizeof *s->applications))
        return NULL;
    application *a = &s->applications[s->count];
    *a = (application){.layer = l, .inputs = f->inputs, .outputs = f->outputs};
    a->arguments = f->arguments;
    for (int i = 0; i < f->inputs; i++) {
        a->in[i] = in[i]->value;
        a->role[i] = f->role ? f->role[i] : (signed char)i;
    }
    for (int i = 0; i < f->outputs; i++) {
        a->out[i] = s->values++;
        y[i] = tensor_symbol(l->ctx, out[i].dtype, &out[i].shape, s->symbols, a->out[i]);
        if (y[i]->kind == TENSOR_POISON) return NULL;
    }
    s->count++;
    l->leaving = forget_applications;
    return a;
}

mica_tensor *mica_input(mica_context *ctx, mica_shape input, const char *name) {
    return mica_input_of(ctx, input, MICA_FLOAT32, name);
}

mica_tensor *mica_input_of(mica_context *ctx, mica_shape input, mica_dtype dtype,
                           const char *name) {
    if (!ctx) return NULL;
    if (dtype < 0 || dtype >= MICA_DTYPE_COUNT) {
        context_fail(ctx, MICA_TYPE, "an input: dtype number %d", (int)dtype);
        return tensor_poison(ctx);
    }
    model_store *s = model_store_of(ctx);
    shape batched = {.rank = input.rank + 1, .dims = {-1}};
    for (int i = 0; i < input.rank && i + 1 < MAX_RANK; i++) batched.dims[i + 1] = input.dims[i];
    mica_layer *l = s ? mica_layer_input_layer(ctx, MICA_OPTIONS(input_layer, .name = name,
                                                                 .batch_shape = batched,
                                                                 .dtype = mica_dtype_name(dtype)))
                      : NULL;
    mica_tensor *symbol;
    if (!l || l->failed) return tensor_poison(ctx);
    operand of_batch = {l->compute_dtype, batched, NULL};
    if (remember(s, l, &(layer_frame){.outputs = 1}, NULL, &of_batch, &symbol)) return symbol;
    context_fail(ctx, MICA_MEMORY, "an input: no memory");
    return tensor_poison(ctx);
}

static bool all_symbols(const model_store *s, mica_layer *l, mica_tensor *const *x, int count) {
    for (int i = 0; i < count; i++) {
        if (!x[i]) {
            context_fail(l->ctx, MICA_VALUE, "layer %s: input %d is NULL", l->name, i);
            return false;
        }
        if (x[i]->kind == TENSOR_POISON) return false;
        if (x[i]->kind == TENSOR_SYMBOLIC && x[i]->graph == s->symbols) continue;
        context_fail(l->ctx, MICA_STATE,
                     "layer %s: input %d is not a symbol of mica_input or mica_apply", l->name, i);
        return false;
    }
    return true;
}

/* The roles of inputs in the call of a layer with named ones: given by name, or by order. */
static bool find_roles(mica_layer *l, const char *const *names, int count, signed char *role) {
    const char *const *known = l->kind->arguments;
    for (int i = 0; i < count; i++) {
        role[i] = (signed char)i;
        if (!names || !names[i]) continue;
        int k = 0;
        while (known && known[k] && strcmp(known[k], names[i])) k++;
        if (!known || !known[k]) {
            context_fail(l->ctx, MICA_NAME, "layer %s: its call has no argument '%s'", l->name,
                         names[i]);
            return false;
        }
        role[i] = (signed char)k;
        if (i > 0 && role[i] <= role[i - 1]) {
            context_fail(l->ctx, MICA_VALUE, "layer %s: argument '%s' is twice or out of order",
                         l->name, names[i]);
            return false;
        }
    }
    return true;
}

/* The further arguments of a call, from JSON text; NULL text: none. */
static mica_status read_arguments(mica_layer *l, const char *json, const void **out,
                                  mica_error *err) {
    const layer_kind *k = l->kind;
    json_t *tree = NULL;
    char what[160];
    snprintf(what, sizeof what, "layer %s: its call", l->name);
    if (!json) return MICA_OK;
    TRY(config_parse(json, strlen(json), what, &tree, err));
    void *own = k->call_fields ? arena_take(&l->arena, k->call_size) : NULL;
    mica_status status = MICA_OK;
    if (!k->call_fields) status = fail(err, MICA_UNSUPPORTED, "%s takes no arguments", what);
    else if (!own) status = fail_memory(err, k->call_size, what);
    else status = fields_read(k->call_fields, own, tree, &l->arena, NULL, what, err);
    json_decref(tree);
    *out = own;
    return status;
}

/* Calls the layer on symbols; returns how many outputs are in y, 0 after a failure. */
static int apply_frame(model_store *s, mica_layer *l, mica_tensor *const *x, layer_frame *f,
                       mica_tensor **y) {
    operand in[MAX_LAYER_INPUTS], out[MAX_LAYER_OUTPUTS];
    mica_error err = {0};
    for (int i = 0; i < f->inputs; i++) in[i] = (operand){x[i]->dtype, x[i]->shape, NULL};
    mica_status status = model_infer(l, f, in, out, &err);
    if (status == MICA_OK && !remember(s, l, f, x, out, y))
        fail_no_memory(&err, mica_layer_name(l));
    if (err.code == MICA_OK) return f->outputs;
    context_fail_with(l->ctx, &err);
    return 0;
}

int mica_apply_with(mica_layer *l, mica_tensor *const *x, const char *const *names, int count,
                    const char *arguments, mica_tensor **y, int room) {
    mica_tensor *out[MAX_LAYER_OUTPUTS];
    signed char role[MAX_LAYER_INPUTS];
    mica_error err = {0};
    int made = 0;
    mica_context *ctx = l ? l->ctx : x && count > 0 ? context_among(x, count) : NULL;
    if (LACKS(ctx, l, "layer") || LACKS(ctx, x, "x") || LACKS(ctx, y, "y")) room = y ? room : 0;
    if (!x || !y) l = NULL;
    model_store *s = l ? model_store_of(l->ctx) : NULL;
    layer_frame f = {.inputs = count};
    bool fits = s && !l->failed && count >= 1 && count <= MAX_LAYER_INPUTS &&
                all_symbols(s, l, x, count) && find_roles(l, names, count, role);
    if (fits && read_arguments(l, arguments, &f.arguments, &err) != MICA_OK) {
        context_fail_with(l->ctx, &err);
        fits = false;
    }
    if (fits && l->kind->arguments) f.role = role;
    if (fits) made = apply_frame(s, l, x, &f, out);
    for (int i = 0; i < room; i++) y[i] = i < made ? out[i] : tensor_poison(ctx);
    return made;
}

mica_tensor *mica_apply_many(mica_layer *l, mica_tensor *const *x, int count) {
    mica_tensor *y;
    mica_apply_with(l, x, NULL, count, NULL, &y, 1);
    return y;
}

mica_tensor *mica_apply(mica_layer *l, mica_tensor *x) { return mica_apply_many(l, &x, 1); }

/* ---- from symbols to a model ---- */

typedef struct on_the_way {
    application *application;
    int next; /* the input that comes next; those before it are in `in` */
    reference in[MAX_LAYER_INPUTS];
} on_the_way;

typedef struct collecting {
    mica_model *m;
    model_store *s;
    mica_error *err;
    on_the_way *way; /* from an output down: what waits for its inputs */
    size_t depth, room;
} collecting;

/* Values are numbered in the order of applications, which stay in it. */
static application *maker_of(collecting *c, int value, int *output) {
    size_t low = 0, high = c->s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        application *a = &c->s->applications[middle];
        if (value < a->out[0]) high = middle;
        else if (value >= a->out[0] + a->outputs) low = middle + 1;
        else return *output = value - a->out[0], a;
    }
    return NULL;
}

/* The application that makes `value`, which can be part of the model. */
static mica_status find_maker(collecting *c, int value, application **out, int *output) {
    application *a = *out = maker_of(c, value, output);
    if (!a)
        return fail(c->err, MICA_STATE,
                    "model %s: a symbol on the way is not of mica_input or mica_apply, or of a "
                    "layer that was destroyed with its model",
                    c->m->name);
    if (a->node < 0 && a->inputs == 0)
        return fail(c->err, MICA_STATE,
                    "model %s: an output depends on input %s, which is not among the inputs",
                    c->m->name, a->layer->name);
    return MICA_OK;
}

static mica_status push(collecting *c, application *a) {
    if (!grow(&c->way, &c->room, c->depth + 1, sizeof *c->way))
        return fail_memory(c->err, c->room * sizeof *c->way, c->m->name);
    c->way[c->depth++] = (on_the_way){.application = a};
    return MICA_OK;
}

/* Adds the last application on the way where all that goes into it is there, or the next of its
 * inputs to the way. */
static mica_status go_on(collecting *c) {
    on_the_way *top = &c->way[c->depth - 1];
    application *a = top->application, *from;
    int output;
    while (top->next < a->inputs) {
        TRY(find_maker(c, a->in[top->next], &from, &output));
        if (from->node < 0) return push(c, from);
        top->in[top->next++] = (reference){from->node, output};
    }
    model_node call = {.layer = a->layer, .inputs = a->inputs, .arguments = a->arguments};
    memcpy(call.role, a->role, sizeof call.role);
    memcpy(call.in, top->in, sizeof call.in);
    TRY(model_add_call(c->m, &call, c->err));
    a->node = (int)c->m->node_count - 1;
    c->depth--;
    return MICA_OK;
}

/* Adds what makes `value`, after all that goes into it; where it is then. Without recursion: a
 * chain may have any length. */
static mica_status collect(collecting *c, int value, reference *out) {
    int output;
    application *a;
    TRY(find_maker(c, value, &a, &output));
    if (a->node < 0) TRY(push(c, a));
    while (c->depth) TRY(go_on(c));
    *out = (reference){a->node, output};
    return MICA_OK;
}

static mica_status join(collecting *c, mica_tensor *const *inputs, mica_tensor *const *outputs) {
    mica_model *m = c->m;
    int output;
    for (size_t i = 0; i < c->s->count; i++) c->s->applications[i].node = -1;
    for (int i = 0; i < m->input_count; i++) {
        application *a = maker_of(c, inputs[i]->value, &output);
        if (!a || a->inputs)
            return fail(c->err, MICA_STATE, "model %s: input %d is not of mica_input", m->name, i);
        TRY(model_add_node(m, a->layer, NULL, 0, c->err));
        a->node = (int)m->node_count - 1;
        m->inputs[i] = (reference){a->node, 0};
    }
    for (int i = 0; i < m->output_count; i++) TRY(collect(c, outputs[i]->value, &m->outputs[i]));
    return MICA_OK;
}

static mica_status check_symbols(mica_context *ctx, mica_tensor *const *list, int count, int most,
                                 const char *name, mica_error *err) {
    if (count < 1 || count > most)
        return fail(err, MICA_VALUE, "model %s: %d inputs or outputs, expected 1 to %d", name,
                    count, most);
    for (int i = 0; i < count; i++) {
        if (!list[i]) return fail(err, MICA_VALUE, "model %s: input or output %d is NULL", name, i);
        if (list[i]->kind == TENSOR_POISON) return mica_check(ctx, err) ? err->code : MICA_STATE;
        if (list[i]->kind != TENSOR_SYMBOLIC || list[i]->graph != model_store_of(ctx)->symbols)
            return fail(err, MICA_STATE,
                        "model %s: inputs and outputs are symbols of mica_input and mica_apply",
                        name);
    }
    return MICA_OK;
}

mica_model *mica_model_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                           mica_tensor *const *outputs, int output_count, const char *name) {
    if (!ctx) return NULL;
    if (LACKS(ctx, inputs, "inputs") || LACKS(ctx, outputs, "outputs")) return NULL;
    mica_error err = {0};
    mica_model *m = model_new(ctx, name ? name : "functional", false);
    if (!m) return NULL;
    collecting c = {.m = m, .s = model_store_of(ctx), .err = &err};
    mica_status status = check_symbols(ctx, inputs, input_count, MAX_MODEL_INPUTS, m->name, &err);
    if (status == MICA_OK)
        status = check_symbols(ctx, outputs, output_count, MAX_MODEL_OUTPUTS, m->name, &err);
    if (status == MICA_OK) {
        m->input_count = input_count;
        m->output_count = output_count;
        status = join(&c, inputs, outputs);
        if (status == MICA_OK) status = model_sort_layers(m, &err);
    }
    if (status != MICA_OK) context_fail_with(ctx, &err);
    free(c.way);
    m->failed = status != MICA_OK;
    return m;
}
