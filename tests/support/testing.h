/* What every test includes: cmocka, and a few asserts that say what was found and expected.
 *
 *     TEST(relu_of_negative_is_zero) { ASSERT_OK(…(&err)); ASSERT_CLOSE(y, want, 3, 1e-6); }
 *     RUN_TESTS(UNIT(relu_of_negative_is_zero), …)
 *
 * A test names subject and behaviour. ASSERT_OK wants a `mica_error err` in scope. */
#ifndef SUPPORT_TESTING_H
#define SUPPORT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has a function of that name */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "mica/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST(name) static void name(void **state)
#define UNIT(name) cmocka_unit_test(name)

#define RUN_TESTS(...)                                                                             \
    int main(void) {                                                                               \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

/* The call succeeds; otherwise its whole story is shown. */
#define ASSERT_OK(call)                                                                            \
    do {                                                                                           \
        mica_status assert_status_ = (call);                                                       \
        if (assert_status_ != MICA_OK)                                                             \
            fail_msg("%s: status %d: %s", #call, (int)assert_status_, err.message);                \
    } while (0)

/* The call fails with that code, and its message holds `text`. */
#define ASSERT_FAILS(call, expected, text)                                                         \
    do {                                                                                           \
        mica_status assert_status_ = (call);                                                       \
        if (assert_status_ != (expected))                                                          \
            fail_msg("%s: status %d, expected %d (%s)", #call, (int)assert_status_,                \
                     (int)(expected), err.message);                                                \
        if (!strstr(err.message, text))                                                            \
            fail_msg("%s: message \"%s\" does not hold \"%s\"", #call, err.message, text);         \
    } while (0)

/* |a[i] - b[i]| <= tolerance * max(1, |b[i]|) for n elements; NaN equals NaN. Any number types. */
#define ASSERT_CLOSE(actual, expected, n, tolerance)                                               \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (size_t)(n); i_++) {                                              \
            double a_ = (double)(actual)[i_], b_ = (double)(expected)[i_];                         \
            if (a_ == b_ || (isnan(a_) && isnan(b_))) continue;                                    \
            if (!(fabs(a_ - b_) <= (tolerance)*fmax(1, fabs(b_))))                                 \
                fail_msg("%s[%zu] is %.9g, expected %.9g (tolerance %g)", #actual, i_, a_, b_,     \
                         (double)(tolerance));                                                     \
        }                                                                                          \
    } while (0)

#endif
