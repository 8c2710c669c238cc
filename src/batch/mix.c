/* MixUp and CutMix: see mix.h. */
#include "batch/mix.h"

#include "base/fields.h"
#include "base/philox.h"
#include "tensor/dtype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

#define STRETCH_BYTES ((int64_t)128 << 10) /* of all rows: it stays in the second-level cache */

/* ---- configs ---- */

typedef struct mix_options {
    double alpha;
    mica_reals factor;
    int64_t seed;
    const char *data_format;
} mix_options;

#define OWNER mix_options
static const char *const data_formats[] = {"channels_last", "channels_first", NULL};
#define SHARED_FIELDS                                                                              \
    INTEGER(OWNER, seed, NULLABLE, .help = "null: of the context"),                                \
        TEXT(OWNER, data_format, "channels_last", .choices = data_formats), END_OF_FIELDS
static const field mix_up_fields[] = {
    REAL(OWNER, alpha, DEFAULT(0.2), .flags = FIELD_POSITIVE, .help = "of the Beta distribution"),
    SHARED_FIELDS};
static const field cut_mix_fields[] = {
    NUMBERS(OWNER, factor, .flags = FIELD_RANGE, .min = 0, .max = 1, .help = "range of alpha"),
    SHARED_FIELDS};

typedef struct mix_kind {
    const char *name;
    const field *fields;
    bool boxes;
} mix_kind;

static const mix_kind kinds[] = {{"MixUp", mix_up_fields, false}, {"CutMix", cut_mix_fields, true}};
static const char *const kind_names[] = {"MixUp", "CutMix", NULL};
/* What Keras's configs of layers have besides. */
static const char *const ignored[] = {"name", "trainable", "dtype", "bounding_box_format", NULL};

static mica_status add_kind(mixing *m, const char *name, const json_t *config, uint64_t seed,
                            mica_error *err) {
    const mix_kind *kind = NULL;
    for (size_t i = 0; name && i < LENGTH(kinds); i++)
        if (!strcmp(kinds[i].name, name)) kind = &kinds[i];
    if (!name) return fail(err, MICA_TYPE, "augment: class_name is missing");
    if (!kind) return fail_unknown(err, "augment", "class", name, kind_names);
    mix_options o = {0};
    arena texts = {0};
    json_t *none = config ? NULL : json_object();
    mica_status status = fields_read(kind->fields, &o, config ? config : none, &texts, ignored,
                                     kind->name, err);
    if (status == MICA_OK) {
        char purpose[64];
        bool own = o.seed != NO_INTEGER, ranged = o.factor.count > 0;
        double a = o.factor.values[0], b = o.factor.count == 2 ? o.factor.values[1] : 0;
        snprintf(purpose, sizeof purpose, "%s %d", kind->name, own ? 0 : m->steps);
        m->step[m->steps++] = (mix_step){.kind = kind,
                                         .alpha = o.alpha,
                                         .low = ranged ? fmin(a, b) : 0,
                                         .high = ranged ? fmax(a, b) : 1,
                                         .channels_first = !strcmp(o.data_format, "channels_first"),
                                         .key = philox_key(own ? (uint64_t)o.seed : seed, purpose)};
    }
    json_decref(none);
    arena_free(&texts);
    return status;
}

mica_status mixing_add(mixing *m, const char *config, uint64_t seed, mica_error *err) {
    if (m->steps == MAX_MIXES)
        return fail(err, MICA_VALUE, "augment: more than %d, expected at most so many", MAX_MIXES);
    if (config[strspn(config, " \t\n")] != '{') return add_kind(m, config, NULL, seed, err);
    json_t *tree;
    TRY(config_parse(config, strlen(config), "augment", &tree, err));
    const char *name = config_member(tree, "class_name");
    char place[256];
    snprintf(place, sizeof place, "augment: %s", name ? name : "");
    mica_status status = config_class_check(tree, place, NULL, err);
    if (status == MICA_OK) status = add_kind(m, name, json_object_get(tree, "config"), seed, err);
    json_decref(tree);
    return status;
}

/* ---- columns ---- */

static int64_t row_size(const mix_column *c) { return shape_size(&c->shape); }

static mica_status check_column(const mixing *m, const mix_column *c, mica_error *err) {
    char text[128];
    const char *name = m->step[0].kind->name;
    shape_format(&c->shape, text);
    if (!dtype_is_float(c->dtype))
        return fail(err, MICA_TYPE, "augment: %s: %s is %s, expected floats%s", name, c->name,
                    mica_dtype_name(c->dtype),
                    c->target ? ": labels as probabilities of classes (one-hot)" : "");
    for (int i = 0; i < m->steps; i++)
        if (m->step[i].kind->boxes && !c->target && c->shape.rank != 3)
            return fail(err, MICA_SHAPE,
                        "augment: CutMix: %s is %s without the batch, expected images (H, W, C)",
                        c->name, text);
    return MICA_OK;
}

mica_status mixing_open(mixing *m, const mix_column *columns, const bool *mixed, int count,
                        int64_t batch_size, mica_error *err) {
    size_t most = 1, rows = (size_t)batch_size;
    for (int i = 0; i < count; i++) {
        if (!mixed[i]) continue;
        TRY(check_column(m, &columns[i], err));
        size_t bytes = (size_t)row_size(&columns[i]) * mica_dtype_size(columns[i].dtype);
        if (bytes > most) most = bytes;
    }
    m->columns = count, m->batch_size = batch_size;
    m->column = allocate((size_t)count, sizeof *m->column);
    m->mixed = allocate((size_t)count, sizeof *m->mixed);
    m->before = allocate(rows, most);
    m->others = allocate(rows, sizeof *m->others);
    m->share = allocate(rows, sizeof *m->share);
    m->box = allocate(rows, 4 * sizeof *m->box);
    if (!m->column || !m->mixed || !m->before || !m->others || !m->share || !m->box)
        return fail_memory(err, rows * most, "augment");
    memcpy(m->column, columns, (size_t)count * sizeof *columns);
    memcpy((bool *)m->mixed, mixed, (size_t)count * sizeof *mixed);
    return MICA_OK;
}

void mixing_close(mixing *m) {
    free(m->column);
    free((bool *)m->mixed);
    free(m->before);
    free(m->others);
    free(m->share);
    free(m->box);
    *m = (mixing){0};
}

/* ---- draws ---- */

/* Numbers one after the other. */
typedef struct stream {
    uint64_t key, counter, next;
} stream;

static double unit(stream *s) {
    philox4 r = philox(s->key, s->counter, s->next++);
    return ((double)r.v[0] + 0.5) * 0x1p-32; /* above 0, below 1 */
}

static double normal(stream *s) {
    double four[4];
    philox_normal(s->key, s->counter, s->next++, four);
    return four[0];
}

/* The logarithm of a Gamma(a) draw: small a makes numbers too small for a double. For a >= 1 by
 * rejection (Marsaglia and Tsang, 2000), below from a + 1: g u^(1/a). */
static double log_gamma_draw(stream *s, double a) {
    double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d), v, x;
    do {
        do x = normal(s), v = 1 + c * x;
        while (v <= 0);
        v = v * v * v;
    } while (log(unit(s)) >= 0.5 * x * x + d - d * v + d * log(v));
    return log(d * v) + (a < 1 ? log(unit(s)) / a : 0);
}

static double beta_draw(stream *s, double a) {
    double first = log_gamma_draw(s, a), second = log_gamma_draw(s, a);
    return 1 / (1 + exp(second - first));
}

/* Where a side of `part` of n lies. */
static void draw_side(stream *s, double part, int64_t n, double side[2]) {
    double length = part * (double)n;
    side[0] = unit(s) * ((double)n - length), side[1] = side[0] + length;
}

static void draw(const mixing *m, const mix_step *step, int64_t rows, uint64_t epoch, int64_t at) {
    stream s = {step->key, epoch << 32 | (uint64_t)at, 0};
    double alpha = step->alpha;
    philox_shuffle(~s.key, s.counter, m->others, (size_t)rows);
    if (step->kind->boxes) alpha = step->low + (step->high - step->low) * unit(&s) + 1e-6;
    for (int64_t i = 0; i < rows; i++) {
        m->share[i] = beta_draw(&s, alpha);
        if (!step->kind->boxes) continue;
        draw_side(&s, sqrt(1 - m->share[i]), 1, m->box + 4 * i);
        draw_side(&s, sqrt(1 - m->share[i]), 1, m->box + 4 * i + 2);
    }
}

/* ---- mixing ---- */

static void mix_numbers(mica_dtype dtype, int64_t n, const char *other, double share, char *row) {
    if (dtype == MICA_FLOAT32) {
        float *restrict y = (float *)(void *)row, own = (float)share, rest = (float)(1 - share);
        const float *restrict z = (const float *)(const void *)other;
        for (int64_t i = 0; i < n; i++) y[i] = own * y[i] + rest * z[i];
        return;
    }
    size_t size = mica_dtype_size(dtype);
    for (int64_t i = 0; i < n; i++, row += size, other += size)
        dtype_store(dtype, row,
                    share * dtype_load(dtype, row) + (1 - share) * dtype_load(dtype, other));
}

/* A stretch of all rows after another, so that what they were is still in the cache. */
static void mix_stretches(const mixing *m, const mix_column *c, char *bytes, int64_t rows) {
    size_t size = mica_dtype_size(c->dtype);
    int64_t n = row_size(c), longest = 1 + STRETCH_BYTES / ((int64_t)size * rows);
    for (int64_t at = 0; at < n; at += longest) {
        int64_t count = n - at < longest ? n - at : longest;
        size_t stretch = (size_t)count * size;
        char *first = bytes + (size_t)at * size, *before = m->before;
        for (int64_t i = 0; i < rows; i++)
            memcpy(before + (size_t)i * stretch, first + (size_t)(i * n) * size, stretch);
        for (int64_t i = 0; i < rows; i++)
            mix_numbers(c->dtype, count, before + m->others[i] * stretch, m->share[i],
                        first + (size_t)(i * n) * size);
    }
}

/* Pixel i is within where first <= i < last. */
static void bounds(const double side[2], int64_t n, int64_t *first, int64_t *end) {
    *first = (int64_t)ceil(side[0] * (double)n), *end = (int64_t)ceil(side[1] * (double)n);
    if (*end > n) *end = n;
}

static void paste_box(const mix_column *c, bool channels_first, const char *other,
                      const double box[4], char *row) {
    const int64_t *d = c->shape.dims;
    size_t size = mica_dtype_size(c->dtype);
    int64_t images = channels_first ? d[0] : 1, height = d[channels_first],
            width = d[1 + channels_first];
    size_t pixel = channels_first ? size : size * (size_t)d[2];
    int64_t left, right, top, bottom;
    bounds(box, width, &left, &right), bounds(box + 2, height, &top, &bottom);
    if (right <= left) return;
    for (int64_t k = 0; k < images; k++)
        for (int64_t y = top; y < bottom; y++) {
            size_t at = (size_t)((k * height + y) * width + left) * pixel;
            memcpy(row + at, other + at, (size_t)(right - left) * pixel);
        }
}

static void paste_boxes(const mixing *m, const mix_step *step, const mix_column *c, char *bytes,
                        int64_t rows) {
    size_t size = (size_t)row_size(c) * mica_dtype_size(c->dtype);
    memcpy(m->before, bytes, (size_t)rows * size);
    for (int64_t i = 0; i < rows; i++)
        paste_box(c, step->channels_first, (const char *)m->before + m->others[i] * size,
                  m->box + 4 * i, bytes + (size_t)i * size);
}

void mix_rows(const mixing *m, void *const *buffer, int64_t rows, uint64_t epoch, int64_t at) {
    for (int i = 0; i < m->steps; i++) {
        draw(m, &m->step[i], rows, epoch, at);
        for (int k = 0; k < m->columns; k++) {
            const mix_column *c = &m->column[k];
            if (!m->mixed[k]) continue;
            if (m->step[i].kind->boxes && !c->target)
                paste_boxes(m, &m->step[i], c, buffer[k], rows);
            else mix_stretches(m, c, buffer[k], rows);
        }
    }
}
