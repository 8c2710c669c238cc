/* concatenate, interleave, sample: samples of several datasets in turn. Source: tf.data.Dataset. */
#include "base/philox.h"
#include "data/arrange.h"

#include <math.h>
#include <stdlib.h>

typedef struct combining {
    arranged a;
    chooser begin; /* as each pass begins */
    double weights[MOST_PARTS];
    uint8_t *part; /* of rows: where each is */
    uint32_t *row;
} combining;

static void destroy(mica_dataset *d) {
    combining *c = d->state;
    free(c->part);
    free(c->row);
    arranged_free(d);
}

static mica_status find(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                        row_place *out, mica_error *err) {
    const combining *c = d->state;
    (void)err;
    for (int64_t i = 0; i < count; i++)
        out[i] = (row_place){c->part[rows[i]], c->row[rows[i]], epoch};
    return MICA_OK;
}

/* ---- by rows: the order is known before ---- */

static mica_status lay_out(mica_dataset *d, mica_dataset *const *parts, int count, const char *name,
                           mica_error *err) {
    combining *c = d->state;
    chooser choose = c->begin;
    int64_t total = 0, run, at[MOST_PARTS] = {0}, n = 0;
    for (int i = 0; i < count; i++) total += parts[i]->rows;
    if (total > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%s: %lld rows, expected at most %u", name,
                    (long long)total, UINT32_MAX);
    c->part = allocate((size_t)total + 1, sizeof *c->part);
    c->row = allocate((size_t)total + 1, sizeof *c->row);
    if (!c->part || !c->row) return fail_memory(err, (size_t)total * 5, name);
    for (int part; (part = chooser_next(&choose, INT64_MAX, &run)) >= 0;) {
        for (; run > 0 && at[part] < parts[part]->rows; run--, n++)
            c->part[n] = (uint8_t)part, c->row[n] = (uint32_t)at[part]++;
        if (run > 0) chooser_end(&choose, part);
    }
    d->rows = n;
    return MICA_OK;
}

/* ---- as a stream ---- */

static mica_status begin_combined(stream *s, mica_error *err) {
    (void)err;
    *(chooser *)s->state = ((const combining *)s->d->state)->begin;
    return MICA_OK;
}

static mica_status next_combined(stream *s, int64_t most, void *const *out, int64_t *count,
                                 mica_error *err) {
    void *to[MAX_COLUMNS];
    int64_t run, n;
    for (*count = 0; *count < most; *count += n) {
        int part = chooser_next(s->state, most - *count, &run);
        if (part < 0) return MICA_OK;
        rows_behind(s->d, out, *count, to);
        TRY(stream_next(s->of[part], run, to, &n, err));
        if (n < run) chooser_end(s->state, part);
    }
    return MICA_OK;
}

static const stream_kind stream_combined = {
    .state_bytes = sizeof(chooser), .begin = begin_combined, .next = next_combined};

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const combining *c = d->state;
    const int64_t numbers[] = {c->begin.block, (int64_t)c->begin.key, c->begin.stops};
    sha256_add(h, c->weights, sizeof c->weights);
    return digest_parts(d, "combine", numbers, 3, h, err);
}

/* `begin` without its parts; weights NULL: the same for all. */
static mica_status combine(mica_dataset *const *parts, int count, const char *name, chooser begin,
                           const double *weights, mica_dataset **out, mica_error *err) {
    bool streams = false;
    TRY(arrange_begin(parts, count, name, sizeof(combining), destroy, out, err));
    TRY(check_columns_agree(parts, count, name, err));
    mica_dataset *d = *out;
    combining *c = d->state;
    c->a.find = find;
    c->begin = begin;
    c->begin.parts = c->begin.left = count;
    c->begin.weights = c->weights;
    for (int i = 0; i < count; i++) {
        c->weights[i] = weights ? weights[i] : 1;
        streams |= parts[i]->stream != NULL;
        if (!(c->weights[i] >= 0 && isfinite(c->weights[i])))
            return fail(err, MICA_VALUE, "%s: weight %d is %g, expected at least 0", name, i,
                        c->weights[i]);
        if (c->weights[i] == 0) c->begin.ended[i] = true, c->begin.left--;
        d->by_class |= parts[i]->by_class;
        if (parts[i]->classes != d->classes) d->classes = 0; /* names that do not fit all */
    }
    if (!c->begin.left)
        return fail(err, MICA_VALUE, "%s: all weights are 0, expected one above", name);
    d->digest = digest;
    d->ordered = begin.block != INT64_MAX;
    if (!streams) return lay_out(d, parts, count, name, err);
    d->bring = NULL;
    d->locate = locate_same;
    d->rows = -1;
    d->stream = &stream_combined;
    return MICA_OK;
}

/* The context of the first part that is there; NULL with a sticky error where one is not. */
static mica_context *context_of_all(mica_dataset *const *parts, int count, const char *name) {
    mica_context *ctx = NULL;
    int lacking = parts ? -1 : 0;
    for (int i = 0; parts && i < count; i++) {
        if (parts[i] && !ctx) ctx = parts[i]->ctx;
        if (!parts[i] && lacking < 0) lacking = i;
    }
    if (lacking < 0) return ctx;
    if (ctx) context_fail(ctx, MICA_VALUE, "%s: parts[%d] is NULL", name, lacking);
    return NULL;
}

mica_dataset *mica_dataset_concatenate(mica_dataset *const *parts, int count) {
    mica_context *ctx = context_of_all(parts, count, "dataset_concatenate");
    if (!ctx) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = combine(parts, count, "dataset_concatenate", (chooser){.block = INT64_MAX},
                                 NULL, &d, &err);
    return pipe_end(ctx, status, d, &err);
}

mica_dataset *mica_dataset_interleave(mica_dataset *const *parts, int count, int64_t block) {
    mica_context *ctx = context_of_all(parts, count, "dataset_interleave");
    if (!ctx) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = pipe_at_least("dataset_interleave", "block_length", block, 1, &err);
    if (status == MICA_OK && block == INT64_MAX) block--;
    if (status == MICA_OK)
        status = combine(parts, count, "dataset_interleave", (chooser){.block = block}, NULL, &d,
                         &err);
    return pipe_end(ctx, status, d, &err);
}

mica_sample_options mica_sample_defaults(void) {
    return (mica_sample_options){.size = sizeof(mica_sample_options)};
}

mica_dataset *mica_dataset_sample(mica_dataset *const *parts, int count,
                                  const mica_sample_options *options) {
    mica_context *ctx = context_of_all(parts, count, "dataset_sample");
    if (!ctx) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_sample_options o = mica_sample_defaults();
    mica_status status = options_take(&o, sizeof o, options, "dataset_sample", &err);
    chooser begin = {.key = status == MICA_OK ? pipe_key(parts[0], o.seed, "sample") : 0,
                     .stops = o.stop_on_empty_dataset};
    if (status == MICA_OK)
        status = combine(parts, count, "dataset_sample", begin, o.weights, &d, &err);
    return pipe_end(ctx, status, d, &err);
}

/* ---- zip ---- */

typedef struct zipping {
    int part[MAX_COLUMNS], column[MAX_COLUMNS]; /* where each column comes from */
} zipping;

static const mica_dataset *part_of(const mica_dataset *d, int part) {
    return part ? d->also[part - 1] : d->of;
}

static mica_status bring_zipped(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                                int64_t count, const feed *feeds, int n, void *const *out,
                                mica_error *err) {
    const zipping *z = d->state;
    for (int part = 0; part <= d->also_count; part++) {
        feed some[MAX_COLUMNS];
        void *to[MAX_COLUMNS];
        int k = 0;
        for (int i = 0; i < n; i++) {
            if (z->part[feeds[i].column] != part) continue;
            some[k] = feeds[i], to[k] = out[i];
            some[k++].column = z->column[feeds[i].column];
        }
        if (k) TRY(dataset_bring(part_of(d, part), epoch, rows, count, some, k, to, err));
    }
    return MICA_OK;
}

/* Each part is read whole, into memory of its own where a column is not wanted. */
static mica_status next_zipped(stream *s, int64_t most, void *const *out, int64_t *count,
                               mica_error *err) {
    const zipping *z = s->d->state;
    *count = most;
    for (int part = 0; part < s->of_count; part++) {
        const mica_dataset *of = part_of(s->d, part);
        void *to[MAX_COLUMNS];
        int64_t n;
        TRY(rows_room(&s->room, 0, of, most, to, err));
        for (int i = 0; i < s->d->columns; i++)
            if (z->part[i] == part) to[z->column[i]] = out[i];
        TRY(stream_next(s->of[part], *count, to, &n, err));
        *count = n; /* the next parts bring no more */
    }
    return MICA_OK;
}

static const stream_kind stream_zipped = {.next = next_zipped};

static mica_status add_zipped(mica_dataset *d, mica_dataset *const *parts, int count,
                              column_role role, const char *prefix, mica_error *err) {
    zipping *z = d->state;
    int number = 0;
    char text[32];
    for (int i = 0; i < count; i++)
        for (int k = 0; k < parts[i]->columns; k++) {
            const column *c = &parts[i]->column[k];
            if (c->role != role || (role == COLUMN_WEIGHT && number)) continue;
            snprintf(text, sizeof text, number ? "%s_%d" : "%s", prefix, number);
            number++;
            if (d->columns == MAX_COLUMNS)
                return fail(err, MICA_VALUE, "dataset_zip: more than %d values", MAX_COLUMNS);
            z->part[d->columns] = i, z->column[d->columns] = k;
            dataset_add_column(d, count > 1 ? text : c->name, role, c->dtype, &c->shape);
        }
    return MICA_OK;
}

static mica_status digest_zipped(const mica_dataset *d, sha256 *h, mica_error *err) {
    return digest_parts(d, "zip", NULL, 0, h, err);
}

static mica_status zip_parts(mica_dataset *const *parts, int count, mica_dataset **out,
                             mica_error *err) {
    TRY(pipe_begin(parts, count, "dataset_zip", sizeof(zipping), NULL, out, err));
    mica_dataset *d = *out;
    bool streams = false, endless = true;
    d->columns = 0;
    TRY(add_zipped(d, parts, count, COLUMN_INPUT, "x", err));
    TRY(add_zipped(d, parts, count, COLUMN_TARGET, "y", err));
    TRY(add_zipped(d, parts, count, COLUMN_WEIGHT, "sample_weight", err));
    for (int i = 0; i < count; i++) {
        streams |= parts[i]->stream != NULL;
        endless &= parts[i]->endless;
        if (parts[i]->rows < d->rows) d->rows = parts[i]->rows;
    }
    d->joined = true;
    d->digest = digest_zipped;
    d->bring = bring_zipped;
    d->endless = endless;
    if (!streams) return MICA_OK;
    d->rows = -1;
    d->bring = NULL;
    d->stream = &stream_zipped;
    return MICA_OK;
}

mica_dataset *mica_dataset_zip(mica_dataset *const *parts, int count) {
    mica_context *ctx = context_of_all(parts, count, "dataset_zip");
    if (!ctx) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = zip_parts(parts, count, &d, &err);
    return pipe_end(ctx, status, d, &err);
}
