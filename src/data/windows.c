/* Windows over rows that are steps of time: a view. Window i begins at row start_index + i
 * sequence_stride, which is its place in the view's order; its step k is the row k sampling_rate
 * after that, its targets are those of the row target_offset after it. All rows that it reads are
 * before end_index. Of a list of sources each is a series of its own, with its own start and end:
 * no window reads rows of two. Source: keras.utils.timeseries_dataset_from_array. */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 1024
#define OWNER mica_windows_options

const field windows_fields[] = {
    INTEGER(OWNER, sequence_length, REQUIRED, .min = 1, .max = INT32_MAX,
            .help = "steps of a window"),
    INTEGER(OWNER, sequence_stride, DEFAULT(1), .min = 1, .max = INT32_MAX,
            .help = "rows from one window to the next"),
    INTEGER(OWNER, sampling_rate, DEFAULT(1), .min = 1, .max = INT32_MAX,
            .help = "rows from one step to the next"),
    INTEGER(OWNER, start_index, DEFAULT(0), .max = UINT32_MAX, .help = "the first row"),
    INTEGER(OWNER, end_index, NULLABLE, .min = 1, .max = UINT32_MAX,
            .help = "the row after the last; null: all"),
    INTEGER(OWNER, target_offset, DEFAULT(0), .max = INT32_MAX,
            .help = "rows from a window's first one to that of its targets"),
    END_OF_FIELDS};

mica_windows_options mica_windows_defaults(void) { return (OWNER){.size = sizeof(OWNER)}; }

static mica_status gather_inputs(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                                 mica_dtype dtype, char *out, mica_error *err) {
    const OWNER *o = d->state;
    uint32_t steps[CHUNK];
    int64_t length = o->sequence_length;
    size_t bytes = (size_t)shape_size(&d->of->column[at].shape) * mica_dtype_size(dtype);
    for (int64_t done = 0, n; done < count * length; done += n) {
        n = count * length - done < CHUNK ? count * length - done : CHUNK;
        for (int64_t i = 0; i < n; i++) {
            int64_t step = done + i;
            steps[i] = d->order[rows[step / length]] + (uint32_t)(step % length * o->sampling_rate);
        }
        TRY(d->of->gather(d->of, at, steps, n, dtype, out + (size_t)done * bytes, err));
    }
    return MICA_OK;
}

static mica_status gather_targets(const mica_dataset *d, int at, const uint32_t *rows,
                                  int64_t count, mica_dtype dtype, char *out, mica_error *err) {
    const OWNER *o = d->state;
    uint32_t moved[CHUNK];
    size_t bytes = (size_t)shape_size(&d->column[at].shape) * mica_dtype_size(dtype);
    for (int64_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < n; i++)
            moved[i] = d->order[rows[done + i]] + (uint32_t)o->target_offset;
        TRY(d->of->gather(d->of, at, moved, n, dtype, out + (size_t)done * bytes, err));
    }
    return MICA_OK;
}

static mica_status gather_windows(const mica_dataset *d, int at, const uint32_t *rows,
                                  int64_t count, mica_dtype dtype, void *out, mica_error *err) {
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "window %u of %lld", rows[i], (long long)d->rows);
    return d->column[at].role == COLUMN_INPUT ? gather_inputs(d, at, rows, count, dtype, out, err)
                                              : gather_targets(d, at, rows, count, dtype, out, err);
}

static mica_status digest_windows(const mica_dataset *d, sha256 *h, mica_error *err) {
    const OWNER *o = d->state;
    const int64_t how[] = {
        o->sequence_length, o->sequence_stride, o->sampling_rate, o->start_index, d->rows,
        o->target_offset};
    sha256_add(h, how, sizeof how);
    if (d->of->row_source) sha256_add(h, d->order, sizeof *d->order * (size_t)d->rows);
    return d->of->digest ? d->of->digest(d->of, h, err) : MICA_OK;
}

/* ---- making them ---- */

/* Rows from a window's first to its last step. */
static int64_t steps_span(const OWNER *o) { return (o->sequence_length - 1) * o->sampling_rate; }

/* Rows that a window reads, from its first one on. */
static int64_t span_of(const OWNER *o) {
    int64_t last = steps_span(o);
    return 1 + (last > o->target_offset ? last : o->target_offset);
}

static const char *name_of(const mica_dataset *of) { return of->origin ? of->origin : "windows"; }

static mica_status check(const mica_dataset *of, OWNER *o, mica_error *err) {
    const char *name = name_of(of);
    TRY(dataset_need_rows(of, "windows", err));
    if (of->by_class || of->broken)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: windows of files in class folders, expected rows that are steps of time",
                    name);
    for (int i = 0; i < of->columns; i++)
        if (of->column[i].role == COLUMN_INPUT && of->column[i].shape.rank + 2 > MAX_RANK)
            return fail(err, MICA_SHAPE, "%s: windows of samples of rank %d, expected at most %d",
                        name, of->column[i].shape.rank, MAX_RANK - 2);
    bool targets = dataset_column(of, COLUMN_TARGET, 0) >= 0 ||
                   dataset_column(of, COLUMN_WEIGHT, 0) >= 0;
    if (!targets) o->target_offset = 0;
    return MICA_OK;
}

/* Rows of one source that follow each other: from `first` to before `end`. */
typedef struct series {
    int64_t first, end;
    uint16_t source;
} series;

/* The one that begins at row `first`. */
static series series_from(const mica_dataset *of, int64_t first) {
    series s = {first, of->rows, 0};
    if (!of->row_source) return s;
    s.source = of->row_source[first];
    for (s.end = first + 1; s.end < of->rows && of->row_source[s.end] == s.source;) s.end++;
    return s;
}

/* Where the windows of a series begin, into `order` (NULL: they are only counted); how many. */
static int64_t lay_windows(const series *s, const OWNER *o, uint32_t *order) {
    const int64_t first = s->first + o->start_index;
    int64_t end = s->end, n = 0;
    if (s->source == NO_SOURCE) return 0;
    if (o->end_index != NO_INTEGER && o->end_index < s->end - s->first)
        end = s->first + o->end_index;
    for (int64_t row = first; row <= end - span_of(o); row += o->sequence_stride, n++)
        if (order) order[n] = (uint32_t)row;
    return n;
}

/* Why the only series has no window. */
static mica_status check_series(const mica_dataset *of, const OWNER *o, mica_error *err) {
    const int64_t end = o->end_index == NO_INTEGER ? of->rows : o->end_index;
    if (end > of->rows || o->start_index >= end)
        return fail(err, MICA_VALUE,
                    "%s: windows of the rows from %lld to before %lld, expected some of %lld rows",
                    name_of(of), (long long)o->start_index, (long long)end, (long long)of->rows);
    if (span_of(o) <= end - o->start_index) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: a window reads %lld rows, from its first to its last, and there are %lld",
                name_of(of), (long long)span_of(o), (long long)(end - o->start_index));
}

/* Sources whose rows are too few for a window are told: nothing of them is seen. */
static void warn_of_short(const mica_dataset *of, const OWNER *o, int64_t count,
                          const series *first) {
    if (!count) return;
    context_log(of->ctx, MICA_LOG_WARNING,
                "%s: %lld of the series have no window: source %d has %lld rows, a window reads "
                "%lld",
                name_of(of), (long long)count, first->source + 1,
                (long long)(first->end - first->first), (long long)(o->start_index + span_of(o)));
}

/* Takes the windows of all series; *order: free(). */
static mica_status lay_all(const mica_dataset *of, const OWNER *o, uint32_t **order, int64_t *count,
                           mica_error *err) {
    series s, small = {0};
    int64_t lacking = 0, n;
    *count = 0;
    if (!of->row_source) TRY(check_series(of, o, err));
    for (int64_t row = 0; row < of->rows; row = s.end) {
        s = series_from(of, row);
        *count += n = lay_windows(&s, o, NULL);
        if (n || s.source == NO_SOURCE) continue;
        if (!lacking++) small = s;
    }
    if (!*count)
        return fail(err, MICA_VALUE,
                    "%s: a window reads %lld rows from row %lld on, and no source has as many",
                    name_of(of), (long long)span_of(o), (long long)o->start_index);
    warn_of_short(of, o, lacking, &small);
    if (!(*order = allocate((size_t)*count, sizeof **order)))
        return fail_memory(err, (size_t)*count * sizeof **order, "windows");
    *count = 0;
    for (int64_t row = 0; row < of->rows; row = s.end) {
        s = series_from(of, row);
        *count += lay_windows(&s, o, *order + *count);
    }
    return MICA_OK;
}

static void destroy(mica_dataset *d) { free(d->state); }

static mica_status make(mica_dataset *d, mica_dataset *of, const OWNER *options, mica_error *err) {
    OWNER own = *options, *o = &own, *state;
    uint32_t *order = NULL;
    int64_t n;
    TRY(check(of, o, err));
    TRY(lay_all(of, o, &order, &n, err));
    if (!(state = allocate(1, sizeof *state))) {
        free(order);
        return fail_memory(err, sizeof *state, "windows");
    }
    *state = *o;
    dataset_view_of(d, of);
    d->rows = n;
    d->order = order;
    d->state = state;
    d->destroy = destroy;
    d->gather = gather_windows;
    d->bring = NULL;
    d->digest = digest_windows;
    for (int i = 0; i < d->columns; i++) {
        shape *s = &d->column[i].shape;
        if (d->column[i].role != COLUMN_INPUT) continue;
        memmove(s->dims + 1, s->dims, sizeof *s->dims * (size_t)s->rank);
        s->dims[0] = o->sequence_length, s->rank++;
    }
    return MICA_OK;
}

static mica_status windows_of(mica_dataset *of, const OWNER *options, mica_dataset **out,
                              mica_error *err) {
    *out = dataset_new(of->ctx);
    if (!*out) return fail_memory(err, sizeof **out, "windows");
    mica_status status = make(*out, of, options, err);
    if (status != MICA_OK) mica_dataset_destroy(out);
    return status;
}

mica_dataset *mica_dataset_windows(mica_dataset *of, const mica_windows_options *options) {
    if (!of) return NULL;
    OWNER own = mica_windows_defaults();
    mica_error err = {0};
    arena texts = {0};
    mica_dataset *d = NULL;
    mica_status status = options ? options_take(&own, sizeof own, options, "windows", &err)
                                 : MICA_OK;
    if (status == MICA_OK) status = fields_resolve(windows_fields, &own, &texts, "windows", &err);
    if (status == MICA_OK) status = windows_of(of, &own, &d, &err);
    arena_free(&texts);
    if (status == MICA_OK) return d;
    context_fail_with(of->ctx, &err);
    return dataset_new(of->ctx);
}

mica_status dataset_windows_with(mica_dataset **d, const json_t *options, mica_error *err) {
    OWNER own = mica_windows_defaults();
    arena texts = {0};
    mica_dataset *windows = NULL;
    mica_status status = fields_read(windows_fields, &own, options, &texts, NULL, "windows", err);
    if (status == MICA_OK) status = windows_of(*d, &own, &windows, err);
    arena_free(&texts);
    TRY(status);
    mica_dataset_destroy(d); /* the windows hold it */
    *d = windows;
    return MICA_OK;
}

/* ---- splitting them ---- */

/* The first row of what is under the windows that row i of d reads; *span: how many from there on.
 * -1: d's rows are no windows. */
static int64_t first_row(const mica_dataset *d, uint32_t i, int64_t *span) {
    for (; d->of; d = d->of) {
        if (d->gather == gather_windows) return *span = span_of(d->state), d->order[i];
        i = d->order ? d->order[i] : i + (uint32_t)d->first;
    }
    return -1;
}

bool dataset_has_windows(const mica_dataset *d) {
    for (; d->of; d = d->of)
        if (d->gather == gather_windows) return true;
    return false;
}

mica_status dataset_split_windows(mica_dataset *d, int64_t *rows, mica_dataset **out,
                                  mica_error *err) {
    int64_t span = 0, border = INT64_MAX, kept = 0, first = *rows;
    uint32_t *order = allocate((size_t)d->rows + 1, sizeof *order);
    if (!order) return fail_memory(err, (size_t)d->rows * sizeof *order, "windows");
    for (int64_t i = first; i < d->rows; i++) {
        int64_t row = first_row(d, (uint32_t)i, &span);
        if (row < border) border = row;
    }
    for (int64_t i = 0; i < first; i++) {
        int64_t row = first_row(d, (uint32_t)i, &span);
        if (row + span <= border) order[kept++] = (uint32_t)i;
    }
    *rows = kept;
    for (int64_t i = first; i < d->rows; i++) order[kept++] = (uint32_t)i;
    mica_status status = dataset_picked(d, order, kept, out, err);
    free(order);
    return status;
}
