/* Bits of integers: bitwise_and, bitwise_or, bitwise_xor, bitwise_not, left_shift, right_shift. Any
 * shapes that broadcast, any integer type; the first four bools too, as logic. A shift by less than
 * 0 or by at least the width gives 0, of a negative number to the right -1. Gradient: none.
 * Source: numpy.bitwise_and and its kin; ONNX BitwiseAnd. */
#include "op/elementwise.h"

static mica_status shape_of_bits(shape_frame *f) {
    bool logic = f->op == &op_bitwise_and || f->op == &op_bitwise_or || f->op == &op_bitwise_xor;
    mica_dtype dtype = f->in[0].dtype;
    if (dtype_is_float(dtype) || (dtype == MICA_BOOL && !logic))
        return fail(f->err, MICA_TYPE, "%s: input 0 has dtype %s, expected an integer type",
                    f->op->name, mica_dtype_name(dtype));
    return shape_of_broadcast(f);
}

static bool bits_samples(int number, sample *s) {
    static const mica_dtype dtypes[] = {MICA_INT32, MICA_UINT8, MICA_BOOL, MICA_INT64};
    if (number >= (int)LENGTH(dtypes)) return false;
    s->inputs = 2;
    for (int i = 0; i < 2; i++)
        s->in[i] = (struct sample_input){.shape = i ? MICA_SHAPE(4) : MICA_SHAPE(3, 4),
                                         .high = dtypes[number] == MICA_BOOL ? 1
                                                 : i                         ? 9
                                                                             : 200,
                                         .integers = true,
                                         .dtype = dtypes[number],
                                         .constant = true};
    return true;
}

static bool one_bits_samples(int number, sample *s) {
    bool more = bits_samples(number, s);
    s->inputs = 1;
    return more;
}

#define BITS(name_, inputs_, samples_, ...)                                                        \
    static int64_t name_##_integer(const int64_t *x, const void *attrs) { return __VA_ARGS__; }    \
    const op op_##name_ = {.name = #name_,                                                         \
                           .inputs = inputs_,                                                      \
                           .outputs = 1,                                                           \
                           .traits = PURE | ELEMENTWISE,                                           \
                           .shape = shape_of_bits,                                                 \
                           .integer = name_##_integer,                                             \
                           .reference = elementwise_reference,                                     \
                           .samples = samples_};
#define BITS_OF_TWO(name_, ...)                                                                    \
    BITS(name_, 2, bits_samples, __VA_ARGS__)                                                      \
    mica_tensor *mica_##name_(mica_tensor *a, mica_tensor *b) {                                    \
        return emit_binary(&op_##name_, a, b);                                                     \
    }

BITS_OF_TWO(bitwise_and, x[0] & x[1])
BITS_OF_TWO(bitwise_or, x[0] | x[1])
BITS_OF_TWO(bitwise_xor, x[0] ^ x[1])
BITS_OF_TWO(left_shift, x[1]<0 || x[1]> 63 ? 0 : (int64_t)((uint64_t)x[0] << x[1]))
BITS_OF_TWO(right_shift, x[1]<0 || x[1]> 63 ? -(x[0] < 0) : x[0] >> x[1])

BITS(bitwise_not, 1, one_bits_samples, ~x[0])
mica_tensor *mica_bitwise_not(mica_tensor *x) {
    NEEDS(x);
    return x->dtype == MICA_BOOL ? mica_logical_not(x) : EMIT(&op_bitwise_not, NULL, x);
}
