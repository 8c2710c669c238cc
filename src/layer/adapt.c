/* Adapting: a layer learns from data before it is trained. */
#include "data/dataset.h"
#include "layer/layer.h"
#include "mica/layers_features.h"

#include "base/strbuf.h"

/* "Normalization, Discretization …": the kinds that do. */
static void add_adapting(strbuf *text) {
    for (const layer_kind *const *k = all_layers; *k; k++)
        if ((*k)->adapt) strbuf_add(text, "%s%s", text->length ? ", " : "", (*k)->name);
}

static mica_status refuse_kind(const mica_layer *l, mica_error *err) {
    strbuf kinds = {0};
    add_adapting(&kinds);
    mica_status status = fail(err, MICA_UNSUPPORTED,
                              "layer %s: a %s does not adapt, expected one of %s",
                              mica_layer_name(l), l->kind->name, kinds.data ? kinds.data : "");
    strbuf_free(&kinds);
    return status;
}

bool layer_wants_adapting(const mica_layer *l) {
    return l->kind->adapt && !l->adapted && !(l->kind->knows && l->kind->knows(l));
}

mica_status mica_layer_adapt_to(mica_layer *l, mica_dataset *d, mica_error *err) {
    REQUIRE(l, "layer");
    REQUIRE(d, "dataset");
    TRY(mica_check(l->ctx, err));
    if (l->failed) return fail(err, MICA_STATE, "layer %s was not made", mica_layer_name(l));
    if (!l->kind->adapt) return refuse_kind(l, err);
    if (dataset_column(d, COLUMN_INPUT, 0) < 0)
        return fail(err, MICA_VALUE, "layer %s: no input to adapt to", l->name);
    TRY(dataset_need_rows(d, l->name, err));
    if (d->rows < 1) return fail(err, MICA_VALUE, "layer %s: no rows to adapt to", l->name);
    TRY(l->kind->adapt(l, d, err));
    l->adapted = true;
    return MICA_OK;
}

mica_status mica_layer_adapt(mica_layer *l, mica_tensor *x, mica_error *err) {
    REQUIRE(l, "layer");
    REQUIRE(x, "x");
    mica_dataset *d = mica_dataset_new(l->ctx, &x, 1, NULL, 0, NULL);
    mica_status status = mica_check(l->ctx, err);
    if (status == MICA_OK && !d) status = fail_no_memory(err, "adapt");
    if (status == MICA_OK) status = mica_layer_adapt_to(l, d, err);
    mica_dataset_destroy(&d);
    return status;
}
