/* Bidirectional: merge(forward(x), backward(x) turned round in time). x (B, T, F); y (B, T, .) or
 * (B, .), or two of them. Masks go to both; zero_output_for_mask where sequences are returned, so
 * that turning round moves no repeated value.
 * Errors: VALUE where the two layers do not go together.  Source: keras.layers.Bidirectional. */
#include "layer/layer.h"

#include "mica/layers_recurrent.h"
#include "op/emit.h"

#include <stdio.h>
#include <string.h>

#define OWNER mica_bidirectional_options

static const char *const modes[] = {"sum", "mul", "concat", "ave", "none", NULL};

static const field bidirectional_fields[] = {LAYER_FIELDS(OWNER),
                                             TEXT(OWNER, merge_mode, "concat", .choices = modes,
                                                  .flags = FIELD_NULLABLE,
                                                  .help = "null: both outputs"),
                                             END_OF_FIELDS};

static const inner_layer inner[] = {{"layer", offsetof(OWNER, layer), 1, false},
                                    {"backward_layer", offsetof(OWNER, backward_layer), 1, true},
                                    {NULL, 0, 0, false}};

static OWNER *options_of(const mica_layer *l) { return (OWNER *)l->options; }

static bool flag(const mica_layer *l, const char *name) {
    const bool *f = layer_flag(l, name);
    return f && *f;
}

/* "forward_lstm" of "lstm", "backward_lstm" of "forward_lstm". */
static void prefixed(const mica_layer *l, const char *prefix, char name[160]) {
    const char *own = strncmp(l->name, "forward_", 8) ? l->name : l->name + 8;
    snprintf(name, 160, "%s%.140s", prefix, own);
}

static mica_status make_backward(mica_layer *l, mica_error *err) {
    OWNER *o = options_of(l);
    char name[160];
    json_t *tree = layer_config(o->layer, err), *config = json_object_get(tree, "config");
    if (!tree) return fail_no_memory(err, l->name);
    prefixed(o->layer, "backward_", name);
    json_object_set_new(config, "name", json_string(name));
    json_object_set_new(config, "go_backwards", json_true());
    o->backward_layer = layer_from_config(l->ctx, o->layer->kind->name, config, err);
    json_decref(tree);
    return o->backward_layer ? MICA_OK : err->code;
}

static mica_status complete(mica_layer *l, mica_error *err) {
    static const char *const same[] = {"stateful", "return_sequences", "return_state"};
    OWNER *o = options_of(l);
    char name[160];
    if (!layer_flag(o->layer, "go_backwards"))
        return fail(err, MICA_VALUE, "layer %s: layer is a %s, expected a recurrent layer", l->name,
                    o->layer->kind->name);
    prefixed(o->layer, "forward_", name);
    TRY(layer_rename(o->layer, name, err));
    if (!o->backward_layer) TRY(make_backward(l, err));
    if (flag(o->layer, "go_backwards") == flag(o->backward_layer, "go_backwards"))
        return fail(err, MICA_VALUE, "layer %s: both layers go %s, expected one each way", l->name,
                    flag(o->layer, "go_backwards") ? "backwards" : "forwards");
    for (size_t i = 0; i < LENGTH(same); i++)
        if (flag(o->layer, same[i]) != flag(o->backward_layer, same[i]))
            return fail(err, MICA_VALUE, "layer %s: %s of the two layers differs", l->name,
                        same[i]);
    for (int i = 0; i < 2; i++) {
        bool *zero = layer_flag(layer_inner(l, i), "zero_output_for_mask");
        if (zero) *zero = flag(o->layer, "return_sequences");
    }
    if (o->merge_mode && !strcmp(o->merge_mode, "none")) o->merge_mode = NULL;
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    shape own[MAX_LAYER_INPUTS];
    int half = (inputs - 1) / 2;
    if (inputs % 2 == 0)
        return fail(err, MICA_VALUE, "%d inputs, expected as many first states each way", inputs);
    for (int i = 0; i < 2; i++) {
        own[0] = in[0];
        memcpy(own + 1, in + 1 + i * half, (size_t)half * sizeof *own);
        TRY(layer_build(layer_inner(l, i), own, 1 + half, err));
    }
    return layer_borrow_inner(l, err);
}

/* One way: all outputs of the inner layer. */
static int run(mica_layer *l, layer_frame *f, int way, mica_tensor **out) {
    mica_tensor *in[MAX_LAYER_INPUTS], *masks[MAX_LAYER_INPUTS] = {layer_mask(f, 0)};
    int half = (f->inputs - 1) / 2;
    in[0] = f->in[0];
    memcpy(in + 1, f->in + 1 + way * half, (size_t)half * sizeof *in);
    layer_frame call = {.inputs = 1 + half, .in = in, .masks = masks, .out = out};
    layer_call_inner(f, layer_inner(l, way), &call);
    return call.outputs;
}

static mica_tensor *merged(const char *mode, mica_tensor *a, mica_tensor *b) {
    mica_tensor *both[] = {a, b};
    if (!strcmp(mode, "concat")) return mica_concatenate(both, 2, -1);
    if (!strcmp(mode, "mul")) return mica_multiply(a, b);
    mica_tensor *sum = mica_add(a, b);
    return strcmp(mode, "ave") ? sum : mica_multiply(sum, scalar_like(sum, 0.5));
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = options_of(l);
    mica_tensor *forward[MAX_LAYER_OUTPUTS], *backward[MAX_LAYER_OUTPUTS];
    int count = run(l, f, 0, forward);
    run(l, f, 1, backward);
    bool sequences = flag(o->layer, "return_sequences");
    if (sequences)
        backward[0] = mica_slice(backward[0], 2, (int64_t[]){0, -1}, NULL, (int64_t[]){1, -1});
    f->outputs = 0;
    if (o->merge_mode) f->out[f->outputs++] = merged(o->merge_mode, forward[0], backward[0]);
    else f->out[f->outputs++] = forward[0], f->out[f->outputs++] = backward[0];
    int merged_outputs = f->outputs;
    for (int i = 1; i < count; i++) f->out[f->outputs++] = forward[i];
    for (int i = 1; i < count; i++) f->out[f->outputs++] = backward[i];
    for (int i = 0; i < f->outputs; i++)
        layer_set_mask(f, i, i < merged_outputs && sequences ? layer_mask(f, 0) : NULL);
}

const layer_kind layer_bidirectional = {.name = "Bidirectional",
                                        .fields = bidirectional_fields,
                                        .options_size = sizeof(OWNER),
                                        .inner = inner,
                                        .complete = complete,
                                        .build = build,
                                        .call = call,
                                        .inputs = VARIADIC,
                                        .takes_states = true,
                                        .borrows_weights = true};

LAYER_CONSTRUCTOR(bidirectional)
