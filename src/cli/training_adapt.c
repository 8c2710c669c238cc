/* mica train: layers that learn from the data before the first epoch (vocabularies, bins, means):
 * from the rows that are trained on, before they are resampled. See training.h. */
#include "cli/training.h"
#include "data/dataset.h"
#include "train/program.h"
#include "train/split.h"

#include <stdlib.h>

/* Which input of the model the node reads; -1: none, or more. */
static int input_of(const mica_model *m, const model_node *n) {
    for (int i = 0; i < m->input_count && n->inputs == 1; i++)
        if (n->in[0].node == m->inputs[i].node && n->in[0].tensor == m->inputs[i].tensor) return i;
    return -1;
}

static mica_status adapt_layer(const training *t, const model_node *n, mica_dataset *rows,
                               mica_error *err) {
    const mica_layer *l = unlearned_layer(n->layer);
    mica_dataset *column = NULL;
    int input = input_of(t->model, n);
    if (!l) return MICA_OK;
    if (l != n->layer || input < 0)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: layer %s learns from the data before training, which works right after an "
                    "input of the model alone: give what it would learn",
                    t->recipe.name, l->name);
    TRY(dataset_one_input(rows, input, &column, err));
    mica_status status = mica_layer_adapt_to(n->layer, column, err);
    mica_dataset_destroy(&column);
    return status == MICA_OK ? status : fail_within(err, status, "%s", t->recipe.name);
}

mica_status adapt_layers(training *t, mica_error *err) {
    const mica_model *m = t->model;
    mica_dataset *split = NULL, *part = NULL;
    int64_t rows;
    bool wanted = false;
    for (size_t i = 0; i < m->node_count; i++) wanted |= unlearned_layer(m->nodes[i].layer) != NULL;
    if (!wanted) return MICA_OK;
    TRY(split_data(t->drawn_from, t->validation ? 0 : t->recipe.validation_split, &split, &rows,
                   err));
    part = mica_dataset_range(split, 0, rows);
    mica_status status = mica_check(t->ctx, err);
    for (size_t i = 0; i < m->node_count && status == MICA_OK; i++)
        status = adapt_layer(t, &m->nodes[i], part, err);
    mica_dataset_destroy(&part);
    mica_dataset_destroy(&split);
    return status;
}
