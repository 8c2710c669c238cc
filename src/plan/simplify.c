/* simplify: nodes that change nothing are left out (identity, casts to the same type, *_like and
 * reshape to the shape that is there already). Shapes are known here. */
#include "plan/rewrite.h"

static const op *const same_shape_changes_nothing[] = {
    &op_reshape, &op_reshape_like, &op_broadcast_to, &op_broadcast_like, &op_sum_to_like,
    &op_flatten, &op_cast,         &op_expand_dims,  &op_squeeze,
};

static bool changes_nothing(const rewrite *r, const node *n) {
    const operand *in = &r->from->values[n->in[0]].info, *out = &r->from->values[n->out[0]].info;
    if (n->op == &op_identity || n->op == &op_stop_gradient) return true;
    for (size_t i = 0; i < LENGTH(same_shape_changes_nothing); i++)
        if (n->op == same_shape_changes_nothing[i])
            return in->dtype == out->dtype && shape_equal(&in->shape, &out->shape);
    return false;
}

static mica_status simplify(rewrite *r, const node *n) {
    if (n->inputs == 0 || !changes_nothing(r, n)) return rewrite_copy(r, n);
    r->map[n->out[0]] = rewrite_value(r, n->in[0]);
    return MICA_OK;
}

const pass pass_simplify = {"simplify", simplify, NULL};
