/* The battery: every op of ops.def, with its samples and with generic operands of several sizes and
 * dtypes, on every backend against the reference. */
#include "backend/nodes.h"

static _Alignas(16) unsigned char attrs[2048];

/* The tolerance of the op; float64 may not be worse. Sums of integers and copies are exact. */
static double tolerance_of(const op *o, const test_node *n) {
    double t = o->tolerance;
    for (int i = 0; i < n->outputs; i++) {
        if (n->out[i].dtype == MICA_FLOAT16) return t > 2e-3 ? t : 2e-3;
        if (n->out[i].dtype == MICA_BFLOAT16) return t > 1e-2 ? t : 1e-2;
    }
    return t;
}

static int check_sample(const op *o, const sample *s, mica_dtype dtype, uint64_t key) {
    test_node n;
    if (!node_open(&n, o, s, dtype, key)) return 0;
    int ran = check_node(&n, tolerance_of(o, &n));
    node_close(&n);
    return ran;
}

TEST(every_op_agrees_on_its_samples) {
    const mica_dtype dtypes[] = {MICA_FLOAT32,  MICA_FLOAT64, MICA_FLOAT16,
                                 MICA_BFLOAT16, MICA_INT32,   MICA_UINT8};
    int ran = 0;
    for (const op *const *o = all_ops; *o; o++) {
        assert_true((*o)->attrs_size <= sizeof attrs);
        for (int number = 0; (*o)->samples; number++) {
            sample s = {.attrs = memset(attrs, 0, sizeof attrs)};
            if (!(*o)->samples(number, &s)) break;
            for (size_t d = 0; d < LENGTH(dtypes); d++)
                ran += check_sample(*o, &s, dtypes[d], (uint64_t)number * 100 + d);
        }
    }
    assert_true(ran > 100);
}

/* Shapes that fill blocks, rows, ragged ends, and every kind of broadcasting. */
static const shape wide[][3] = {
    {MICA_SHAPE(5003), MICA_SHAPE(5003), MICA_SHAPE(5003)},
    {MICA_SHAPE(70, 33), MICA_SHAPE(33), MICA_SCALAR},
    {MICA_SHAPE(70, 33), MICA_SHAPE(70, 1), MICA_SHAPE(1, 33)},
    {MICA_SHAPE(3, 2500), MICA_SHAPE(2500), MICA_SHAPE(3, 1)},
    {MICA_SHAPE(4, 1, 5, 6), MICA_SHAPE(7, 1, 6), MICA_SHAPE(4, 1, 1, 1)},
    {MICA_SCALAR, MICA_SHAPE(2100), MICA_SHAPE(1)},
    {MICA_SHAPE(6, 26, 26, 32), MICA_SHAPE(32), MICA_SHAPE(26, 32)},
    {MICA_SHAPE(0, 4), MICA_SHAPE(4), MICA_SCALAR},
    {MICA_SHAPE(2, 3, 700), MICA_SHAPE(3, 700), MICA_SHAPE(700)},
    {MICA_SHAPE(3, 40, 30, 3), MICA_SHAPE(3, 1, 1, 3), MICA_SHAPE(3, 1, 1, 1)},
    {MICA_SHAPE(3, 40, 30, 3), MICA_SHAPE(3, 40, 30, 1), MICA_SHAPE(3, 1, 30, 1)},
    {MICA_SHAPE(3, 40, 30, 3), MICA_SHAPE(3, 40, 1, 3), MICA_SHAPE(3, 1, 30, 3)},
};

TEST(elementwise_ops_agree_on_every_kind_of_broadcast) {
    const mica_dtype dtypes[] = {MICA_FLOAT32, MICA_FLOAT64};
    int ran = 0;
    for (const op *const *o = all_ops; *o; o++) {
        if (!((*o)->traits & ELEMENTWISE) || (*o)->inputs < 1 || (*o)->inputs > 3) continue;
        for (size_t w = 0; w < LENGTH(wide); w++)
            for (size_t d = 0; d < LENGTH(dtypes); d++) {
                sample s = {.attrs = memset(attrs, 0, sizeof attrs)};
                if ((*o)->samples && !(*o)->samples(0, &s)) continue;
                if (!(*o)->samples)
                    for (int i = 0; i < 3; i++)
                        s.in[i] = (struct sample_input){.low = -2, .high = 2};
                s.inputs = (*o)->inputs;
                for (int i = 0; i < s.inputs; i++) s.in[i].shape = wide[w][i];
                ran += check_sample(*o, &s, dtypes[d], w * 10 + d);
            }
    }
    assert_true(ran > 100);
}

RUN_TESTS(UNIT(every_op_agrees_on_its_samples),
          UNIT(elementwise_ops_agree_on_every_kind_of_broadcast))
