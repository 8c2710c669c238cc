/* Epilogues: what the planner fuses behind a matmul or a convolution, after the gradients are
 * there: y = activation(x + bias). They stand in the attrs of those ops as an int64_t. */
#ifndef OP_EPILOGUE_H
#define OP_EPILOGUE_H

#include "op/op.h"

/* X(NAME, op): the ops without attributes that may be fused. The numbers are internal. */
#define EPILOGUES(X)                                                                               \
    X(RELU, relu)                                                                                  \
    X(RELU6, relu6)                                                                                \
    X(SIGMOID, sigmoid)                                                                            \
    X(TANH, tanh)                                                                                  \
    X(SILU, silu)                                                                                  \
    X(SOFTPLUS, softplus)

typedef enum epilogue {
    EPILOGUE_NONE,
#define EPILOGUE_ENUM(name, op) EPILOGUE_##name,
    EPILOGUES(EPILOGUE_ENUM)
#undef EPILOGUE_ENUM
} epilogue;

/* The activation's op (NULL for EPILOGUE_NONE), and back (EPILOGUE_NONE for an op that cannot be
 * fused). */
const op *epilogue_op(int64_t activation);
int64_t epilogue_of(const op *o);
/* activation(x), for the reference. */
double epilogue_apply(int64_t activation, double x);
/* dx from dy; x is the input of the activation, y its output. */
mica_tensor *epilogue_gradient(int64_t activation, mica_tensor *x, mica_tensor *y, mica_tensor *dy);

#endif
