/* What stands for a model on a server: see remote.h. Its layers are places for names, types and
 * shapes alone, so that whatever reads these of a model finds them. */
#include "cli/remote.h"

#include "format/card.h"
#include "tensor/tensor.h"

#include <string.h>

static bool is_taken(const mica_model *m, const char *name) {
    for (size_t i = 0; i < m->layer_count; i++)
        if (!strcmp(m->layers[i]->name, name)) return true;
    return false;
}

/* An output may be called as an input is; layers have names of their own. */
static mica_status add_place(mica_model *m, const mica_client_tensor *v, reference *out,
                             mica_error *err) {
    char name[256];
    snprintf(name, sizeof name, "%.240s%s", v->name, is_taken(m, v->name) ? "_output" : "");
    if (!v->shape.rank)
        return fail(err, MICA_SHAPE, "%s of the server's model is a scalar: it has no batch",
                    v->name);
    mica_layer *l = mica_layer_input_layer(
        m->ctx, MICA_OPTIONS(input_layer, .name = name, .batch_shape = v->shape,
                             .dtype = mica_dtype_name(v->dtype)));
    TRY(mica_check(m->ctx, err));
    TRY(model_add_node(m, l, NULL, 0, err));
    *out = (reference){(int)m->node_count - 1, 0};
    return MICA_OK;
}

static mica_status fill(mica_model *m, const mica_client_model *of, const char *card,
                        mica_error *err) {
    if (of->inputs > MAX_MODEL_INPUTS || of->outputs > MAX_MODEL_OUTPUTS)
        return fail(err, MICA_UNSUPPORTED,
                    "model %s has %d inputs and %d outputs, at most %d and %d are asked", of->name,
                    of->inputs, of->outputs, MAX_MODEL_INPUTS, MAX_MODEL_OUTPUTS);
    for (int i = 0; i < of->inputs; i++)
        TRY(add_place(m, &of->input[i], &m->inputs[m->input_count++], err));
    for (int i = 0; i < of->outputs; i++)
        TRY(add_place(m, &of->output[i], &m->outputs[m->output_count++], err));
    if (card && strcmp(card, "{}") != 0) TRY(card_read(m, card, "the server's card", err));
    if (!of->classifier || of->outputs != 1 || of->output[0].shape.rank != 2) return MICA_OK;
    /* Its loss is not told, only that its outputs are scores of classes. */
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd",
                                       .loss = of->output[0].shape.dims[1] == 1
                                                   ? "binary_crossentropy"
                                                   : "sparse_categorical_crossentropy"));
    return mica_check(m->ctx, err);
}

mica_status stand_in_new(mica_context *ctx, const mica_client_model *of, const char *card,
                         mica_model **out, mica_error *err) {
    mica_model *m = model_new(ctx, of->name, false);
    *out = m;
    if (!m) return fail_no_memory(err, of->name);
    mica_status status = fill(m, of, card, err);
    m->failed = status != MICA_OK;
    return status;
}
