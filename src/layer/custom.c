/* Layers of the user's own: see mica/custom.h. */
#include "layer/layer.h"
#include "part/registered.h"

#include <string.h>

/* A registered class: what the table of kinds points to, and what the user gave. */
typedef struct custom_kind {
    layer_kind kind; /* first */
    mica_layer_class_options user;
} custom_kind;

static const mica_layer_class_options *class_of(const mica_layer *l) {
    return &((const custom_kind *)(const void *)l->kind)->user;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return class_of(l)->build(l, l->options, in, inputs, err);
}

static void call(mica_layer *l, layer_frame *f) {
    mica_tensor *masks[MAX_LAYER_INPUTS] = {NULL}, *out_masks[MAX_LAYER_OUTPUTS] = {NULL};
    mica_call c = {.layer = l,
                   .options = l->options,
                   .inputs = f->inputs,
                   .outputs = 1,
                   .in = f->in,
                   .masks = masks,
                   .out = f->out,
                   .out_masks = out_masks,
                   .training = f->training,
                   .counter = f->counter,
                   .frame = f};
    for (int i = 0; i < f->inputs; i++) masks[i] = layer_mask(f, i);
    out_masks[0] = l->kind->ends_mask ? NULL : masks[0];
    f->out[0] = NULL;
    class_of(l)->call(&c);
    for (int i = 0; i < c.outputs; i++) {
        if (!f->out[i]) {
            context_fail(l->ctx, MICA_STATE, "its call gave no output %d", i);
            f->out[i] = tensor_poison(l->ctx);
        }
        layer_set_mask(f, i, out_masks[i]);
    }
    f->outputs = c.outputs;
}

static int states(const mica_layer *l, int64_t width[MAX_STATES + 1]) {
    return class_of(l)->states(l->options, width);
}

static const field common[] = {LAYER_FIELDS(mica_layer_options), END_OF_FIELDS};

mica_layer_class_options mica_layer_class_defaults(void) {
    return (mica_layer_class_options){.size = sizeof(mica_layer_class_options)};
}

static mica_status check(mica_context *ctx, const mica_layer_class_options *c, mica_error *err) {
    if (!c->name || !c->name[0])
        return fail(err, MICA_VALUE, "mica_register_layer: a class needs a name");
    if (!c->call)
        return fail(err, MICA_VALUE, "mica_register_layer: %s: call must be given", c->name);
    if (layer_kind_by_name(ctx, c->name))
        return fail(err, MICA_NAME, "mica_register_layer: there is a layer %s already", c->name);
    if (c->options_size && c->options_size < sizeof(mica_layer_options))
        return fail(err, MICA_VALUE,
                    "mica_register_layer: %s: options_size is %zu, expected a struct that begins "
                    "with MICA_LAYER_OPTIONS",
                    c->name, c->options_size);
    return MICA_OK;
}

mica_status mica_register_layer(mica_context *ctx, const mica_layer_class_options *given,
                                mica_error *err) {
    REQUIRE(ctx, "context");
    REQUIRE(given, "class");
    mica_layer_class_options c = mica_layer_class_defaults();
    TRY(options_take(&c, sizeof c, given, "mica_register_layer", err));
    TRY(check(ctx, &c, err));
    arena *a = registered_arena(ctx);
    custom_kind *k = a ? arena_take(a, sizeof *k) : NULL;
    char registered[128];
    snprintf(registered, sizeof registered, "Custom>%s", c.name);
    if (!k) return fail_memory(err, sizeof *k, c.name);
    k->user = c;
    k->kind = (layer_kind){.name = arena_text(a, c.name),
                           .not_in_keras = true,
                           .fields = registered_fields(a, common, c.options),
                           .options_size = c.options_size ? c.options_size
                                                          : sizeof(mica_layer_options),
                           .build = c.build ? build : NULL,
                           .call = call,
                           .states = c.states ? states : NULL,
                           .inputs = c.inputs < 0 ? VARIADIC : c.inputs,
                           .min_rank = c.min_rank,
                           .max_rank = c.max_rank,
                           .ends_mask = c.ends_mask};
    k->kind.aliases[0] = arena_text(a, registered); /* as Keras calls one that is registered */
    if (!k->kind.name || !k->kind.aliases[0] || !k->kind.fields)
        return fail_memory(err, sizeof *k, c.name);
    return registered_add(ctx, REGISTERED_LAYERS, (const void *const *)(const void *)all_layers, k,
                          err);
}

mica_layer *mica_layer_new(mica_context *ctx, const char *class_name, const void *options) {
    if (!ctx) return NULL;
    if (LACKS(ctx, class_name, "class_name")) return NULL;
    const layer_kind *k = layer_kind_by_name(ctx, class_name);
    return k ? layer_new(ctx, k, options) : mica_layer_from_config(ctx, class_name, NULL);
}

mica_status mica_layer_add_weight(mica_layer *l, const char *name, mica_shape s,
                                  const char *initializer, const char *regularizer, bool trainable,
                                  mica_error *err) {
    REQUIRE(l, "layer");
    REQUIRE(name, "name");
    const char *own = arena_text(&l->arena, name);
    const char *penalty = regularizer ? arena_text(&l->arena, regularizer) : NULL;
    if (!own || (regularizer && !penalty)) return fail_no_memory(err, name);
    if (penalty) TRY(check_regularizer(penalty, l->name, name, err));
    return layer_add_weight(l, own, &s, initializer ? initializer : "glorot_uniform", penalty, NULL,
                            trainable, err);
}

mica_tensor *mica_layer_get_weight(mica_layer *l, const char *name) {
    if (!l) return NULL;
    if (LACKS(l->ctx, name, "name")) return tensor_poison(l->ctx);
    return layer_weight(l, name);
}

void mica_call_update(mica_call *c, mica_tensor *variable, mica_tensor *value) {
    if (!c || !c->frame) return;
    if (LACKS(c->layer->ctx, variable, "variable") || LACKS(c->layer->ctx, value, "value")) return;
    layer_frame *f = c->frame;
    if (f->updates < (int)LENGTH(f->updated)) layer_update(f, variable, value);
    else context_fail(c->layer->ctx, MICA_UNSUPPORTED, "more than %zu updates", LENGTH(f->updated));
}

void mica_call_add_loss(mica_call *c, mica_tensor *loss) {
    if (!c || !c->frame || LACKS(c->layer->ctx, loss, "loss")) return;
    layer_frame *f = c->frame;
    if (f->losses < (int)LENGTH(f->loss)) f->loss[f->losses++] = loss;
    else context_fail(c->layer->ctx, MICA_UNSUPPORTED, "more than %zu losses", LENGTH(f->loss));
}
