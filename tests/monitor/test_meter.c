/* Meters of a server. */
#include "support/testing.h"

#include "monitor/meter.h"

TEST(meter_counts_into_the_step_whose_bound_is_not_below) {
    meter m = {.bounds = meter_sizes};
    const double values[] = {0, 1, 1.5, 2, 3, 1e9};
    for (size_t i = 0; i < 6; i++) meter_add(&m, values[i]);
    const meter_state s = meter_read(&m);
    assert_int_equal(s.total, 6);
    assert_int_equal(s.counts[0], 2); /* 0, 1 */
    assert_int_equal(s.counts[1], 2); /* 1.5, 2 */
    assert_int_equal(s.counts[2], 1);
    assert_int_equal(s.counts[METER_BOUNDS], 1);
}

TEST(quantiles_lie_in_the_step_that_holds_them) {
    meter m = {.bounds = meter_seconds};
    for (int i = 0; i < 99; i++) meter_add(&m, 80e-6);
    meter_add(&m, 4e-3);
    const meter_state s = meter_read(&m);
    const double half = meter_quantile(&s, meter_seconds, 0.5),
                 last = meter_quantile(&s, meter_seconds, 0.999);
    assert_true(half > 50e-6 && half <= 100e-6);
    assert_true(last > 3e-3 && last <= 5e-3);
    assert_true(meter_quantile(&(meter_state){0}, meter_seconds, 0.5) == 0);
}

TEST(a_difference_of_states_is_what_came_between) {
    meter m = {.bounds = meter_seconds};
    meter_add(&m, 1);
    const meter_state before = meter_read(&m);
    meter_add(&m, 2e-3);
    meter_add(&m, 2e-3);
    const meter_state after = meter_read(&m), s = meter_since(&after, &before);
    assert_int_equal(s.total, 2);
    ASSERT_CLOSE(&s.sum, ((double[]){4e-3}), 1, 1e-9);
}

TEST(written_buckets_add_up_and_labels_are_escaped) {
    meter m = {.bounds = meter_sizes};
    strbuf out = {0}, label = {0};
    meter_add(&m, 1);
    meter_add(&m, 4);
    meter_write(&out, "x", "a=\"b\"", &m);
    assert_non_null(strstr(out.data, "x_bucket{a=\"b\",le=\"1\"} 1\n"));
    assert_non_null(strstr(out.data, "x_bucket{a=\"b\",le=\"4\"} 2\n"));
    assert_non_null(strstr(out.data, "x_bucket{a=\"b\",le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(out.data, "x_sum{a=\"b\"} 5.000000\nx_count{a=\"b\"} 2\n"));
    meter_write_text(&label, "q\"\\\n");
    assert_string_equal(label.data, "q\\\"\\\\\\n");
    strbuf_free(&out);
    strbuf_free(&label);
}

/* Of casts out of range C says nothing; a sum that turned over would look like a server begun anew.
 */
TEST(what_is_endless_or_no_number_leaves_a_sum) {
    meter m = {.bounds = meter_differences};
    meter_add(&m, INFINITY);
    meter_add(&m, 1e14);
    meter_add(&m, NAN);
    meter_add(&m, -1);
    meter_add(&m, 2);
    const meter_state s = meter_read(&m);
    assert_int_equal(s.total, 5);
    assert_int_equal(s.counts[METER_BOUNDS], 2);
    ASSERT_CLOSE(&s.sum, ((double[]){2e10 + 2}), 1, 1e-12);
}

RUN_TESTS(UNIT(meter_counts_into_the_step_whose_bound_is_not_below),
          UNIT(quantiles_lie_in_the_step_that_holds_them),
          UNIT(a_difference_of_states_is_what_came_between),
          UNIT(written_buckets_add_up_and_labels_are_escaped),
          UNIT(what_is_endless_or_no_number_leaves_a_sum))
