/* epilogue: bias and activation go into the convolution or matmul before them:
 * act(conv(x, w) + b) is one node. Gradients are in the graph already, and read only the result. */
#include "op/epilogue.h"
#include "op/matmul.h"
#include "op/window.h"
#include "plan/rewrite.h"

#include <string.h>

typedef union either_attrs {
    conv_attrs conv;
    matmul_attrs matmul;
} either_attrs;

/* The place of the activation in the attributes of one of the two. */
static int64_t *activation_of(const op *o, either_attrs *attrs) {
    return o == &op_conv ? &attrs->conv.activation : &attrs->matmul.activation;
}

static bool channels_last(const node *n) {
    return n->op != &op_conv || ((const conv_attrs *)n->attrs)->layout == MICA_CHANNELS_LAST;
}

/* The convolution or matmul that makes `value`, if it may still take a bias or an activation. */
static const node *producer(const rewrite *r, int value, bool for_bias) {
    const node *n = made_by(r, value, &op_conv);
    either_attrs attrs;
    if (!n) n = made_by(r, value, &op_matmul);
    if (!n || r->uses[value] != 1 || (for_bias && n->inputs != 2)) return NULL;
    memcpy(&attrs, n->attrs, n->op->attrs_size);
    return *activation_of(n->op, &attrs) == EPILOGUE_NONE ? n : NULL;
}

/* Whether `value` has one number for each channel of `product`. A longer one would stretch a last
 * dim of 1: then the sum has another shape. */
static bool is_bias(const rewrite *r, int value, int product, int sum) {
    const operand *b = &r->from->values[value].info, *y = &r->from->values[sum].info;
    return b->shape.rank == 1 && y->shape.rank >= 2 && b->dtype == y->dtype &&
           shape_equal(&r->from->values[product].info.shape, &y->shape) &&
           b->shape.dims[0] == y->shape.dims[y->shape.rank - 1];
}

/* conv or matmul + bias, in either order: the producer, and *bias. */
static const node *with_bias(const rewrite *r, int sum, int *bias) {
    const node *add = made_by(r, sum, &op_add);
    for (int i = 0; add && i < 2; i++) {
        const node *n = producer(r, add->in[i], true);
        if (!n || !channels_last(n) || !is_bias(r, add->in[1 - i], add->in[i], sum)) continue;
        *bias = add->in[1 - i];
        return n;
    }
    return NULL;
}

static mica_status fused(rewrite *r, const node *n, const node *made, int bias,
                         int64_t activation) {
    either_attrs attrs;
    int in[3];
    memcpy(&attrs, made->attrs, made->op->attrs_size);
    *activation_of(made->op, &attrs) = activation;
    for (int i = 0; i < made->inputs; i++) in[i] = rewrite_value(r, made->in[i]);
    if (bias >= 0) in[2] = rewrite_value(r, bias);
    return rewrite_node(r, n, made->op, &attrs, bias >= 0 ? 3 : made->inputs, in);
}

static mica_status epilogue_pass(rewrite *r, const node *n) {
    int bias = -1;
    int64_t activation = epilogue_of(n->op);
    int sum = activation != EPILOGUE_NONE ? n->in[0] : n->out[0];
    const node *made = NULL;
    if (activation != EPILOGUE_NONE) {
        if (r->uses[sum] == 1) made = with_bias(r, sum, &bias);
        if (!made) made = producer(r, sum, false);
    } else if (n->op == &op_add) {
        made = with_bias(r, sum, &bias);
    }
    return made ? fused(r, n, made, bias, activation) : rewrite_copy(r, n);
}

const pass pass_epilogue = {"epilogue", epilogue_pass, NULL};
