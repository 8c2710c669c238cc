/* oneDNN's matmul against the op's reference. */
#include "support/kernel_case.h"

#include "op/matmul.h"

extern const kernel kernel_onednn_matmul;

/* Compares with the reference on `threads`. */
static void check(const matmul_attrs *a, int inputs, const shape *shapes, int threads) {
    kernel_case t;
    case_open(&t, &op_matmul, a, inputs, shapes, 17);
    case_expect(&t);
    mica_error err = {0};
    ASSERT_OK(case_prepare(&t, &kernel_onednn_matmul, threads, &err));
    case_run(&t);
    ASSERT_CLOSE(t.actual, t.expected, case_size(&t.out[0]), 2e-5);
    case_close(&t);
}

TEST(matmul_agrees_for_every_transpose_and_activation) {
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

TEST(matmul_agrees_for_batches_and_their_broadcast) {
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
          UNIT(matmul_agrees_on_the_cases_of_the_op), UNIT(bits_do_not_depend_on_threads))
