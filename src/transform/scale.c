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

static bool fit_standard(const scale_settings *s, double *x, int64_t n, scaler *out) {
    column_moments m = moments_of(x, n);
    if (!s->no_center) out->center = m.mean;
    if (!s->no_scale && !constant(&m)) out->scale = sqrt(m.variance);
    return m.count > 0;
}

static bool fit_min_max(const scale_settings *s, double *x, int64_t n, scaler *out) {
    double least, most;
    bool found = range_of(x, n, &least, &most);
    *out = (scaler){least, or_one(most - least) / (s->high - s->low), s->low};
    return found;
}

static bool fit_max_abs(const scale_settings *s, double *x, int64_t n, scaler *out) {
    double least, most;
    bool found = range_of(x, n, &least, &most);
    out->scale = or_one(fmax(fabs(least), fabs(most)));
    return found;
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
                               scaler *) = {fit_standard, fit_min_max, fit_max_abs, fit_robust};
    fit_arg *a = arg;
    a->out[column] = (scaler){0, 1, 0};
    if (fit[a->settings->method](a->settings, x, rows, &a->out[column])) return MICA_OK;
    return fail(err, MICA_VALUE, "scale: column %lld has no number", (long long)column);
}

mica_status scale_fit(const scale_settings *s, const strided *m, scaler *out, mica_error *err) {
    return columns_each(m, fit_column, &(fit_arg){s, out}, err);
}

static void apply_row(const scaler *of, double *x, int64_t columns, int64_t stride) {
    for (int64_t j = 0; j < columns; j++)
        x[j * stride] = (x[j * stride] - of[j].center) / of[j].scale + of[j].shift;
}

static void undo_row(const scaler *of, double *x, int64_t columns, int64_t stride) {
    for (int64_t j = 0; j < columns; j++)
        x[j * stride] = (x[j * stride] - of[j].shift) * of[j].scale + of[j].center;
}

static void apply_column(const scaler of, double *x, int64_t rows, int64_t stride, bool undo) {
    for (int64_t i = 0; i < rows; i++)
        x[i * stride] = undo ? (x[i * stride] - of.shift) * of.scale + of.center
                             : (x[i * stride] - of.center) / of.scale + of.shift;
}

/* Along what is near in memory. */
static void run(const scaler *of, strided *m, bool undo) {
    if (m->row_stride < m->column_stride || m->columns == 1) {
        for (int64_t j = 0; j < m->columns; j++)
            apply_column(of[j], m->at + j * m->column_stride, m->rows, m->row_stride, undo);
        return;
    }
    for (int64_t i = 0; i < m->rows; i++)
        (undo ? undo_row : apply_row)(of, m->at + i * m->row_stride, m->columns, m->column_stride);
}

void scale_apply(const scaler *of, strided *m) { run(of, m, false); }
void scale_undo(const scaler *of, strided *m) { run(of, m, true); }
