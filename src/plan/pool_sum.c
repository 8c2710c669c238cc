/* pool_sum: the sum of max_pool_backward over all but the channels (a bias gradient) is that
 * of the pooled gradient: every one of its values is put in one place. */
#include "op/reduce.h"
#include "op/window.h"
#include "plan/rewrite.h"

/* Whether n is a sum to one number a channel of images of that rank. */
static bool sums_images(const rewrite *r, const node *n, int64_t layout, int rank) {
    if (n->op == &op_sum_to_like)
        return layout == MICA_CHANNELS_LAST && r->from->values[n->out[0]].info.shape.rank == 1 &&
               r->from->values[n->out[0]].info.shape.dims[0] > 1;
    if (n->op != &op_sum) return false;
    const reduce_attrs *a = n->attrs;
    bool all = !a->keepdims && a->count == rank - 1 && a->axes[0] == 0;
    for (int i = 1; all && i < rank - 1; i++) all = a->axes[i] == space_axis(layout) + i - 1;
    return all;
}

static mica_status pool_sum(rewrite *r, const node *n) {
    const node *back = n->inputs ? made_by(r, n->in[0], &op_max_pool_backward) : NULL;
    if (!back || !sums_images(r, n, ((const pool_attrs *)back->attrs)->layout,
                              r->from->values[n->in[0]].info.shape.rank))
        return rewrite_copy(r, n);
    int in[2] = {rewrite_value(r, back->in[0])};
    if (n->inputs > 1) in[1] = rewrite_value(r, n->in[1]);
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const pass pass_pool_sum = {"pool_sum", pool_sum, NULL};
