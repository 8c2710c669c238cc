/* Scalers: see scale.h. */
#include "transform/scale.h"

#include <float.h>
#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

/* A scale that is zero but for rounding. */
static double or_one(double scale) { return scale < 10 * DBL_EPSILON ? 1 : scale; }

/* The variance of equal numbers is not exactly 0 where their mean is rounded: that rounding is no
 * deviation (sklearn.utils.extmath._is_constant_feature). */
static bool constant(const column_moments *m) {
    double n = (double)m->count, rounding = n * m->mean * DBL_EPSILON;
    return m->variance <= n * DBL_EPSILON * m->variance + rounding * rounding;
}

/* Of what is known of a column: all but the robust one. */
static bool fit_moments(const scale_settings *s, const column_moments *m, scaler *out) {
    *out = (scaler){0, 1, 0};
    if (s->method == SCALE_MIN_MAX) {
        *out = (scaler){m->least, or_one(m->most - m->least) / (s->high - s->low), s->low};
    } else if (s->method == SCALE_MAX_ABS) {
        out->scale = or_one(fmax(fabs(m->least), fabs(m->most)));
    } else {
        if (!s->no_center) out->center = m->mean;
        if (!s->no_scale && !constant(m)) out->scale = sqrt(m->variance);
    }
    return m->count > 0;
}

static bool fit_standard(const scale_settings *s, double *x, int64_t n, scaler *out) {
    column_moments m = moments_of(x, n);
    return fit_moments(s, &m, out);
}

static bool fit_range(const scale_settings *s, double *x, int64_t n, scaler *out) {
    column_moments m = {0};
    m.count = range_of(x, n, &m.least, &m.most);
    return fit_moments(s, &m, out);
}

static bool fit_robust(const scale_settings *s, double *x, int64_t n, scaler *out) {
    n = drop_missing(x, n);
    if (!s->no_scale) out->scale = or_one(quantile_of(x, n, s->to) - quantile_of(x, n, s->from));
    if (!s->no_center) out->center = quantile_of(x, n, 0.5);
    return n > 0;
}

typedef struct fit_arg {
    const scale_settings *settings;
    scaler *out;
} fit_arg;

static mica_status fit_column(void *arg, int64_t column, double *x, int64_t rows, mica_error *err) {
    static bool (*const fit[])(const scale_settings *, double *, int64_t,
                               scaler *) = {fit_standard, fit_range, fit_range, fit_robust};
    fit_arg *a = arg;
    a->out[column] = (scaler){0, 1, 0};
    if (fit[a->settings->method](a->settings, x, rows, &a->out[column])) return MICA_OK;
    return fail(err, MICA_VALUE, "scale: column %lld has no number", (long long)column);
}

mica_status scale_fit(const scale_settings *s, const strided *m, scaler *out, mica_error *err) {
    return columns_each(m, fit_column, &(fit_arg){s, out}, err);
}

/* ---- rows that come in blocks ---- */

static void add_up(const double *restrict x, int64_t columns, double *restrict sum,
                   double *restrict count) {
    for (int64_t j = 0; j < columns; j++) {
        bool there = x[j] == x[j];
        sum[j] += there ? x[j] : 0;
        count[j] += there;
    }
}

static void add_squares(const double *restrict x, int64_t columns, const double *restrict mean,
                        double *restrict squares, double *restrict rest) {
    for (int64_t j = 0; j < columns; j++) {
        double off = x[j] == x[j] ? x[j] - mean[j] : 0;
        squares[j] += off * off;
        rest[j] += off;
    }
}

static void widen_range(column_sums *sums, const double *x, int64_t rows, int64_t columns,
                        double *restrict least, double *restrict most) {
    for (int64_t j = 0; j < columns; j++)
        least[j] = sums[j].count ? sums[j].least : INFINITY,
        most[j] = sums[j].count ? sums[j].most : -INFINITY;
    for (int64_t i = 0; i < rows; i++, x += columns)
        for (int64_t j = 0; j < columns; j++) {
            least[j] = x[j] < least[j] ? x[j] : least[j]; /* false for NaN */
            most[j] = x[j] > most[j] ? x[j] : most[j];
        }
    for (int64_t j = 0; j < columns; j++) sums[j].least = least[j], sums[j].most = most[j];
}

/* Merges n numbers of that mean. Source: Chan, Golub, LeVeque (1979). */
static void merge(column_sums *c, double n, double mean, double squares) {
    double before = (double)c->count, off = mean - c->mean;
    c->mean += off * n / (before + n);
    c->squares += squares + off * off * before * n / (before + n);
    c->count += (int64_t)n;
}

/* A mean that is rounded is put right by what the deviations from it add up to. */
void sums_add(scale_method method, column_sums *sums, const double *x, int64_t rows,
              int64_t columns, double *room) {
    double *mean = room, *count = room + columns, *squares = room + 2 * columns,
           *rest = room + 3 * columns;
    widen_range(sums, x, rows, columns, mean, count);
    for (int64_t j = 0; j < columns && method != SCALE_STANDARD; j++)
        sums[j].count += sums[j].least <= sums[j].most;
    if (method != SCALE_STANDARD) return;
    for (int64_t j = 0; j < 4 * columns; j++) room[j] = 0;
    for (int64_t i = 0; i < rows; i++) add_up(x + i * columns, columns, mean, count);
    for (int64_t j = 0; j < columns; j++) mean[j] = count[j] > 0 ? mean[j] / count[j] : 0;
    for (int64_t i = 0; i < rows; i++) add_squares(x + i * columns, columns, mean, squares, rest);
    for (int64_t j = 0; j < columns; j++)
        if (count[j] > 0)
            merge(&sums[j], count[j], mean[j] + rest[j] / count[j],
                  fmax(0, squares[j] - rest[j] * rest[j] / count[j]));
}

mica_status scale_of_sums(const scale_settings *s, const column_sums *sums, int64_t columns,
                          scaler *out, mica_error *err) {
    for (int64_t j = 0; j < columns; j++) {
        const column_sums *c = &sums[j];
        column_moments m = {c->count, c->mean, c->count ? c->squares / (double)c->count : NAN,
                            c->least, c->most};
        if (!fit_moments(s, &m, &out[j]))
            return fail(err, MICA_VALUE, "scale: column %lld has no number", (long long)j);
    }
    return MICA_OK;
}

static void apply_row(const scaler *of, double *x, int64_t columns, int64_t stride) {
    for (int64_t j = 0; j < columns; j++)
        x[j * stride] = (x[j * stride] - of[j].center) / of[j].scale + of[j].shift;
}

static void apply_column(const scaler of, double *x, int64_t rows, int64_t stride) {
    for (int64_t i = 0; i < rows; i++)
        x[i * stride] = (x[i * stride] - of.center) / of.scale + of.shift;
}

/* Along what is near in memory. */
void scale_apply(const scaler *of, strided *m) {
    if (m->row_stride < m->column_stride || m->columns == 1) {
        for (int64_t j = 0; j < m->columns; j++)
            apply_column(of[j], m->at + j * m->column_stride, m->rows, m->row_stride);
        return;
    }
    for (int64_t i = 0; i < m->rows; i++)
        apply_row(of, m->at + i * m->row_stride, m->columns, m->column_stride);
}
