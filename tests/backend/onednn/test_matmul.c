/* oneDNN's matmul against the op's reference. */
#include "support/bfloat16_case.h"

#include "backend/onednn/needs_bfloat16.h"
#include "support/kernel_case.h"

#include "backend/onednn/epilogue.h"
#include "op/matmul.h"

extern const kernel kernel_onednn_matmul;

/* Where bfloat16 results are counted, if they are what is asked for. */
static closeness *counted;

static void check_bfloat16(const matmul_attrs *a, int inputs, const shape *shapes) {
    kernel_case t;
    case_open(&t, &op_matmul, a, inputs, shapes, 17);
    case_narrow(&t);
    case_expect(&t);
    assert_int_equal(agrees_in_bfloat16(&t, &kernel_onednn_matmul, 1e-5, counted), 1);
    case_close(&t);
}

/* Compares with the reference on `threads`. */
static void check(const matmul_attrs *a, int inputs, const shape *shapes, int threads) {
    if (counted) {
        check_bfloat16(a, inputs, shapes);
        return;
    }
    kernel_case t;
    case_open(&t, &op_matmul, a, inputs, shapes, 17);
    case_expect(&t);
    mica_error err = {0};
    ASSERT_OK(case_prepare(&t, &kernel_onednn_matmul, threads, &err));
    case_run(&t);
    ASSERT_CLOSE(t.actual, t.expected, case_size(&t.out[0]), 2e-5);
    case_close(&t);
}

static void check_transposes_and_activations(void) {
    static const int64_t sizes[][3] = {{1, 1, 1},   {1, 64, 10},  {5, 7, 3},     {64, 576, 64},
                                       {2, 9, 300}, {300, 33, 2}, {65, 129, 97}, {1, 700, 900}};
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (int k = 0; k < 4; k++) {
            int64_t m = sizes[i][0], depth = sizes[i][1], n = sizes[i][2];
            matmul_attrs a = {.transpose_a = k & 1,
                              .transpose_b = k & 2,
                              .activation = (int64_t)(i + (size_t)k) % 7};
            shape shapes[] = {{2, {a.transpose_a ? depth : m, a.transpose_a ? m : depth}},
                              {2, {a.transpose_b ? n : depth, a.transpose_b ? depth : n}},
                              {1, {n}}};
            check(&a, 2, shapes, 1);
            check(&a, 3, shapes, 2);
        }
}

TEST(matmul_agrees_for_every_transpose_and_activation) { check_transposes_and_activations(); }

static void check_batches(void) {
    for (int k = 0; k < 4; k++) {
        matmul_attrs a = {.transpose_a = k & 1, .transpose_b = k & 2};
        int64_t am = a.transpose_a ? 6 : 5, ak = a.transpose_a ? 5 : 6;
        int64_t bk = a.transpose_b ? 7 : 6, bn = a.transpose_b ? 6 : 7;
        check(&a, 2, (shape[]){{3, {4, am, ak}}, {3, {4, bk, bn}}}, 2);
        check(&a, 2, (shape[]){{3, {4, am, ak}}, {2, {bk, bn}}}, 2);
        check(&a, 3, (shape[]){{3, {4, am, ak}}, {2, {bk, bn}}, {1, {7}}}, 2);
        check(&a, 2, (shape[]){{2, {am, ak}}, {3, {3, bk, bn}}}, 2);
        check(&a, 2, (shape[]){{4, {2, 1, am, ak}}, {4, {1, 3, bk, bn}}}, 2);
        check(&a, 3, (shape[]){{4, {2, 3, am, ak}}, {3, {3, bk, bn}}, {1, {7}}}, 2);
    }
}

TEST(matmul_agrees_for_batches_and_their_broadcast) { check_batches(); }

TEST(matmul_in_bfloat16_rounds_the_reference_once) {
    SKIP_WITHOUT_BFLOAT16();
    closeness sum = {0};
    counted = &sum;
    check_transposes_and_activations();
    check_batches();
    matmul_attrs cut = {.activation = EPILOGUE_RELU}; /* into several pieces, along either axis */
    check(&cut, 3, (shape[]){{2, {200, 300}}, {2, {300, 130}}, {1, {130}}}, 1);
    check(&cut, 3, (shape[]){{2, {100, 300}}, {2, {300, 330}}, {1, {330}}}, 1);
    counted = NULL;
    closeness_check(&sum);
}

/* Each bfloat16 there is, in rows of an odd length with a gap behind them. */
TEST(clamping_bfloat16_is_clamping_float32) {
    enum { ROWS = 1000, N = 67, STRIDE = 71 };
    static float wide[ROWS * STRIDE];
    static uint16_t half[ROWS * STRIDE];
    for (int six = 0; six < 2; six++) {
        for (int i = 0; i < ROWS * STRIDE; i++)
            wide[i] = bfloat16_to(half[i] = (uint16_t)(i / STRIDE * N + i % STRIDE));
        int64_t activation = six ? EPILOGUE_RELU6 : EPILOGUE_RELU;
        clamp_rows(activation, dnnl_f32, wide, ROWS, N, STRIDE);
        clamp_rows(activation, dnnl_bf16, half, ROWS, N, STRIDE);
        for (int i = 0; i < ROWS * STRIDE; i++) {
            uint32_t bits;
            memcpy(&bits, &wide[i], sizeof bits);
            assert_int_equal((uint32_t)half[i] << 16, bits);
        }
    }
}

TEST(matmul_agrees_on_the_cases_of_the_op) {
    for (int n = 0;; n++) {
        matmul_attrs attrs = {0};
        sample s = {.attrs = &attrs};
        if (!op_matmul.samples || !op_matmul.samples(n, &s)) break;
        shape shapes[8];
        bool fits = true;
        for (int i = 0; i < s.inputs; i++) {
            shapes[i] = s.in[i].shape;
            fits = fits && shape_size(&shapes[i]) > 0 && (i > 1 || shapes[i].rank > 1);
        }
        if (fits) check(&attrs, s.inputs, shapes, 2);
    }
}

TEST(bits_do_not_depend_on_threads) {
    matmul_attrs a = {.activation = EPILOGUE_RELU};
    shape shapes[] = {{2, {200, 300}}, {2, {300, 130}}, {1, {130}}};
    kernel_case t;
    case_open(&t, &op_matmul, &a, 3, shapes, 3);
    size_t bytes = case_size(&t.out[0]) * sizeof(float);
    mica_error err = {0};
    for (int threads = 1; threads <= 4; threads++) {
        ASSERT_OK(case_prepare(&t, &kernel_onednn_matmul, threads, &err));
        case_run(&t);
        case_unprepare(&t);
        if (threads == 1) memcpy(t.expected, t.actual, bytes);
        assert_memory_equal(t.actual, t.expected, bytes);
        memset(t.actual, 0xff, bytes);
    }
    case_close(&t);
}

RUN_TESTS(UNIT(matmul_agrees_for_every_transpose_and_activation),
          UNIT(matmul_agrees_for_batches_and_their_broadcast),
          UNIT(matmul_in_bfloat16_rounds_the_reference_once),
          UNIT(clamping_bfloat16_is_clamping_float32), UNIT(matmul_agrees_on_the_cases_of_the_op),
          UNIT(bits_do_not_depend_on_threads))
