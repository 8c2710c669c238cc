/* A model as a layer of another model. Its weights are those of its layers, the trainable ones
 * first, as Keras keeps them; they belong to the inner layers. */
#include "model/model.h"

#include <string.h>

typedef struct nested_options {
    MICA_LAYER_OPTIONS
    mica_model *model;
} nested_options;

static const field nested_fields[] = {LAYER_FIELDS(nested_options), END_OF_FIELDS};

static mica_model *model_of(const mica_layer *l) {
    return ((const nested_options *)l->options)->model;
}

mica_model *layer_model(const mica_layer *l) {
    return l->kind == &layer_nested ? model_of(l) : NULL;
}

const char *layer_class(const mica_layer *l) {
    const mica_model *m = layer_model(l);
    return m && m->sequential ? "Sequential" : l->kind->name;
}

static mica_status borrow_all(mica_layer *l, bool trainable, mica_error *err) {
    const mica_model *m = model_of(l);
    for (size_t i = 0; i < m->layer_count; i++) TRY(layer_borrow(l, m->layers[i], trainable, err));
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_model *m = model_of(l);
    char found[128], expected[128];
    if (inputs != m->input_count)
        return fail(err, MICA_VALUE, "%d inputs, expected %d", inputs, m->input_count);
    for (int i = 0; i < inputs; i++) {
        if (shape_fits(model_input_shape(m, i), &in[i])) continue;
        shape_format(&in[i], found), shape_format(model_input_shape(m, i), expected);
        return fail(err, MICA_SHAPE, "input %s, expected %s", found, expected);
    }
    if (l->built) return MICA_OK;
    TRY(borrow_all(l, true, err));
    return borrow_all(l, false, err);
}

/* For single calls; a model runs the layers of its inner models as its own (run.c). */
static void call(mica_layer *l, layer_frame *f) {
    mica_model *m = model_of(l);
    mica_error err = {0};
    model_frame g = {.training = f->training, .counter = f->counter};
    for (int i = 0; i < f->inputs; i++) g.in[i] = f->in[i], g.mask[i] = layer_mask(f, i);
    mica_status status = model_run(m, &g, &err);
    if (status == MICA_OK &&
        (g.update_count > LENGTH(f->updated) || g.loss_count > LENGTH(f->loss)))
        status = fail(&err, MICA_UNSUPPORTED,
                      "%zu updates and %zu losses in one call, expected at most %zu",
                      g.update_count, g.loss_count, LENGTH(f->loss));
    if (status != MICA_OK) context_fail_with(l->ctx, &err);
    f->outputs = m->output_count;
    for (int i = 0; i < m->output_count; i++) {
        f->out[i] = status == MICA_OK ? g.out[i] : tensor_poison(l->ctx);
        layer_set_mask(f, i, g.out_mask[i]);
    }
    for (size_t i = 0; i < g.update_count && status == MICA_OK; i++)
        layer_update(f, g.updated[i], g.update_value[i]);
    for (size_t i = 0; i < g.loss_count && status == MICA_OK; i++)
        f->loss[f->losses++] = g.losses[i];
    model_frame_free(&g);
}

static void release(mica_layer *l) { model_drop(model_of(l)); }

const layer_kind layer_nested = {.name = "Functional",
                                 .fields = nested_fields,
                                 .options_size = sizeof(nested_options),
                                 .build = build,
                                 .call = call,
                                 .inputs = VARIADIC,
                                 .keeps_integers = true,
                                 .keeps_strings = true,
                                 .borrows_weights = true,
                                 .release = release};

mica_layer *mica_model_as_layer(mica_model *m) {
    if (!m) return NULL;
    mica_dtype dtype = m->node_count ? m->nodes[m->inputs[0].node].out_dtype[0] : MICA_FLOAT32;
    nested_options options = {.size = sizeof options, .name = m->name, .model = m};
    if (m->failed) context_fail(m->ctx, MICA_STATE, "model %s could not be built", m->name);
    if (dtype_is_float(dtype)) options.dtype = mica_dtype_name(dtype);
    mica_layer *l = layer_new(m->ctx, &layer_nested, &options);
    if (l && m->failed) l->failed = true;
    if (l && model_of(l)) model_hold(m);
    return l;
}
