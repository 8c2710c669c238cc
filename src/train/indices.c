/* The whole numbers that an Embedding looks up are looked at once, before a plan runs: in a plan a
 * number outside of the table reads zeros, where Keras on TensorFlow's CPU kernels fails. */
#include "train/bind.h"

#include <stdlib.h>

#define CHUNK 4096

/* The Embedding with the smallest table that reads this input itself, also one in a model that is a
 * layer. */
static const mica_layer *reader_of(const mica_model *m, int input) {
    const mica_layer *smallest = NULL;
    reference wanted = m->inputs[input];
    for (size_t i = 0; i < m->node_count; i++) {
        const model_node *n = &m->nodes[i];
        const mica_model *inner = layer_model(n->layer);
        for (int k = 0; k < n->inputs; k++) {
            if (n->in[k].node != wanted.node || n->in[k].tensor != wanted.tensor) continue;
            const mica_layer *l = inner ? reader_of(inner, k) : n->layer;
            if (!l || l->kind != &layer_embedding) continue;
            if (!smallest ||
                OPTIONS_OF(l, embedding)->input_dim < OPTIONS_OF(smallest, embedding)->input_dim)
                smallest = l;
        }
    }
    return smallest;
}

int64_t input_table_rows(const mica_model *m, int input, const char **layer) {
    const mica_layer *reader = reader_of(m, input);
    if (reader) *layer = reader->name;
    return reader ? OPTIONS_OF(reader, embedding)->input_dim : 0;
}

bool in_table(double index, int64_t rows) {
    return index > -1 && index < (double)rows; /* false for NaN */
}

static mica_status check_rows(const mica_dataset *d, int at, const char *input,
                              const mica_layer *reader, int64_t each, int64_t step, uint32_t *rows,
                              double *values, mica_error *err) {
    int64_t extent = OPTIONS_OF(reader, embedding)->input_dim;
    for (int64_t first = 0; first < d->rows; first += step) {
        int64_t n = d->rows - first < step ? d->rows - first : step;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, values, err));
        for (int64_t i = 0; i < n * each; i++)
            if (!in_table(values[i], extent))
                return fail(
                    err, MICA_VALUE,
                    "%s: input %s has %g in row %lld, expected 0 to %lld: layer %s has %lld "
                    "rows",
                    d->origin ? d->origin : "data", input, values[i],
                    (long long)dataset_whole_row(d, rows[i / each]), (long long)extent - 1,
                    reader->name, (long long)extent);
    }
    return MICA_OK;
}

mica_status check_indices(const mica_model *m, const mica_dataset *d, mica_error *err) {
    for (int i = 0; i < m->input_count; i++) {
        const mica_layer *reader = reader_of(m, i);
        int at = input_column(m, d, i);
        int64_t each = at < 0 ? 0 : shape_size(&d->column[at].shape);
        if (!reader || each < 1) continue;
        int64_t step = each < CHUNK ? CHUNK / each : 1;
        uint32_t *rows = allocate((size_t)step, sizeof *rows);
        double *values = allocate((size_t)(step * each), sizeof *values);
        mica_status status = rows && values
                                 ? check_rows(d, at, m->nodes[m->inputs[i].node].layer->name,
                                              reader, each, step, rows, values, err)
                                 : fail_memory(err, (size_t)(step * each) * sizeof *values,
                                               "indices");
        free(rows), free(values);
        TRY(status);
    }
    return MICA_OK;
}
