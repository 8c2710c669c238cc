/* A NaN is never lost: where the reference gives NaN, every kernel of every backend does, behind a
 * product as well (relu(NaN) is NaN, as in TensorFlow). A kernel may spread it further. */
#include "backend/nodes.h"
#include "op/epilogue.h"
#include "op/matmul.h"
#include "op/reduce.h"
#include "op/window.h"

static _Alignas(16) unsigned char attrs[2048];

static sample sample_of(int inputs, const shape *shapes) {
    sample s = {.attrs = attrs, .inputs = inputs};
    for (int i = 0; i < inputs; i++)
        s.in[i] = (struct sample_input){.shape = shapes[i], .low = -2, .high = 2};
    return s;
}

/* Fails where NaN of `want` is something else in `got`. */
static void nan_stays(const test_node *n, const char *who, void *const *got, void *const *want) {
    const float *a = got[0], *b = want[0];
    for (int64_t i = 0; i < shape_size(&n->out[0].shape); i++)
        if (isnan(b[i]) && !isnan(a[i]))
            fail_msg("%s: %s makes %g of NaN at %lld", n->what, who, (double)a[i], (long long)i);
}

/* Puts a NaN at the start of an input; how many kernels ran. */
static int check_nan(const op *o, const sample *s, int input) {
    const backend *const *b = backends();
    void *want[MAX_OUTPUTS], *got[MAX_OUTPUTS];
    int ran = 0;
    test_node n;
    assert_true(node_open(&n, o, s, MICA_FLOAT32, 1));
    ((float *)n.data[input])[0] = NAN;
    kernel_spec spec = node_spec(&n, 2);
    outputs_open(&n, want, 0);
    for (const backend *const *r = b; *r; r++)
        if (!strcmp((*r)->name, "reference")) node_run(&n, (*r)->kernels[0], 1, want);
    for (; *b; b++)
        for (const kernel *const *k = (*b)->kernels; *k; k++) {
            if (((*k)->op && (*k)->op != o) || ((*k)->supports && !(*k)->supports(&spec))) continue;
            outputs_open(&n, got, 0);
            if (node_run(&n, *k, 2, got)) nan_stays(&n, (*k)->name, got, want), ran++;
            outputs_close(&n, got);
        }
    outputs_close(&n, want);
    node_close(&n);
    return ran;
}

TEST(activations_behind_products_keep_nan) {
    const shape matrices[] = {MICA_SHAPE(20, 40), MICA_SHAPE(40, 33), MICA_SHAPE(33)};
    const shape images[] = {MICA_SHAPE(3, 16, 16, 8), MICA_SHAPE(3, 3, 8, 24), MICA_SHAPE(24)};
    sample dense = sample_of(3, matrices), conv = sample_of(3, images);
    int ran = 0;
    for (int64_t e = EPILOGUE_NONE; e <= EPILOGUE_SOFTPLUS; e++)
        for (int input = 0; input < 3; input++) {
            memset(attrs, 0, sizeof attrs);
            ((matmul_attrs *)(void *)attrs)->activation = e;
            ran += check_nan(&op_matmul, &dense, input);
            *(conv_attrs *)(void *)attrs = (conv_attrs){
                .strides = {1, 1, 1}, .dilations = {1, 1, 1}, .groups = 1, .activation = e};
            ran += check_nan(&op_conv, &conv, input);
        }
    assert_true(ran > 30);
}

TEST(windows_rows_and_reductions_keep_nan) {
    const shape images[] = {MICA_SHAPE(2, 6, 6, 24)}, rows[] = {MICA_SHAPE(9, 40)};
    const op *const rowwise[] = {&op_softmax, &op_log_softmax, &op_max,  &op_min,
                                 &op_sum,     &op_mean,        &op_prod, &op_log_sum_exp};
    const shape narrow[] = {MICA_SHAPE(400, 3)};
    sample image = sample_of(1, images), row = sample_of(1, rows), colours = sample_of(1, narrow);
    int ran = 0;
    memset(attrs, 0, sizeof attrs);
    *(pool_attrs *)(void *)attrs = (pool_attrs){.pool = {2, 2, 1}, .strides = {2, 2, 1}};
    ran += check_nan(&op_max_pool, &image, 0) + check_nan(&op_avg_pool, &image, 0);
    for (size_t i = 0; i < LENGTH(rowwise); i++) {
        memset(attrs, 0, sizeof attrs); /* axis 0, or all axes */
        ran += check_nan(rowwise[i], &row, 0);
        memset(attrs, 0, sizeof attrs);
        if (i > 1 && i < 6) { /* over rows of three */
            *(reduce_attrs *)(void *)attrs = (reduce_attrs){.count = 1, .axes = {0}};
            ran += check_nan(rowwise[i], &colours, 0);
        }
    }
    assert_true(ran > 12);
}

RUN_TESTS(UNIT(activations_behind_products_keep_nan), UNIT(windows_rows_and_reductions_keep_nan))
