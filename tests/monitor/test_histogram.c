/* Histograms that find their own edges. */
#include "base/philox.h"
#include "monitor/histogram.h"

#include "support/testing.h"

#include <math.h>

static histogram histogram_of(const double *values, int count, moments *m) {
    *m = (moments){0};
    for (int i = 0; i < count; i++) moments_add(m, values[i]);
    histogram h = histogram_for(m);
    for (int i = 0; i < count; i++) histogram_add(&h, values[i]);
    return h;
}

static int64_t all_of(const histogram *h) {
    int64_t all = h->below + h->above + h->missing;
    for (int i = 0; i < h->bins; i++) all += h->counts[i];
    return all;
}

TEST(every_value_is_counted_once) {
    double values[1000];
    moments m;
    for (uint32_t i = 0; i < 1000; i++) {
        double four[4];
        philox_normal(3, 0, i, four);
        values[i] = 5 + 2 * four[0];
    }
    values[7] = NAN, values[8] = INFINITY, values[9] = 1e6; /* one far away, two missing */
    histogram h = histogram_of(values, 1000, &m);
    assert_int_equal(all_of(&h), 1000);
    assert_int_equal(h.missing, 2);
    assert_int_equal(m.missing, 2);
    assert_int_equal(h.above, 1);
}

TEST(moments_are_mean_and_deviation) {
    moments m;
    histogram_of((double[]){2, 4, 4, 4, 5, 5, 7, 9}, 8, &m);
    assert_true(m.mean == 5 && fabs(moments_deviation(&m) - 2) < 1e-12);
}

TEST(edges_are_round_and_cover_the_data) {
    double values[256];
    moments m;
    for (int i = 0; i < 256; i++) values[i] = i;
    histogram h = histogram_of(values, 256, &m);
    assert_true(h.lower == 0 && h.step == 20 && h.bins == 13);
    assert_int_equal(h.counts[0], 20);
    assert_int_equal(h.counts[12], 16);
    assert_int_equal(h.below + h.above, 0);
    for (int i = 0; i < 256; i++) values[i] = 0.1234 + 1e-5 * i;
    h = histogram_of(values, 256, &m);
    assert_true(fabs(h.lower / h.step - round(h.lower / h.step)) < 1e-6);
    assert_true(h.bins >= 10 && h.bins <= HISTOGRAM_BINS);
}

TEST(one_value_and_none_have_a_histogram) {
    moments m;
    const double values[] = {0, 3.7, -1e-8, 4.3e12};
    for (int i = 0; i < 4; i++) {
        double same[5] = {values[i], values[i], values[i], values[i], values[i]};
        histogram h = histogram_of(same, 5, &m);
        assert_int_equal(h.bins, 1);
        assert_int_equal(h.counts[0], 5);
        assert_true(h.step > 0);
    }
    histogram h = histogram_of(NULL, 0, &m);
    assert_int_equal(all_of(&h), 0);
}

RUN_TESTS(UNIT(every_value_is_counted_once), UNIT(moments_are_mean_and_deviation),
          UNIT(edges_are_round_and_cover_the_data), UNIT(one_value_and_none_have_a_histogram))
