/* A kernel on bfloat16 operands: how near it comes to the reference, which computes on the same
 * values in float32 (case_narrow in support/kernel_case.h). */
#ifndef SUPPORT_BFLOAT16_CASE_H
#define SUPPORT_BFLOAT16_CASE_H

#include "support/kernel_case.h"

/* How near the bfloat16 results of many cases are to the rounded reference. */
typedef struct closeness {
    size_t all, equal, within_ulp;
} closeness;

/* Patterns as numbers in the order of their values. */
static inline int case_order(uint16_t bits) {
    return bits & 0x8000 ? -(int)(bits & 0x7fff) : (int)bits;
}

/* Each result is near the reference; where sums of another order cancel, only absolutely: within
 * `slack`. */
static inline void case_close_enough(const kernel_case *t, double slack, closeness *sum) {
    size_t n = case_size(&t->out[0]);
    for (size_t k = 0; k < n; k++) {
        double a = (double)t->actual[k], b = (double)t->expected[k];
        if (!(fabs(a - b) <= fabs(b) / 128 + slack))
            fail_msg("actual[%zu] is %.9g, expected %.9g", k, a, b);
        int ulps = case_order(t->half_out[k]) - case_order(bfloat16_of(t->expected[k]));
        sum->equal += ulps == 0;
        sum->within_ulp += abs(ulps) <= 1;
    }
    sum->all += n;
}

/* Sums that were rounded to bfloat16 once: nearly all are the rounded reference itself, but for
 * those that another order of adding brings over the middle between two. */
static inline void closeness_check(const closeness *c) {
    assert_true(c->all > 0);
    assert_true((double)c->within_ulp >= 0.99 * (double)c->all);
    assert_true((double)c->equal >= 0.98 * (double)c->all);
}

/* Runs with 1, 2 and 3 threads, to equal bits; 0 where there is no fast kernel. */
static inline int agrees_in_bfloat16(kernel_case *t, const kernel *k, double slack,
                                     closeness *sum) {
    size_t n = case_size(&t->out[0]);
    mica_error err = {0};
    for (int threads = 1; threads <= 3; threads++) {
        mica_status status = case_prepare(t, k, threads, &err);
        if (status != MICA_OK) {
            assert_int_equal(status, MICA_UNSUPPORTED);
            assert_int_equal(threads, 1);
            return 0;
        }
        float *first = threads > 1 ? allocate_aligned(n * sizeof *first) : NULL;
        assert_true(threads == 1 || first);
        if (first) memcpy(first, t->actual, n * sizeof *first);
        case_run(t);
        if (first) assert_memory_equal(t->actual, first, n * sizeof *first);
        release_aligned(first);
        case_unprepare(t);
    }
    case_close_enough(t, slack, sum);
    return 1;
}

#endif
