/* Finding the loop of an op: see blocks.h. */
#include "backend/cpu/blocks.h"

#include "op/elementwise.h"

#include <string.h>

static const struct {
    const op *op;
    int cost;
    bool test; /* bool result */
} facts[] = {
#define BLOCK(name, cost) {&op_##name, cost, false},
#define TEST(name, cost) {&op_##name, cost, true},
#include "backend/cpu/blocks.def"
#undef BLOCK
#undef TEST
};

static void copy_8(int64_t n, const void *const *in, void *out, const void *attrs) {
    memmove(out, in[0], (size_t)n);
}
static void copy_16(int64_t n, const void *const *in, void *out, const void *attrs) {
    memmove(out, in[0], (size_t)n * 2);
}
static void copy_32(int64_t n, const void *const *in, void *out, const void *attrs) {
    memmove(out, in[0], (size_t)n * 4);
}
static void copy_64(int64_t n, const void *const *in, void *out, const void *attrs) {
    memmove(out, in[0], (size_t)n * 8);
}

static int log2_size(mica_dtype dtype) {
    size_t size = mica_dtype_size(dtype);
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

static block_function *cast_for(const block_table *t, mica_dtype from, mica_dtype to) {
    if (to == MICA_FLOAT32) return t->to_float32[from];
    return from == MICA_FLOAT32 ? t->from_float32[to] : NULL;
}

static block_function *real_for(const block_table *t, const op *o, int inputs, const mica_dtype *in,
                                mica_dtype out, int *cost) {
    if (in[0] != MICA_FLOAT32 && in[0] != MICA_FLOAT64) return NULL;
    for (int i = 1; i < inputs; i++)
        if (in[i] != in[0]) return NULL;
    for (size_t i = 0; i < LENGTH(facts); i++) {
        if (facts[i].op != o) continue;
        if (out != (facts[i].test ? MICA_BOOL : in[0])) return NULL;
        *cost = facts[i].cost * (in[0] == MICA_FLOAT64 ? 2 : 1);
        return t->real[i][in[0] == MICA_FLOAT64];
    }
    return NULL;
}

block_function *block_for(isa set, const op *o, const void *attrs, int inputs, const mica_dtype *in,
                          mica_dtype out, int *cost) {
    static block_function *const copies[] = {copy_8, copy_16, copy_32, copy_64};
    const block_table *t = ISA_CHOOSE(blocks, set);
    *cost = 1;
    if (inputs < 1) return NULL;
    if (o == &op_identity || o == &op_stop_gradient || (o == &op_cast && in[0] == out))
        return copies[log2_size(out)];
    if (o == &op_cast) return cast_for(t, in[0], out);
    if (o == &op_where) return in[0] == MICA_BOOL ? t->where[log2_size(out)] : NULL;
    if (o == &op_relu_grad && in[0] == MICA_BFLOAT16 && in[1] == in[0] && out == in[0])
        return t->relu_grad_bfloat16;
    bool all_bool = out == MICA_BOOL;
    for (int i = 0; i < inputs; i++) all_bool = all_bool && in[i] == MICA_BOOL;
    if (all_bool && o == &op_logical_and) return t->logical_and;
    if (all_bool && o == &op_logical_or) return t->logical_or;
    if (all_bool && o == &op_logical_not) return t->logical_not;
    return real_for(t, o, inputs, in, out, cost);
}

void blocks_from_bfloat16(const block_table *t, int64_t n, const void *in, float *out) {
    t->to_float32[MICA_BFLOAT16](n, &in, out, NULL);
}

void blocks_to_bfloat16(const block_table *t, int64_t n, const float *in, void *out) {
    const void *from = in;
    t->from_float32[MICA_BFLOAT16](n, &from, out, NULL);
}
