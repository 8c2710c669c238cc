/* mica_dataset_map: each sample through a function. Rows stay rows: any can be asked for, and is
 * made when it is. See pipe.h; source: tf.data.Dataset.map. */
#include "data/crew.h"
#include "data/pipe.h"

#include <stdlib.h>
#include <string.h>

#define MAP_CHUNK 64 /* samples in memory at a time */

typedef struct mapping {
    map_settings s;
    uint64_t key;
    crew *crew;
    rooms rooms;
    bool same[MAX_COLUMNS]; /* the column keeps type and shape: its memory is shared */
} mapping;

mica_map_options mica_map_defaults(void) {
    return (mica_map_options){.size = sizeof(mica_map_options)};
}

static void destroy(mica_dataset *d) {
    mapping *m = d->state;
    crew_close(m->crew);
    rooms_close(&m->rooms);
    if (m->s.destroy) m->s.destroy(m->s.user);
    free(m);
}

/* ---- a block of samples ---- */

typedef struct block {
    const mica_dataset *d; /* what is made */
    uint64_t epoch;
    const uint32_t *rows; /* their numbers; NULL: first, first + 1, … */
    int64_t first;
    void *const *in, *const *out; /* of all columns */
} block;

static mica_status make_sample(void *arg, int worker, int64_t i, mica_error *err) {
    const block *b = arg;
    const mapping *m = b->d->state;
    mica_value before[MAX_COLUMNS], after[MAX_COLUMNS];
    mica_sample in, out;
    sample_of(b->d->of, b->in, i, before, &in);
    sample_of(b->d, b->out, i, after, &out);
    in.number = out.number = b->rows ? (int64_t)b->rows[i] : b->first + i;
    in.epoch = out.epoch = b->epoch;
    in.random = out.random = sample_random(m->key, b->epoch, (uint64_t)in.number);
    mica_status status = m->s.work(m->s.user, worker, &in, &out, err);
    return status == MICA_OK ? status : sample_failed(m->s.name, in.number, status, err);
}

static mica_status make_block(block *b, int64_t count, mica_error *err) {
    const mapping *m = b->d->state;
    return crew_run(m->crew, count, make_sample, b, err);
}

/* ---- by rows ---- */

/* Room for a block before and after; columns that stay share it. */
static mica_status block_room(const mica_dataset *d, room *r, int64_t rows, void **in, void **out,
                              mica_error *err) {
    const mapping *m = d->state;
    TRY(rows_room(r, 0, d->of, rows, in, err));
    for (int i = 0; i < d->columns; i++) {
        size_t bytes = column_bytes(&d->column[i]) * (size_t)rows;
        out[i] = m->same[i] ? in[i] : room_block(r, MAX_COLUMNS + i, bytes);
        if (!out[i]) return fail_memory(err, bytes, m->s.name);
    }
    return MICA_OK;
}

static void put_wanted(const mica_dataset *d, void *const *made, const feed *feeds, int n,
                       void *const *out, int64_t at, int64_t rows) {
    for (int i = 0; i < n; i++) {
        const column *c = &d->column[feeds[i].column];
        convert(c->dtype, made[feeds[i].column], feeds[i].dtype,
                (char *)out[i] + (size_t)at * feeds[i].row_bytes, rows * shape_size(&c->shape));
    }
}

static mica_status bring_made(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                              int64_t count, const feed *feeds, int n, void *const *out, room *r,
                              mica_error *err) {
    void *in[MAX_COLUMNS], *made[MAX_COLUMNS];
    feed whole[MAX_COLUMNS];
    int columns = dataset_feeds(d->of, whole);
    block b = {.d = d, .epoch = epoch, .in = in, .out = made};
    TRY(block_room(d, r, count < MAP_CHUNK ? count : MAP_CHUNK, in, made, err));
    for (int64_t done = 0, some; done < count; done += some) {
        some = count - done < MAP_CHUNK ? count - done : MAP_CHUNK;
        b.rows = rows + done;
        TRY(dataset_bring(d->of, epoch, b.rows, some, whole, columns, in, err));
        TRY(make_block(&b, some, err));
        put_wanted(d, made, feeds, n, out, done, some);
    }
    return MICA_OK;
}

/* Where nothing is wanted that the function changes, it is not called. */
static bool passes(const mica_dataset *d, const feed *feeds, int n) {
    const mapping *m = d->state;
    for (int i = 0; i < n; i++)
        if (!m->s.options.inputs_only || d->column[feeds[i].column].role == COLUMN_INPUT)
            return false;
    return true;
}

static mica_status bring(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                         const feed *feeds, int n, void *const *out, mica_error *err) {
    mapping *m = d->state;
    if (passes(d, feeds, n)) {
        feed below[MAX_COLUMNS];
        for (int i = 0; i < n; i++) {
            const column *c = &d->column[feeds[i].column];
            int number = 0;
            for (int k = 0; k < feeds[i].column; k++) number += d->column[k].role == c->role;
            below[i] = feeds[i];
            below[i].column = dataset_column(d->of, c->role, number);
        }
        return dataset_bring(d->of, epoch, rows, count, below, n, out, err);
    }
    room *r = rooms_take(&m->rooms);
    if (!r) return fail_memory(err, sizeof *r, m->s.name);
    mica_status status = bring_made(d, epoch, rows, count, feeds, n, out, r, err);
    rooms_give(&m->rooms, r);
    return status;
}

/* ---- of a stream ---- */

static mica_status next_mapped(stream *s, int64_t most, void *const *out, int64_t *count,
                               mica_error *err) {
    const mapping *m = s->d->state;
    void *in[MAX_COLUMNS], *made[MAX_COLUMNS];
    block b = {.d = s->d, .epoch = s->epoch, .in = in, .out = made};
    int64_t n = MAP_CHUNK, some = n;
    TRY(rows_room(&s->room, 0, s->d->of, MAP_CHUNK, in, err));
    for (*count = 0; *count < most && n == some; *count += n) {
        some = most - *count < MAP_CHUNK ? most - *count : MAP_CHUNK;
        rows_behind(s->d, out, *count, made);
        TRY(stream_next(s->of[0], some, in, &n, err));
        for (int i = 0; i < s->d->columns; i++)
            if (m->same[i]) memcpy(made[i], in[i], (size_t)n * column_bytes(&s->d->column[i]));
        /* in and out share what stays: in, too, is seen where out lies */
        void *seen[MAX_COLUMNS];
        for (int i = 0; i < s->d->of->columns; i++)
            seen[i] = i < s->d->columns && m->same[i] ? made[i] : in[i];
        b.in = seen;
        b.first = s->at + *count;
        TRY(make_block(&b, n, err));
    }
    return MICA_OK;
}

static mica_status skip_mapped(stream *s, int64_t count, mica_error *err) {
    s->at += count;
    return stream_skip(s->of[0], count, err);
}

static const stream_kind stream_mapped = {.next = next_mapped, .skip = skip_mapped};

/* ---- making one ---- */

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    return digest_parts(d, ((const mapping *)d->state)->s.name, NULL, 0, h, err);
}

static mica_status add_made(mica_dataset *d, const mica_value_type *types, int count,
                            const mica_dataset *of, column_role role, const char *prefix,
                            const char *name, mica_error *err) {
    char text[32];
    for (int i = 0; i < (types ? count : MAX_COLUMNS); i++) {
        int old = dataset_column(of, role, i);
        if (!types && old < 0) return MICA_OK;
        const mica_value_type t = types ? types[i]
                                        : (mica_value_type){of->column[old].dtype,
                                                            of->column[old].shape};
        snprintf(text, sizeof text, i ? "%s_%d" : "%s", prefix, i);
        if (types && (t.dtype == MICA_STRING || shape_size(&t.shape) < 0))
            return fail(err, MICA_TYPE, "%s: %s %d: expected numbers of a known shape", name,
                        prefix, i);
        if (!dataset_add_column(d, old >= 0 ? of->column[old].name : text, role, t.dtype, &t.shape))
            return fail(err, MICA_VALUE, "%s: more than %d values", name, MAX_COLUMNS);
    }
    return MICA_OK;
}

static mica_status make_columns(mica_dataset *d, const mica_map_options *o, const char *name,
                                mica_error *err) {
    mapping *m = d->state;
    const mica_dataset *of = d->of;
    d->columns = 0;
    TRY(add_made(d, o->inputs, o->input_count, of, COLUMN_INPUT, "x", name, err));
    TRY(add_made(d, o->targets, o->target_count, of, COLUMN_TARGET, "y", name, err));
    TRY(add_made(d, NULL, 0, of, COLUMN_WEIGHT, "sample_weight", name, err));
    for (int i = 0; i < d->columns && i < of->columns; i++)
        m->same[i] = d->column[i].role == of->column[i].role &&
                     d->column[i].dtype == of->column[i].dtype &&
                     shape_equal(&d->column[i].shape, &of->column[i].shape);
    return MICA_OK;
}

static mica_status check(const map_settings *s, mica_error *err) {
    const mica_map_options *o = &s->options;
    TRY(pipe_at_least(s->name, "threads", o->threads, 0, err));
    if (o->threads > MICA_MAX_THREADS)
        return fail(err, MICA_VALUE, "%s: threads is %lld, expected at most %d", s->name,
                    (long long)o->threads, MICA_MAX_THREADS);
    if (o->inputs) TRY(pipe_at_least(s->name, "input_count", o->input_count, 1, err));
    if (o->targets) TRY(pipe_at_least(s->name, "target_count", o->target_count, 0, err));
    if (o->inputs_only && o->targets)
        return fail(err, MICA_VALUE, "%s: inputs_only and targets exclude each other", s->name);
    return MICA_OK;
}

mica_status pipe_map(mica_dataset *of, const map_settings *s, mica_dataset **out, mica_error *err) {
    TRY(check(s, err));
    TRY(pipe_begin(&of, 1, s->name, sizeof(mapping), NULL, out, err));
    mica_dataset *d = *out;
    mapping *m = d->state;
    int threads = s->options.threads ? (int)s->options.threads : context_workers(d->ctx);
    if (!(m->crew = crew_open(threads))) return fail_no_memory(err, s->name);
    rooms_open(&m->rooms);
    d->destroy = destroy;
    m->key = pipe_key(of, 0, "map");
    m->s.name = s->name, m->s.work = s->work, m->s.options = s->options;
    TRY(make_columns(d, &s->options, s->name, err));
    m->s.options.inputs = m->s.options.targets = NULL; /* the caller's */
    m->s.user = s->user, m->s.destroy = s->destroy;    /* from here on it is the stage's */
    d->bring = bring;
    d->digest = digest;
    d->stream = of->stream ? &stream_mapped : NULL;
    d->slow = true;
    d->makes_targets = of->makes_targets || !s->options.inputs_only;
    d->pictures = d->sounds = false;
    return MICA_OK;
}

/* ---- a user's function ---- */

typedef struct user_function {
    mica_map_function *function;
    void *user;
} user_function;

static mica_status call_user(void *user, int worker, const mica_sample *in, const mica_sample *out,
                             mica_error *err) {
    const user_function *u = user;
    (void)worker;
    return u->function(in, out, u->user, err);
}

mica_dataset *mica_dataset_map(mica_dataset *of, mica_map_function *function, void *user,
                               const mica_map_options *options) {
    if (!of || LACKS(of->ctx, function, "function")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    map_settings s = {.name = "dataset_map",
                      .work = call_user,
                      .user = allocate(1, sizeof(user_function)),
                      .destroy = free,
                      .options = mica_map_defaults()};
    mica_status status = s.user ? options_take(&s.options, sizeof s.options, options, s.name, &err)
                                : fail_memory(&err, sizeof(user_function), s.name);
    if (status == MICA_OK) {
        *(user_function *)s.user = (user_function){function, user};
        status = pipe_map(of, &s, &d, &err);
    }
    if (status != MICA_OK) free(s.user);
    return pipe_end(of->ctx, status, d, &err);
}
