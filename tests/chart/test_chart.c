/* Curves and matrices as SVG. */
#include "chart/svg.h"

#include "support/testing.h"

#include <math.h>
#include <string.h>

static int count_of(const strbuf *t, const char *what) {
    int n = 0;
    for (const char *at = t->data; at && (at = strstr(at, what)); at += strlen(what)) n++;
    return n;
}

TEST(axes_have_round_steps_around_the_data) {
    axis a = axis_around(0.03, 0.23, 5, 0);
    assert_true(fabs(a.step - 0.05) < 1e-12);
    assert_true(fabs(a.first) < 1e-12 && fabs(a.last - 0.25) < 1e-12);
    a = axis_around(1, 200, 8, 1);
    assert_true(a.step == 50 && a.first == 0 && a.last == 200);
    a = axis_around(1, 3, 8, 1); /* of whole numbers */
    assert_true(a.step == 1 && a.first == 1 && a.last == 3);
}

TEST(an_axis_of_one_value_has_room_around_it) {
    const double values[] = {0, 7, -3e9, 1e-30};
    for (size_t i = 0; i < LENGTH(values); i++) {
        axis a = axis_around(values[i], values[i], 5, 0);
        assert_true(a.step > 0 && a.first <= values[i] && a.last >= values[i] && a.first < a.last);
    }
}

TEST(curves_skip_what_is_not_finite) {
    const double x[] = {1, 2, 3, 4, 5}, y[] = {3, 2, NAN, 1, INFINITY};
    const curve c = {"loss", x, y, 5, 0, false};
    const panel p = {"loss", "epoch", &c, 1};
    strbuf svg = {0};
    chart_curves("curves", &p, 1, &svg);
    assert_false(svg.failed);
    assert_null(strstr(svg.data, "nan"));
    assert_null(strstr(svg.data, "inf"));
    assert_int_equal(count_of(&svg, "<circle"), 3 + 1); /* and one in the legend */
    const char *line = strstr(svg.data, "class=\"line c0\"");
    assert_int_equal(strcspn(strchr(line, 'M'), "L") < strcspn(strchr(line, 'M'), "\""), 1);
    strbuf_free(&svg);
}

TEST(a_picture_without_a_point_is_still_a_picture) {
    const curve c = {"nothing", NULL, NULL, 0, 0, true};
    const panel p = {"empty", "epoch", &c, 1};
    strbuf svg = {0};
    chart_curves("empty", &p, 1, &svg);
    assert_non_null(strstr(svg.data, "</svg>"));
    strbuf_free(&svg);
}

TEST(names_are_written_as_xml) {
    char *names[] = {"<a & \"b\">", "猫"};
    const int64_t counts[] = {3, 1, 0, 2};
    strbuf svg = {0};
    chart_matrix(&(matrix){"m", "rows", "columns", names, counts, 2}, &svg);
    assert_non_null(strstr(svg.data, "&lt;a &amp; &quot;b&quot;&gt;"));
    assert_null(strstr(svg.data, "<a &"));
    assert_int_equal(count_of(&svg, "class=\"cell\""), 3); /* an empty cell is not drawn */
    strbuf_free(&svg);
}

/* A name that is cut ends at a character's end. */
TEST(long_names_are_cut_between_characters) {
    char *names[] = {"一个非常非常非常非常非常非常非常长的类别名字", "b"};
    const int64_t counts[] = {1, 0, 0, 1};
    strbuf svg = {0};
    chart_matrix(&(matrix){"m", "rows", "columns", names, counts, 2}, &svg);
    const char *cut = strstr(svg.data, "…");
    assert_non_null(cut);
    assert_memory_equal(cut - 3, "常", 3);
    strbuf_free(&svg);
}

TEST(big_matrices_have_no_numbers) {
    enum { SIZE = 60 };
    char *names[SIZE];
    static int64_t counts[SIZE * SIZE];
    for (int i = 0; i < SIZE; i++) names[i] = "n", counts[i * SIZE + i] = 4711;
    strbuf svg = {0};
    chart_matrix(&(matrix){"m", "r", "c", names, counts, SIZE}, &svg);
    assert_int_equal(count_of(&svg, ">4711<"), 0);
    assert_int_equal(count_of(&svg, "n → n: 4711"), SIZE);
    strbuf_free(&svg);
}

TEST(bars_are_as_long_as_their_counts) {
    char *names[] = {"a<b", "一个很长很长很长很长很长很长的名字", ""};
    const int64_t counts[] = {40, 10, 0};
    strbuf svg = {0};
    chart_bars(&(bars){"t & u", names, counts, 3, 50}, &svg);
    assert_false(svg.failed);
    assert_non_null(strstr(svg.data, "<title>t &amp; u</title>"));
    assert_non_null(strstr(svg.data, ">a&lt;b</text>"));
    assert_non_null(strstr(svg.data, "…</text>")); /* within no character */
    assert_non_null(strstr(svg.data, "40 (80.0 %)"));
    assert_non_null(strstr(svg.data, "width=\"132.0\" height=\"12.0\"><title>40<"));
    assert_non_null(strstr(svg.data, "width=\"33.0\" height=\"12.0\"><title>10<"));
    strbuf_free(&svg);
}

TEST(bins_of_no_count_have_no_bar) {
    const int64_t counts[] = {3, 0, 6, 0};
    strbuf svg = {0};
    chart_bins(&(bins){"age", "1", "5", counts, 4}, &svg);
    assert_int_equal(count_of(&svg, "<rect class=\"cell\""), 2);
    assert_non_null(strstr(svg.data, "height=\"96.0\"><title>6<"));
    assert_non_null(strstr(svg.data, "height=\"48.0\"><title>3<"));
    strbuf_free(&svg);
}

RUN_TESTS(UNIT(bars_are_as_long_as_their_counts), UNIT(bins_of_no_count_have_no_bar),
          UNIT(axes_have_round_steps_around_the_data),
          UNIT(an_axis_of_one_value_has_room_around_it), UNIT(curves_skip_what_is_not_finite),
          UNIT(a_picture_without_a_point_is_still_a_picture), UNIT(names_are_written_as_xml),
          UNIT(long_names_are_cut_between_characters), UNIT(big_matrices_have_no_numbers))
