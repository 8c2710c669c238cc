/* Epilogues of matmul and convolution: see epilogue.h. */
#include "op/epilogue.h"

static const op *const activations[] = {NULL,
#define EPILOGUE_OP(name, op) &op_##op,
                                        EPILOGUES(EPILOGUE_OP)
#undef EPILOGUE_OP
};

const op *epilogue_op(int64_t activation) {
    return activation > 0 && activation < (int64_t)LENGTH(activations) ? activations[activation]
                                                                       : NULL;
}

int64_t epilogue_of(const op *o) {
    for (size_t i = 1; i < LENGTH(activations); i++)
        if (activations[i] == o) return (int64_t)i;
    return EPILOGUE_NONE;
}

double epilogue_apply(int64_t activation, double x) {
    const op *o = epilogue_op(activation);
    return o ? o->scalar(&x, NULL) : x;
}

mica_tensor *epilogue_gradient(int64_t activation, mica_tensor *x, mica_tensor *y,
                               mica_tensor *dy) {
    const op *o = epilogue_op(activation);
    if (!o) return dy;
    mica_tensor *dx = NULL;
    bool need = true;
    gradient_frame g = {.op = o,
                        .inputs = 1,
                        .outputs = 1,
                        .in = &x,
                        .out = &y,
                        .dout = &dy,
                        .din = &dx,
                        .need = &need};
    o->gradient(&g);
    return dx;
}
