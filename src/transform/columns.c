/* Columns: see columns.h. A row-major matrix is turned eight columns at a time, so that each of its
 * cache lines is read once and what follows runs over neighbours in memory. */
#include "transform/columns.h"

#include "base/memory.h"
#include "transform/key_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

#define LANES MOMENT_LANES

static void turn(const strided *m, int64_t first, int64_t count, double *out) {
    if (count == LANES && m->column_stride == 1) {
        const double *row = m->at + first;
        for (int64_t i = 0; i < m->rows; i++, row += m->row_stride)
            for (int64_t j = 0; j < LANES; j++) out[j * m->rows + i] = row[j];
        return;
    }
    for (int64_t j = 0; j < count; j++) {
        const double *x = m->at + (first + j) * m->column_stride;
        for (int64_t i = 0; i < m->rows; i++) out[j * m->rows + i] = x[i * m->row_stride];
    }
}

mica_status columns_each(const strided *m, column_body *body, void *arg, mica_error *err) {
    /* columns that lie apart are copied one by one: there is nothing to gain */
    int64_t step = m->row_stride == 1 || m->columns == 1 ? 1 : LANES;
    double *room = allocate((size_t)(step * m->rows) + 1, sizeof *room);
    if (!room) return fail_memory(err, (size_t)(step * m->rows) * sizeof *room, "columns");
    mica_status status = MICA_OK;
    for (int64_t first = 0; first < m->columns && status == MICA_OK; first += step) {
        int64_t count = m->columns - first < step ? m->columns - first : step;
        turn(m, first, count, room);
        for (int64_t j = 0; j < count && status == MICA_OK; j++)
            status = body(arg, first + j, room + j * m->rows, m->rows, err);
    }
    free(room);
    return status;
}

int64_t drop_missing(double *x, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        double value = x[i];
        x[count] = value;
        count += value == value;
    }
    return count;
}

/* ---- moments: LANES sums side by side, added up at the end ---- */

typedef moment_lanes lanes;

static double total(const lanes *l) {
    double sum = 0;
    for (int i = 0; i < LANES; i++) sum += l->v[i];
    return sum;
}

static inline void first_pass(const double *x, int from, int to, lanes *sum, lanes *count,
                              lanes *least, lanes *most) {
    for (int j = from; j < to; j++) {
        bool there = x[j] == x[j];
        sum->v[j] += there ? x[j] : 0;
        count->v[j] += there ? 1 : 0;
        least->v[j] = x[j] < least->v[j] ? x[j] : least->v[j];
        most->v[j] = x[j] > most->v[j] ? x[j] : most->v[j];
    }
}

static inline void second_pass(const double *x, int from, int to, double mean, lanes *sum,
                               lanes *squares) {
    for (int j = from; j < to; j++) {
        double d = x[j] == x[j] ? x[j] - mean : 0;
        sum->v[j] += d;
        squares->v[j] += d * d;
    }
}

/* A number's lane is its place among all of them: the first ones may fill up a row of lanes. */
#define IN_LANES(pass, ...)                                                                        \
    do {                                                                                           \
        int begin_ = (int)(m->at % LANES), end_ = n < LANES - begin_ ? begin_ + (int)n : LANES;    \
        int64_t i_ = 0;                                                                            \
        if (begin_) pass(x - begin_, begin_, end_, __VA_ARGS__), i_ = end_ - begin_;               \
        for (; i_ + LANES <= n; i_ += LANES) pass(x + i_, 0, LANES, __VA_ARGS__);                  \
        pass(x + i_, 0, (int)(n - i_), __VA_ARGS__);                                               \
        m->at += n;                                                                                \
    } while (0)

void moment_sums_add(moment_sums *m, const double *x, int64_t n) {
    lanes sum = m->sum, count = m->count, least = m->least, most = m->most;
    for (int j = 0; j < LANES && !m->at; j++) least.v[j] = INFINITY, most.v[j] = -INFINITY;
    IN_LANES(first_pass, &sum, &count, &least, &most);
    m->sum = sum, m->count = count, m->least = least, m->most = most;
}

void moment_sums_middle(moment_sums *m) {
    m->mean = total(&m->sum) / total(&m->count);
    m->at = 0;
}

void moment_sums_add_again(moment_sums *m, const double *x, int64_t n) {
    lanes rest = m->rest, squares = m->squares;
    const double mean = m->mean;
    IN_LANES(second_pass, mean, &rest, &squares);
    m->rest = rest, m->squares = squares;
}

/* The deviations from the rounded mean add up to what it lacks: Chan, Golub, LeVeque (1983). */
column_moments moment_sums_end(const moment_sums *s) {
    double there = total(&s->count), lacking = total(&s->rest);
    if (there == 0) return (column_moments){0, NAN, NAN, NAN, NAN};
    column_moments m = {(int64_t)there, s->mean + lacking / there,
                        (total(&s->squares) - lacking * lacking / there) / there, s->least.v[0],
                        s->most.v[0]};
    for (int j = 1; j < LANES; j++) {
        m.least = fmin(m.least, s->least.v[j]);
        m.most = fmax(m.most, s->most.v[j]);
    }
    return m;
}

column_moments moments_of(const double *x, int64_t n) {
    moment_sums m = {.at = 0};
    moment_sums_add(&m, x, n);
    moment_sums_middle(&m);
    moment_sums_add_again(&m, x, n);
    return moment_sums_end(&m);
}

bool range_of(const double *x, int64_t n, double *least, double *most) {
    lanes low, high;
    for (int j = 0; j < LANES; j++) low.v[j] = INFINITY, high.v[j] = -INFINITY;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) {
            low.v[j] = x[i + j] < low.v[j] ? x[i + j] : low.v[j];
            high.v[j] = x[i + j] > high.v[j] ? x[i + j] : high.v[j];
        }
    for (; i < n; i++) low.v[0] = fmin(low.v[0], x[i]), high.v[0] = fmax(high.v[0], x[i]);
    *least = low.v[0], *most = high.v[0];
    for (int j = 1; j < LANES; j++) *least = fmin(*least, low.v[j]), *most = fmax(*most, high.v[j]);
    return *least <= *most;
}

/* ---- quantiles ---- */

static double middle_of_three(double a, double b, double c) {
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

static void select_at(double *x, int64_t n, int64_t k);

/* Three tenths are no less, and as many no larger: the median of the medians of fives, which move
 * to the front. */
static double median_of_medians(double *x, int64_t n) {
    int64_t count = 0;
    for (int64_t at = 0; at + 5 <= n; at += 5) {
        double *five = x + at;
        select_at(five, 5, 2);
        double median = five[2];
        five[2] = x[count];
        x[count++] = median;
    }
    select_at(x, count, count / 2);
    return x[count / 2];
}

/* x[k] becomes what it is in rising order, with nothing larger before it: Hoare's selection, the
 * middle of three as pivot; where that halves too little, as an order made for it can bring about,
 * one that never does. Source: Musser's introselect (1997); Blum et al. (1973). */
static void select_at(double *x, int64_t n, int64_t k) {
    enum { LEAST = 64 };
    int64_t low = 0, high = n - 1;
    int turns = 8; /* four for each halving */
    for (int64_t i = n; i > 1; i /= 2) turns += 4;
    while (low < high) {
        const bool quick = turns-- > 0 || high - low < LEAST;
        double pivot = quick ? middle_of_three(x[low], x[low + (high - low) / 2], x[high])
                             : median_of_medians(x + low, high - low + 1);
        int64_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) i++;
            while (x[j] > pivot) j--;
            if (i > j) break;
            double swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (k <= j) high = j;
        else if (k >= i) low = i;
        else return;
    }
}

double quantile_between(double below, double above, double part) {
    if (below == above) return below; /* also where both are infinite */
    double d = above - below;
    return part < 0.5 ? below + d * part : above - d * (1 - part);
}

double quantile_of(double *x, int64_t n, double q) {
    if (n < 1) return NAN;
    double place = q * (double)(n - 1), below = floor(place), part = place - below;
    int64_t k = (int64_t)below;
    select_at(x, n, k);
    if (part == 0 || k + 1 == n) return x[k];
    double high = x[k + 1];
    for (int64_t i = k + 2; i < n; i++) high = x[i] < high ? x[i] : high;
    return quantile_between(x[k], high, part);
}

double quantile_of_sorted(const double *x, int64_t n, double q) {
    if (n < 1) return NAN;
    double place = q * (double)(n - 1), below = floor(place), part = place - below;
    int64_t k = (int64_t)below;
    return part == 0 || k + 1 == n ? x[k] : quantile_between(x[k], x[k + 1], part);
}

static int64_t quartile_rank(const quartile_ranks *r, int i, double *part) {
    double place = 0.25 * (i + 1) * (double)(r->rows - 1);
    *part = place - (double)(int64_t)place;
    return (int64_t)place;
}

void quartiles_find(quartile_ranks *r, double x, int64_t count) {
    double part;
    r->next = INT64_MAX;
    for (int i = 0; i < 2 * QUARTILES; i++) {
        int64_t rank = quartile_rank(r, i / 2, &part) + i % 2;
        if (rank >= r->rows) rank = r->rows - 1;
        if (rank >= r->passed && rank < r->passed + count) r->at[i] = x;
        if (rank >= r->passed + count && rank < r->next) r->next = rank;
    }
}

double quartile_part(const quartile_ranks *r, int i) {
    double part;
    quartile_rank(r, i, &part);
    return part;
}

/* ---- sorting: by digits of 11 bits, the lowest first; a digit that all share costs nothing ----
 */

#define DIGIT 11
#define DIGITS ((1 << DIGIT) - 1)

mica_status sort_reals(double *x, int64_t n, mica_error *err) {
    uint64_t *from = allocate((size_t)n + 1, sizeof *from),
             *to = allocate((size_t)n + 1, sizeof *to);
    int64_t *place = allocate(DIGITS + 1, sizeof *place);
    if (!from || !to || !place) {
        free(from), free(to), free(place);
        return fail_memory(err, (size_t)n * 2 * sizeof *from, "sorting a column");
    }
    for (int64_t i = 0; i < n; i++) from[i] = key_of_real(x[i]);
    for (int shift = 0; shift < 64; shift += DIGIT) {
        memset(place, 0, (DIGITS + 1) * sizeof *place);
        for (int64_t i = 0; i < n; i++) place[from[i] >> shift & DIGITS]++;
        if (n && place[from[0] >> shift & DIGITS] == n) continue;
        for (int64_t d = 0, at = 0, count; d <= DIGITS; d++, at += count)
            count = place[d], place[d] = at;
        for (int64_t i = 0; i < n; i++) to[place[from[i] >> shift & DIGITS]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    for (int64_t i = 0; i < n; i++) x[i] = real_of_key(from[i]);
    free(from), free(to), free(place);
    return MICA_OK;
}
