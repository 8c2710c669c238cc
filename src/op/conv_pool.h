/* Attributes of conv_max_pool and conv_max_pool_backward_weights, which only the planner
 * makes: a convolution whose result nothing but a max pooling reads, so that it need not be stored.
 */
#ifndef OP_CONV_POOL_H
#define OP_CONV_POOL_H

#include "op/window.h"

typedef struct conv_pool_attrs {
    conv_attrs conv;
    pool_attrs pool;
} conv_pool_attrs;

/* The result of the convolution, and of the pooling: y and index. */
mica_status conv_pool_shapes(shape_frame *f, int inputs, const operand *in, operand *y,
                             operand *out);

#endif
