/* What merging layers share: see merge.h.  Source: keras/src/layers/merging/base_merge.py. */
#include "layer/merge.h"

/* Whether two dims may meet: equal, one of them 1, or one not known. */
static bool meet(int64_t a, int64_t b) { return a == b || a == 1 || b == 1 || a < 0 || b < 0; }

/* The batches must be equal; behind them dims broadcast from the last on. */
static bool shapes_meet(const shape *a, const shape *b) {
    if (a->rank && b->rank && a->dims[0] != b->dims[0] && a->dims[0] >= 0 && b->dims[0] >= 0)
        return false;
    for (int i = 1; i < a->rank && i < b->rank; i++)
        if (!meet(a->dims[a->rank - i], b->dims[b->rank - i])) return false;
    return true;
}

mica_status merge_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    for (int i = 1; i < inputs; i++)
        for (int k = 0; k < i; k++) {
            char first[128], second[128];
            if (shapes_meet(&in[k], &in[i])) continue;
            shape_format(&in[k], first), shape_format(&in[i], second);
            return fail(err, MICA_SHAPE, "inputs %d and %d of shapes %s and %s do not broadcast", k,
                        i, first, second);
        }
    return MICA_OK;
}

mica_status merge_build_two(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    if (inputs != 2) return fail(err, MICA_VALUE, "%d inputs, expected 2", inputs);
    return merge_build(l, in, inputs, err);
}

bool merge_expand(layer_frame *f) {
    int rank = 0;
    bool expanded = false;
    for (int i = 0; i < f->inputs; i++)
        if (f->in[i]->shape.rank > rank) rank = f->in[i]->shape.rank;
    for (int i = 0; i < f->inputs; i++)
        for (int r = f->in[i]->shape.rank; r > 0 && r < rank; r++) {
            f->in[i] = mica_expand_dims(f->in[i], 1);
            expanded = true;
        }
    return expanded;
}

void merge_masks(layer_frame *f) {
    mica_tensor *any = layer_mask(f, 0);
    for (int i = 1; i < f->inputs && any; i++) {
        mica_tensor *mask = layer_mask(f, i);
        any = mask ? mica_logical_or(any, mask) : NULL;
    }
    layer_set_mask(f, 0, any);
}

void merge_fold(layer_frame *f, mica_tensor *(*op)(mica_tensor *, mica_tensor *)) {
    merge_masks(f);
    merge_expand(f);
    f->out[0] = f->in[0];
    for (int i = 1; i < f->inputs; i++) f->out[0] = op(f->out[0], f->in[i]);
}

mica_tensor *merge_mask_like(mica_tensor *mask, mica_tensor *x) {
    for (int r = mask->shape.rank; r < x->shape.rank; r++) mask = mica_expand_dims(mask, -1);
    return mask;
}

void merge_fold_masked(layer_frame *f, mica_tensor *(*op)(mica_tensor *, mica_tensor *)) {
    merge_masks(f);
    bool expanded = merge_expand(f);
    mica_tensor *y = f->in[0], *counts = expanded ? NULL : layer_mask(f, 0);
    for (int i = 1; i < f->inputs; i++) {
        mica_tensor *x = f->in[i], *mask = expanded ? NULL : layer_mask(f, i);
        if (mask) x = mica_where(merge_mask_like(mask, x), x, y);
        if (counts) y = mica_where(merge_mask_like(counts, y), y, x);
        counts = mask && counts ? mica_logical_or(counts, mask) : NULL;
        y = op(y, x);
    }
    f->out[0] = y;
}
