/* mica train: the model card. See training.h and format/card.h. */
#include "cli/training.h"

#include "data/dataset.h"
#include "format/card.h"
#include "train/baseline.h"

#include <stdlib.h>
#include <string.h>

static json_t *class_list(const mica_dataset *d) {
    if (!mica_dataset_classes(d)) return NULL;
    json_t *names = json_array();
    for (int i = 0; i < mica_dataset_classes(d); i++)
        json_array_append_new(names, json_string(mica_dataset_class_name(d, i)));
    return names;
}

static json_t *shape_list(const shape *s) {
    json_t *dims = json_array();
    for (int i = 0; i < s->rank; i++)
        json_array_append_new(dims, s->dims[i] < 0 ? json_null() : json_integer(s->dims[i]));
    return dims;
}

static json_t *preparation_of(const mica_dataset *d) {
    return d->preparation ? json_loads(d->preparation, 0, NULL) : NULL;
}

/* What comes in, as the data had it; of pictures how they were prepared. */
static json_t *input_list(const mica_dataset *d) {
    json_t *inputs = json_array(), *how = preparation_of(d);
    for (int i = 0, at; (at = dataset_column(d, COLUMN_INPUT, i)) >= 0; i++) {
        const column *c = &d->column[at];
        json_t *input = json_pack("{s:s, s:o, s:s}", "name", c->name, "shape",
                                  shape_list(&c->shape), "dtype", mica_dtype_name(c->dtype));
        if (how && !json_object_get(how, "table")) json_object_update(input, how);
        json_array_append_new(inputs, input);
    }
    json_decref(how);
    return inputs;
}

static json_t *metric_tree(const training *t) {
    const mica_history *h = &t->history;
    json_t *tree = json_object();
    if (h->epochs) {
        bool last = t->saved_epoch == h->epochs;
        json_object_set_new(tree, "epoch", json_integer(t->saved_epoch));
        json_object_set_new(tree, last ? "last_epoch" : "restored_epoch",
                            results_json(&h->epoch[t->saved_epoch - 1]));
    }
    if (t->evaluated.count) json_object_set_new(tree, "test", results_json(&t->evaluated));
    return tree;
}

/* The recipe as it was run; the model itself is in the file. */
static json_t *recipe_tree(const training *t) {
    const recipe *r = &t->recipe;
    json_t *tree = json_object(), *compile = NULL;
    if (compile_config(t->model, &compile, NULL) == MICA_OK)
        json_object_set_new(tree, "compile", compile);
    json_object_set_new(tree, "fit",
                        json_pack("{s:I, s:I, s:b, s:o}", "epochs", (json_int_t)r->epochs,
                                  "batch_size", (json_int_t)r->batch_size, "shuffle",
                                  !r->no_shuffle, "validation_split", recipe_split_json(r)));
    if (r->resampling) json_object_set_new(tree, "resample", json_deep_copy(r->resampling));
    if (r->preprocessing)
        json_object_set_new(tree, "preprocessing", json_deep_copy(r->preprocessing));
    json_object_set_new(tree, "seed", json_integer((json_int_t)r->seed));
    return tree;
}

static mica_status data_tree(training *t, json_t **out, mica_error *err) {
    char fingerprint[65];
    TRY(mica_dataset_fingerprint(t->whole, fingerprint, err));
    *out = json_pack("{s:I, s:s}", "rows", (json_int_t)t->whole_rows, "fingerprint", fingerprint);
    return MICA_OK;
}

void clear_card(training *t) {
    static const char *const keys[] = {"data", "inputs", "table", "baseline", "recipe", "metrics"};
    for (size_t i = 0; i < LENGTH(keys); i++) card_set(t->model, keys[i], NULL, NULL);
}

mica_status put_contract(training *t, mica_error *err) {
    json_t *classes = class_list(t->train);
    if (classes) TRY(card_set(t->model, "classes", classes, err));
    TRY(card_set(t->model, "inputs", input_list(t->train), err));
    json_t *how = preparation_of(t->train), *table = json_incref(json_object_get(how, "table"));
    json_decref(how);
    return table ? card_set(t->model, "table", table, err) : MICA_OK;
}

mica_status fill_card(training *t, mica_error *err) {
    json_t *data = NULL;
    TRY(data_tree(t, &data, err));
    TRY(card_set(t->model, "data", data, err));
    TRY(put_contract(t, err));
    return card_set(t->model, "recipe", recipe_tree(t), err);
}

mica_status complete_card(training *t, mica_error *err) {
    json_t *baseline = NULL;
    /* Of the rows that trained alone, before resampling: the shares of classes are those that the
     * model will meet. */
    TRY(baseline_of(t->model, t->drawn_from, &baseline, err));
    TRY(card_set(t->model, "baseline", baseline, err));
    return card_set(t->model, "metrics", metric_tree(t), err);
}
