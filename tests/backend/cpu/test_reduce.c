/* Reductions of bfloat16: what the reference finds in float32, rounded once. */
#include "support/bfloat16_case.h"

#include "op/reduce.h"

extern const kernel kernel_cpu_reduce;

TEST(reductions_round_bfloat16_once) {
    static const struct {
        shape x;
        reduce_attrs attrs;
    } cases[] = {
        {{1, {5003}}, {.count = 0}},
        {{2, {700, 33}}, {.count = 1, .axes = {0}}},
        {{2, {30000, 3}}, {.count = 1, .axes = {0}}},
        {{3, {2, 1203, 5}}, {.count = 1, .axes = {1}}},
        {{2, {1203, 16}}, {.count = 1, .axes = {0}}},
        {{2, {90, 1100}}, {.count = 1, .axes = {1}}},
        {{4, {20, 16, 9, 9}}, {.count = 3, .axes = {0, 2, 3}}},
        {{4, {64, 13, 13, 32}}, {.count = 3, .axes = {0, 1, 2}}},
        {{4, {4, 7, 30, 5}}, {.count = 2, .axes = {1, 3}}},
        {{2, {64, 10}}, {.count = 1, .axes = {1}}},
    };
    const op *const ops[] = {&op_sum, &op_mean, &op_max, &op_min};
    for (size_t k = 0; k < LENGTH(ops); k++) {
        closeness sum = {0};
        for (size_t i = 0; i < LENGTH(cases); i++) {
            kernel_case t;
            case_open(&t, ops[k], &cases[i].attrs, 1, &cases[i].x, 5 + (uint32_t)i);
            case_narrow(&t);
            case_expect(&t);
            double scale = (double)shape_size(&cases[i].x) / (double)case_size(&t.out[0]);
            double slack = k == 0 ? 1e-7 * scale : 1e-7;
            assert_int_equal(agrees_in_bfloat16(&t, &kernel_cpu_reduce, slack, &sum), 1);
            case_close(&t);
        }
        if (k < 2) closeness_check(&sum); /* the largest and smallest are exact */
    }
}

RUN_TESTS(UNIT(reductions_round_bfloat16_once))
