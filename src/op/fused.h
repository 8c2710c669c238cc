/* fused: several elementwise ops in one pass over the elements. The planner makes such nodes from
 * chains of elementwise nodes after the gradients are there. */
#ifndef OP_FUSED_H
#define OP_FUSED_H

#include "op/op.h"

#define FUSED_STEPS 32
#define FUSED_INPUTS 16
#define FUSED_CONSTANTS 16
#define FUSED_OUTPUTS 8
#define FUSED_OPERANDS 3 /* inputs of one step */

/* One op. An operand is the number of a value: 0 … inputs - 1 are the node's inputs, inputs + i is
 * what step i made (only earlier steps); or FUSED_CONSTANT(i), the number i of the constants. */
#define FUSED_CONSTANT(i) (-1 - (i))
typedef struct fused_step {
    int16_t op; /* place in all_ops */
    int16_t from[FUSED_OPERANDS];
    _Alignas(8) unsigned char attrs[16]; /* of that op */
} fused_step;

/* Zeroed before it is filled: attributes are compared as bytes. */
typedef struct fused_attrs {
    int16_t steps, outputs, constants;
    int16_t output[FUSED_OUTPUTS]; /* the numbers of the values that leave: made by steps */
    uint8_t constant_dtype[FUSED_CONSTANTS];
    _Alignas(8) unsigned char constant[FUSED_CONSTANTS][8]; /* the bytes of one element */
    fused_step step[FUSED_STEPS];
} fused_attrs;

/* Whether an op may be a step: elementwise, one output, operands and attributes that fit. */
bool fused_allows(const op *o);
/* Its place in all_ops. */
int16_t fused_op_number(const op *o);

/* The dtypes of all values: those of the inputs, then of the steps (FUSED_INPUTS + FUSED_STEPS
 * entries). For the reference and for backends; the attributes were checked by the shape rule. */
void fused_dtypes(const fused_attrs *a, int inputs, const operand *in, mica_dtype *dtypes);

#endif
