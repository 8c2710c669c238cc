/* SMOTE as a view: new row j lies at x + u (x' - x), x a row of the class, x' one of its k nearest
 * rows of the class by the distance over all inputs; it is made when it is gathered. The view's
 * order names x, so that targets, weights and what is said of broken rows are those of x.
 * Source: Chawla et al. (2002); imblearn.over_sampling.SMOTE. */
#include "batch/resample.h"

#include "base/context.h"
#include "base/philox.h"
#include "transform/neighbors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256

typedef struct smote {
    int64_t old;        /* rows that are not new */
    uint32_t *neighbor; /* of each new row: x' */
    float *step;        /* u */
} smote;

static void smote_free(smote *s) {
    if (!s) return;
    free(s->neighbor);
    free(s->step);
    free(s);
}

static void destroy(mica_dataset *d) { smote_free(d->state); }

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const smote *s = d->state;
    size_t made = (size_t)(d->rows - s->old);
    sha256_add(h, d->order, sizeof *d->order * (size_t)d->rows);
    sha256_add(h, s->neighbor, sizeof *s->neighbor * made);
    sha256_add(h, s->step, sizeof *s->step * made);
    return d->of->digest ? d->of->digest(d->of, h, err) : MICA_OK;
}

/* ---- rows ---- */

/* pair: room for both rows. */
static mica_status make_row(const mica_dataset *d, int at, uint32_t row, mica_dtype dtype,
                            double *pair, void *out, mica_error *err) {
    const smote *s = d->state;
    const column *c = &d->column[at];
    int64_t each = shape_size(&c->shape), number = row - s->old;
    uint32_t ends[2] = {d->order[row], s->neighbor[number]};
    TRY(d->of->gather(d->of, at, ends, 2, MICA_FLOAT64, pair, err));
    double u = s->step[number];
    bool whole = !dtype_is_float(c->dtype);
    for (int64_t i = 0; i < each; i++) {
        double x = pair[i] + u * (pair[each + i] - pair[i]);
        pair[i] = whole ? nearbyint(x) : x;
    }
    convert(MICA_FLOAT64, pair, dtype, out, each);
    return MICA_OK;
}

static mica_status make_rows(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                             mica_dtype dtype, char *out, mica_error *err) {
    const smote *s = d->state;
    int64_t each = shape_size(&d->column[at].shape);
    size_t bytes = (size_t)each * mica_dtype_size(dtype);
    double *pair = allocate(2 * (size_t)each + 1, sizeof *pair);
    mica_status status = pair ? MICA_OK : fail_memory(err, 2 * (size_t)each * 8, "smote");
    for (int64_t i = 0; i < count && status == MICA_OK; i++)
        if (rows[i] >= s->old)
            status = make_row(d, at, rows[i], dtype, pair, out + (size_t)i * bytes, err);
    free(pair);
    return status;
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const smote *s = d->state;
    uint32_t moved[CHUNK];
    size_t bytes = (size_t)shape_size(&d->column[at].shape) * mica_dtype_size(dtype);
    bool made = false;
    for (int64_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < n; i++) {
            moved[i] = d->order[rows[done + i]];
            made |= rows[done + i] >= s->old;
        }
        TRY(d->of->gather(d->of, at, moved, n, dtype, (char *)out + (size_t)done * bytes, err));
    }
    return made && d->column[at].role == COLUMN_INPUT
               ? make_rows(d, at, rows, count, dtype, out, err)
               : MICA_OK;
}

/* ---- neighbours ---- */

/* Input `at` of the rows as columns, less their means: far from zero floats lose what tells rows
 * apart. */
static mica_status read_columns(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                                float *columns, mica_error *err) {
    int64_t each = shape_size(&d->column[at].shape);
    double *values = allocate(CHUNK * (size_t)each + 1, sizeof *values),
           *mean = allocate((size_t)each + 1, sizeof *mean);
    mica_status status = values && mean ? MICA_OK
                                        : fail_memory(err, CHUNK * (size_t)each * 8, "smote");
    for (int pass = 0; pass < 2; pass++)
        for (int64_t done = 0, n; done < count && status == MICA_OK; done += n) {
            n = count - done < CHUNK ? count - done : CHUNK;
            status = d->gather(d, at, rows + done, n, MICA_FLOAT64, values, err);
            for (int64_t i = 0; i < n && status == MICA_OK; i++)
                for (int64_t f = 0; f < each; f++) {
                    double x = values[i * each + f];
                    if (pass) columns[f * count + done + i] = (float)(x - mean[f]);
                    else mean[f] += x / (double)count;
                }
        }
    free(values);
    free(mean);
    return status;
}

static int64_t features_of(const mica_dataset *d) {
    int64_t features = 0;
    for (int i = 0; i < d->columns; i++)
        if (d->column[i].role == COLUMN_INPUT) features += shape_size(&d->column[i].shape);
    return features;
}

/* All inputs of the rows as columns (free them); NULL: the error is set. */
static float *all_columns(const mica_dataset *d, const uint32_t *rows, int64_t count,
                          mica_error *err) {
    float *columns = allocate((size_t)features_of(d) * (size_t)count + 1, sizeof *columns),
          *at = columns;
    mica_status status = columns ? MICA_OK
                                 : fail_memory(err, (size_t)features_of(d) * (size_t)count * 4,
                                               "neighbours of rows");
    for (int i = 0; i < d->columns && status == MICA_OK; i++) {
        if (d->column[i].role != COLUMN_INPUT) continue;
        status = read_columns(d, i, rows, count, at, err);
        at += shape_size(&d->column[i].shape) * count;
    }
    if (status == MICA_OK) return columns;
    free(columns);
    return NULL;
}

/* A class whose new rows are made. */
typedef struct crowd {
    mica_dataset *data;
    const uint32_t *rows;
    int64_t count, more, k;
    uint64_t key, counter;
} crowd;

static philox4 draw(const crowd *c, int64_t number, uint32_t *row, uint32_t *which) {
    philox4 r = philox(c->key, c->counter, (uint64_t)number);
    *row = (uint32_t)((uint64_t)r.v[0] * (uint64_t)c->count >> 32);
    *which = (uint32_t)((uint64_t)r.v[1] * (uint64_t)c->k >> 32);
    return r;
}

/* Neighbours are looked for of those rows alone that are drawn: place[row] is the row's among them.
 */
static int64_t mark_drawn(const crowd *c, uint32_t *place, uint32_t *drawn) {
    uint32_t row, which;
    int64_t count = 0;
    for (int64_t j = 0; j < c->more; j++) {
        draw(c, j, &row, &which);
        if (place[row]) continue;
        drawn[count++] = row;
        place[row] = (uint32_t)count;
    }
    return count;
}

static mica_status make_crowd(const crowd *c, const float *columns, uint32_t *order,
                              uint32_t *neighbor, float *step, mica_error *err) {
    uint32_t *place = allocate((size_t)c->count, sizeof *place),
             *drawn = allocate((size_t)c->count, sizeof *drawn), row, which, *nearest = NULL;
    int64_t asked = place && drawn ? mark_drawn(c, place, drawn) : 0;
    if (asked) nearest = allocate((size_t)asked * (size_t)c->k, sizeof *nearest);
    mica_status status = nearest ? nearest_rows(columns, features_of(c->data), c->count, drawn,
                                                asked, c->k, nearest, c->data->ctx->team, err)
                                 : fail_memory(err, (size_t)asked * (size_t)c->k * 4,
                                               "neighbours of rows");
    for (int64_t j = 0; j < c->more && status == MICA_OK; j++) {
        philox4 r = draw(c, j, &row, &which);
        order[j] = c->rows[row];
        neighbor[j] = c->rows[nearest[(place[row] - 1) * c->k + which]];
        step[j] = philox_unit(r.v[2]);
    }
    free(place);
    free(drawn);
    free(nearest);
    return status;
}

/* ---- */

/* The class's rows that can be read. */
static int64_t rows_of_class(const mica_dataset *d, const codes *c, int64_t class, uint32_t *rows) {
    int64_t count = 0;
    for (int64_t i = 0; i < c->rows; i++)
        if (c->code[i] == class && !dataset_row_broken(d, (uint32_t)i)) rows[count++] = (uint32_t)i;
    return count;
}

/* Reads the class; again without the rows that turned out broken. */
static mica_status read_crowd(crowd *one, const codes *c, int64_t class, uint32_t *room,
                              float **columns, mica_error *err) {
    mica_dataset *d = one->data;
    *columns = NULL;
    for (int64_t broken = -1; broken != mica_dataset_broken(d);) {
        broken = mica_dataset_broken(d);
        one->count = rows_of_class(d, c, class, room);
        free(*columns);
        if (!(*columns = all_columns(d, room, one->count, err))) return err->code;
    }
    return MICA_OK;
}

static mica_status make_all(mica_dataset *d, const classes *c, const int64_t *more, int64_t k,
                            uint32_t *room, uint32_t *order, smote *s, mica_error *err) {
    uint64_t key = philox_key(d->ctx->options.seed, "smote");
    int64_t at = 0;
    for (int64_t i = 0; i < s->old; i++) order[i] = (uint32_t)i;
    for (int64_t i = 0; i < c->codes.count; i++) {
        if (!more[i]) continue;
        crowd one = {
            .data = d, .rows = room, .more = more[i], .k = k, .key = key, .counter = (uint64_t)i};
        float *columns;
        TRY(read_crowd(&one, &c->codes, i, room, &columns, err));
        mica_status status =
            one.count > k ? make_crowd(&one, columns, order + s->old + at, s->neighbor + at,
                                       s->step + at, err)
                          : fail(err, MICA_VALUE,
                                 "resample: class %g has %lld rows, expected more than the %lld "
                                 "neighbors",
                                 c->value[i], (long long)one.count, (long long)k);
        free(columns);
        TRY(status);
        at += more[i];
    }
    return MICA_OK;
}

mica_status smote_open(mica_dataset *d, const classes *c, const int64_t *more, int64_t neighbors,
                       mica_dataset **out, mica_error *err) {
    int64_t made = 0;
    for (int64_t i = 0; i < c->codes.count; i++) made += more[i];
    mica_error own = {0};
    if (!err) err = &own;
    if (dataset_column(d, COLUMN_INPUT, 0) < 0)
        return fail(err, MICA_VALUE, "resample: there are no inputs to make rows of");
    smote *s = allocate(1, sizeof *s);
    uint32_t *room = allocate((size_t)d->rows + 1, sizeof *room),
             *order = allocate((size_t)(d->rows + made) + 1, sizeof *order);
    if (s) {
        s->old = d->rows;
        s->neighbor = allocate((size_t)made + 1, sizeof *s->neighbor);
        s->step = allocate((size_t)made + 1, sizeof *s->step);
    }
    mica_status status = s && room && order && s->neighbor && s->step
                             ? make_all(d, c, more, neighbors, room, order, s, err)
                             : fail_memory(err, (size_t)made * 12, "resample");
    if (status == MICA_OK) status = dataset_picked(d, order, d->rows + made, out, err);
    if (status == MICA_OK) {
        (*out)->state = s;
        (*out)->gather = gather;
        (*out)->bring = NULL;
        (*out)->digest = digest;
        (*out)->destroy = destroy;
    } else {
        smote_free(s);
    }
    free(room);
    free(order);
    return status;
}
