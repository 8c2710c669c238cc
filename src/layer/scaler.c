/* Scalers as layers: see mica/prepare.h. (x - center) / scale + shift is Normalization's
 * (x - mean) / sqrt(variance) with mean = center - shift scale, variance = scale^2. */
#include "mica/prepare.h"

#include "data/dataset.h"
#include "layer/layer.h"
#include "transform/scale.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096
#define KERAS_EPSILON 1e-7 /* the least deviation that Normalization divides by */

#define OWNER mica_scaler_options
static const char *const methods[] = SCALE_METHODS;
static const field scaler_fields[] = {TEXT(OWNER, method, "standard", .choices = methods),
                                      BOOLEAN(OWNER, no_center), BOOLEAN(OWNER, no_scale),
                                      END_OF_FIELDS};

mica_scaler_options mica_scaler_defaults(void) { return (OWNER){.size = sizeof(OWNER)}; }

static mica_status settings_of(const OWNER *o, scale_settings *s, mica_error *err) {
    *s = (scale_settings){.no_center = o->no_center,
                          .no_scale = o->no_scale,
                          .low = o->feature_range[0],
                          .high = o->feature_range[1],
                          .from = o->quantiles[0],
                          .to = o->quantiles[1]};
    for (int i = 0; methods[i]; i++)
        if (!strcmp(methods[i], o->method)) s->method = (scale_method)i;
    if (s->low == 0 && s->high == 0) s->high = 1;
    if (s->from == 0 && s->to == 0) s->from = 0.25, s->to = 0.75;
    if (!(s->low < s->high))
        return fail(err, MICA_VALUE, "scaler: feature_range is %g to %g, expected the less first",
                    s->low, s->high);
    if (s->from >= 0 && s->from < s->to && s->to <= 1) return MICA_OK;
    return fail(err, MICA_VALUE, "scaler: quantiles are %g and %g, expected 0 to 1, the less first",
                s->from, s->to);
}

/* At most CHUNK rows from `first` on, those that can be read, as reals one after the other; how
 * many.
 */
static mica_status read_rows(const mica_dataset *d, int at, int64_t first, double *values,
                             int64_t *count, mica_error *err) {
    uint32_t rows[CHUNK];
    size_t each = (size_t)shape_size(&d->column[at].shape);
    int64_t n = d->rows - first < CHUNK ? d->rows - first : CHUNK;
    for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
    TRY(d->gather(d, at, rows, n, MICA_FLOAT64, values, err));
    *count = d->broken ? 0 : n;
    for (int64_t i = 0; i < n && d->broken; i++)
        if (!dataset_row_broken(d, rows[i]))
            memmove(values + (size_t)(*count)++ * each, values + (size_t)i * each,
                    each * sizeof *values);
    return MICA_OK;
}

/* Fitted block by block. */
static mica_status fit_blocks(const mica_dataset *d, int at, const scale_settings *s,
                              int64_t features, scaler *out, mica_error *err) {
    int64_t each = shape_size(&d->column[at].shape), n;
    double *values = allocate((size_t)(CHUNK * each), sizeof *values),
           *room = allocate((size_t)features, 4 * sizeof *room);
    column_sums *sums = allocate((size_t)features, sizeof *sums);
    mica_status status = values && room && sums
                             ? MICA_OK
                             : fail_memory(err, (size_t)(CHUNK * each) * 8, "scaler");
    for (int64_t first = 0; first < d->rows && status == MICA_OK; first += CHUNK) {
        status = read_rows(d, at, first, values, &n, err);
        if (status == MICA_OK)
            sums_add(s->method, sums, values, n * (each / features), features, room);
    }
    if (status == MICA_OK) status = scale_of_sums(s, sums, features, out, err);
    free(values);
    free(room);
    free(sums);
    return status;
}

/* The rows that can be read, as reals one after the other; *count how many. free(). */
static double *read_input(const mica_dataset *d, int at, int64_t *count, mica_error *err) {
    size_t each = (size_t)shape_size(&d->column[at].shape);
    double *values = allocate((size_t)d->rows * each + 1, sizeof *values);
    if (!values) {
        fail_memory(err, (size_t)d->rows * each * sizeof *values, "scaler");
        return NULL;
    }
    *count = 0;
    for (int64_t first = 0, n; first < d->rows; first += CHUNK, *count += n)
        if (read_rows(d, at, first, values + (size_t)*count * each, &n, err) != MICA_OK) {
            free(values);
            return NULL;
        }
    return values;
}

static mica_status config_of(const scaler *of, int64_t features, bool scalar, json_t **out,
                             mica_error *err) {
    json_t *mean = json_array(), *variance = json_array();
    mica_status status = MICA_OK;
    for (int64_t i = 0; i < features && status == MICA_OK; i++) {
        if (of[i].scale < KERAS_EPSILON)
            status = fail(err, MICA_VALUE,
                          "scaler: feature %lld has scale %g, expected at least %g, the least that "
                          "Normalization divides by",
                          (long long)i, of[i].scale, KERAS_EPSILON);
        json_array_append_new(mean, json_real(of[i].center - of[i].shift * of[i].scale));
        json_array_append_new(variance, json_real(of[i].scale * of[i].scale));
    }
    *out = json_pack("{s:o, s:o, s:o}", "axis", scalar ? json_null() : json_integer(-1), "mean",
                     scalar ? json_incref(json_array_get(mean, 0)) : json_incref(mean), "variance",
                     scalar ? json_incref(json_array_get(variance, 0)) : json_incref(variance));
    json_decref(mean);
    json_decref(variance);
    if (status == MICA_OK && !*out) status = fail_no_memory(err, "scaler");
    return status;
}

typedef struct columns_fit {
    const scale_settings *settings;
    strided all;
    scaler *out;
    mica_status *status; /* of each column */
} columns_fit;

static void fit_some(void *arg, int64_t begin, int64_t end) {
    const columns_fit *f = arg;
    for (int64_t j = begin; j < end; j++) {
        strided one = f->all;
        one.at += j * one.column_stride;
        one.columns = 1;
        f->status[j] = scale_fit(f->settings, &one, &f->out[j], NULL);
    }
}

/* The columns on all threads. */
static mica_status fit_columns(mica_context *ctx, columns_fit *f, mica_error *err) {
    int64_t columns = f->all.columns, failing = 0;
    f->status = allocate((size_t)columns, sizeof *f->status);
    if (!f->status) return fail_no_memory(err, "scaler");
    parallel_for(ctx->team, columns, 1, fit_some, f);
    while (failing < columns && f->status[failing] == MICA_OK) failing++;
    mica_status status = failing < columns ? f->status[failing] : MICA_OK;
    free(f->status);
    if (status == MICA_OK) return status;
    if (status == MICA_MEMORY) return fail_no_memory(err, "scaler");
    return fail(err, status, "scale: column %lld has no number", (long long)failing);
}

/* Quantiles want all of a column. */
static mica_status fit_all(const mica_dataset *d, int at, const scale_settings *s, int64_t features,
                           scaler *out, mica_error *err) {
    int64_t rows;
    double *values = read_input(d, at, &rows, err);
    if (!values) return err->code;
    columns_fit f = {.settings = s,
                     .all = {values, rows * (shape_size(&d->column[at].shape) / features), features,
                             features, 1},
                     .out = out};
    mica_status status = fit_columns(d->ctx, &f, err);
    free(values);
    return status;
}

static mica_status fit(const mica_dataset *d, int at, const scale_settings *s, json_t **config,
                       mica_error *err) {
    const shape *row = &d->column[at].shape;
    int64_t features = row->rank ? row->dims[row->rank - 1] : 1;
    if (features < 1 || d->rows < 1)
        return fail(err, MICA_VALUE, "scaler: %s has %lld rows of %lld features",
                    d->column[at].name, (long long)d->rows, (long long)features);
    scaler *of = allocate((size_t)features, sizeof *of);
    if (!of) return fail_no_memory(err, "scaler");
    mica_status status = s->method == SCALE_ROBUST ? fit_all(d, at, s, features, of, err)
                                                   : fit_blocks(d, at, s, features, of, err);
    if (status == MICA_OK) status = config_of(of, features, !row->rank, config, err);
    free(of);
    return status;
}

mica_layer *mica_layer_scaler(mica_context *ctx, mica_dataset *d, int input,
                              const mica_scaler_options *options) {
    if (!ctx) return NULL;
    mica_error err = {0};
    OWNER o = mica_scaler_defaults();
    scale_settings s;
    json_t *config = NULL;
    mica_layer *l = NULL;
    int at = d && input >= 0 ? dataset_column(d, COLUMN_INPUT, input) : -1;
    if (LACKS(ctx, d, "dataset")) return NULL;
    mica_status status = options_take(&o, sizeof o, options, "scaler", &err);
    if (status == MICA_OK && at < 0)
        status = fail(&err, MICA_VALUE, "scaler: %s has no input %d",
                      d->origin ? d->origin : "the data", input);
    if (status == MICA_OK) status = fields_resolve(scaler_fields, &o, &ctx->texts, "scaler", &err);
    if (status == MICA_OK) status = settings_of(&o, &s, &err);
    if (status == MICA_OK) status = fit(d, at, &s, &config, &err);
    if (status == MICA_OK) {
        char *text = json_dumps(config, JSON_REAL_PRECISION(17));
        if (text) l = mica_layer_from_config(ctx, "Normalization", text);
        else status = fail_no_memory(&err, "scaler");
        free(text);
    }
    json_decref(config);
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return l;
}
