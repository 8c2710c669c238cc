/* Layers of a model that learn from data before it is trained, in their order: each from what comes
 * to it, which is a column of the data, or what the layers before make of them. See model.h. */
#include "data/dataset.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

/* What comes to a layer, row by row. */
typedef struct incoming {
    mica_dataset *data;
    int column;      /* that it is; -1: it is computed */
    mica_model part; /* the layers before it, which the model owns */
    int input_column[MAX_MODEL_INPUTS];
} incoming;

static bool is_input(const mica_model *m, int node) {
    return m->nodes[node].layer->kind == &layer_input_layer;
}

/* That of an input of the model, of which there are the nodes so far. */
static int column_of(const mica_model *m, int node, const mica_dataset *d) {
    const char *names[MAX_MODEL_INPUTS];
    int count = 0, number = 0;
    for (int i = 0; i < (int)m->node_count && count < MAX_MODEL_INPUTS; i++) {
        if (!is_input(m, i)) continue;
        if (i == node) number = count;
        names[count++] = m->nodes[i].layer->name;
    }
    return dataset_input(d, names, count, number);
}

/* The column of an input, whose samples are such as the input says: what reads them makes room for
 * those. */
static mica_status find_column(const mica_model *m, int node, const mica_dataset *d, int *out,
                               mica_error *err) {
    char what[160];
    const model_node *n = &m->nodes[node];
    *out = column_of(m, node, d);
    if (*out < 0)
        return fail(err, MICA_VALUE, "%s: no input for %s", d->origin ? d->origin : "data",
                    n->layer->name);
    snprintf(what, sizeof what, "input %s", n->layer->name);
    return dataset_check_sample(d, *out, &n->out[0], n->out_dtype[0], what, err);
}

static mica_status compute(const incoming *in, const uint32_t *rows, int64_t count,
                           mica_dtype dtype, void *out, mica_error *err) {
    mica_model *part = (mica_model *)&in->part;
    model_frame f = {0};
    int64_t *wanted = allocate((size_t)count + 1, sizeof *wanted);
    if (!wanted) return fail_memory(err, (size_t)count * sizeof *wanted, part->name);
    for (int64_t i = 0; i < count; i++) wanted[i] = rows[i];
    for (int i = 0; i < part->input_count; i++) {
        f.in[i] = dataset_tensor(in->data, in->input_column[i], wanted, count);
        if (f.in[i]->dtype != MICA_STRING && f.in[i]->kind != TENSOR_POISON)
            f.in[i] = mica_cast(f.in[i], part->nodes[part->inputs[i].node].out_dtype[0]);
        f.in[i] = mica_reshape(f.in[i], part->nodes[part->inputs[i].node].out[0]);
    }
    free(wanted);
    mica_status status = mica_check(part->ctx, err);
    if (status == MICA_OK) status = model_run(part, &f, err);
    if (status == MICA_OK)
        status = mica_tensor_read(f.out[0], dtype, out,
                                  (size_t)mica_tensor_size(f.out[0]) * mica_dtype_size(dtype), err);
    model_frame_free(&f);
    return status;
}

static mica_status gather(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const incoming *in = d->state;
    (void)column;
    if (in->column >= 0)
        return in->data->gather(in->data, in->column, rows, count, dtype, out, err);
    mica_scope *scope = mica_scope_open(d->ctx);
    mica_status status = compute(in, rows, count, dtype, out, err);
    mica_scope_close(&scope);
    return status;
}

/* The layers so far, up to the tensor: the frame of model_run reads nodes, inputs and outputs. */
static mica_status begin_part(incoming *in, const mica_model *m, reference r, mica_error *err) {
    in->part = *m;
    in->part.outputs[0] = r;
    in->part.output_count = 1;
    in->part.input_count = 0;
    for (int i = 0; i < (int)m->node_count; i++) {
        if (!is_input(m, i)) continue;
        int n = in->part.input_count++;
        in->part.inputs[n] = (reference){i, 0};
        TRY(find_column(m, i, in->data, &in->input_column[n], err));
    }
    in->column = is_input(m, r.node) ? column_of(m, r.node, in->data) : -1;
    return MICA_OK;
}

static mica_status adapt_to_incoming(const mica_model *m, mica_layer *l, incoming *in, reference r,
                                     mica_dataset *d, mica_error *err) {
    const model_node *from = &m->nodes[r.node];
    shape row = {.rank = from->out[r.tensor].rank - 1};
    mica_dtype dtype = in->column >= 0 ? in->data->column[in->column].dtype
                                       : from->out_dtype[r.tensor];
    memcpy(row.dims, from->out[r.tensor].dims + 1, sizeof *row.dims * (size_t)row.rank);
    for (int i = 0; i < row.rank; i++)
        if (row.dims[i] < 1)
            return fail(err, MICA_SHAPE,
                        "layer %s: samples whose extents vary come to it, expected one shape to "
                        "adapt to",
                        l->name);
    d->rows = in->data->rows;
    d->origin = in->data->origin;
    d->gather = gather;
    d->state = in;
    dataset_add_column(d, "x", COLUMN_INPUT, dtype, &row);
    return mica_layer_adapt_to(l, d, err);
}

static mica_status adapt_layer(const mica_model *m, mica_layer *l, reference r, mica_dataset *data,
                               mica_error *err) {
    incoming *in = allocate(1, sizeof *in);
    mica_dataset *d = in ? dataset_new(m->ctx) : NULL;
    if (in) in->data = data;
    mica_status status = d ? begin_part(in, m, r, err) : fail_memory(err, sizeof *in, l->name);
    if (status == MICA_OK) status = adapt_to_incoming(m, l, in, r, d, err);
    if (d) d->state = NULL;
    mica_dataset_destroy(&d);
    free(in);
    return status;
}

mica_status model_adapt_call(const mica_model *m, const model_node *call, mica_error *err) {
    if (!m->adapts_to || call->inputs < 1 || !layer_wants_adapting(call->layer)) return MICA_OK;
    return adapt_layer(m, call->layer, call->in[0], m->adapts_to, err);
}

mica_status model_adapt(mica_model *m, mica_dataset *data, mica_error *err) {
    for (size_t i = 0; i < m->node_count; i++) {
        const model_node *n = &m->nodes[i];
        if (n->inputs < 1) continue;
        if (layer_model(n->layer)) TRY(model_check_adapted(layer_model(n->layer), err));
        else if (layer_wants_adapting(n->layer)) TRY(adapt_layer(m, n->layer, n->in[0], data, err));
    }
    return MICA_OK;
}

mica_status model_check_adapted(const mica_model *m, mica_error *err) {
    for (size_t i = 0; i < m->layer_count; i++) {
        const mica_layer *l = m->layers[i];
        if (layer_model(l)) TRY(model_check_adapted(layer_model(l), err));
        else if (layer_wants_adapting(l))
            return fail(err, MICA_STATE,
                        "layer %s of the inner model %s learns from data, which reach it through "
                        "another model: put it before that model, or give what it knows",
                        l->name, m->name);
    }
    return MICA_OK;
}
