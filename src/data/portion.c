/* take, skip, shard, repeat: parts of a dataset, or it several times. Of rows they are views; of
 * streams they leave samples out. Source: tf.data.Dataset. */
#include "data/arrange.h"

#include <stdlib.h>

/* ---- of streams ---- */

typedef struct portion {
    int64_t skip, take;   /* -1: all */
    int64_t every, first; /* shard; every 0: it is none */
} portion;

static mica_status begin_portion(stream *s, mica_error *err) {
    const portion *p = s->d->state;
    if (p->skip < 0) return s->ended = true, MICA_OK;
    return stream_skip(s->of[0], p->skip, err);
}

static mica_status next_taken(stream *s, int64_t most, void *const *out, int64_t *count,
                              mica_error *err) {
    const portion *p = s->d->state;
    int64_t left = p->take < 0 || p->take - s->at > most ? most : p->take - s->at;
    return stream_next(s->of[0], left, out, count, err);
}

static mica_status skip_taken(stream *s, int64_t count, mica_error *err) {
    s->at += count;
    const portion *p = s->d->state;
    if (p->take >= 0 && s->at > p->take) return s->ended = true, MICA_OK;
    return stream_skip(s->of[0], count, err);
}

static const stream_kind stream_taken = {
    .begin = begin_portion, .next = next_taken, .skip = skip_taken};

static mica_status next_sharded(stream *s, int64_t most, void *const *out, int64_t *count,
                                mica_error *err) {
    const portion *p = s->d->state;
    void *to[MAX_COLUMNS];
    int64_t n;
    for (*count = 0; *count < most; ++*count) {
        stream *of = s->of[0];
        int64_t place = of->at % p->every, gap = (p->first - place + p->every) % p->every;
        TRY(stream_skip(of, gap, err));
        rows_behind(s->d, out, *count, to);
        TRY(stream_next(of, 1, to, &n, err));
        if (!n) return MICA_OK;
    }
    return MICA_OK;
}

static const stream_kind stream_sharded = {.next = next_sharded};

static mica_status digest_portion(const mica_dataset *d, sha256 *h, mica_error *err) {
    const portion *p = d->state;
    const int64_t numbers[] = {p->skip, p->take, p->every, p->first};
    return digest_parts(d, "portion", numbers, 4, h, err);
}

static mica_status portion_of(mica_dataset *of, const char *name, portion p,
                              const stream_kind *kind, mica_dataset **out, mica_error *err) {
    TRY(pipe_begin(&of, 1, name, sizeof p, NULL, out, err));
    *(portion *)(*out)->state = p;
    (*out)->stream = kind;
    (*out)->digest = digest_portion;
    if (p.take >= 0) (*out)->endless = false;
    return MICA_OK;
}

static mica_status after_batch(const mica_dataset *of, const char *name, mica_error *err) {
    if (!of->batch_size) return MICA_OK;
    return fail(err, MICA_STATE,
                "%s: after dataset_batch, expected before it: batches are the last stage", name);
}

/* The rows first … first + count - 1, as far as there are. */
static mica_dataset *portion_range(mica_dataset *of, const char *name, int64_t skip, int64_t take) {
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = pipe_at_least(name, "count", skip < take ? skip : take, -1, &err);
    if (status == MICA_OK) status = after_batch(of, name, &err);
    if (status == MICA_OK && of->stream)
        status = portion_of(of, name, (portion){.skip = skip, .take = take}, &stream_taken, &d,
                            &err);
    if (status != MICA_OK || of->stream) return pipe_end(of->ctx, status, d, &err);
    int64_t first = skip < 0 || skip > of->rows ? of->rows : skip, left = of->rows - first;
    return mica_dataset_range(of, first, take < 0 || take > left ? left : take);
}

mica_dataset *mica_dataset_take(mica_dataset *of, int64_t count) {
    return of ? portion_range(of, "dataset_take", 0, count) : NULL;
}

mica_dataset *mica_dataset_skip(mica_dataset *of, int64_t count) {
    return of ? portion_range(of, "dataset_skip", count, -1) : NULL;
}

static mica_status shard_rows(mica_dataset *of, int64_t count, int64_t index, mica_dataset **out,
                              mica_error *err) {
    int64_t n = 0;
    uint32_t *rows = allocate((size_t)(of->rows / count) + 1, sizeof *rows);
    if (!rows) return fail_memory(err, (size_t)of->rows, "dataset_shard");
    for (int64_t i = index; i < of->rows; i += count) rows[n++] = (uint32_t)i;
    mica_status status = dataset_picked(of, rows, n, out, err);
    if (status == MICA_OK) (*out)->by_class = of->by_class;
    free(rows);
    return status;
}

mica_dataset *mica_dataset_shard(mica_dataset *of, int64_t count, int64_t index) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = pipe_at_least("dataset_shard", "count", count, 1, &err);
    if (status == MICA_OK && (index < 0 || index >= count))
        status = fail(&err, MICA_VALUE, "dataset_shard: index is %lld, expected 0 to %lld",
                      (long long)index, (long long)count - 1);
    if (status == MICA_OK) status = after_batch(of, "dataset_shard", &err);
    if (status == MICA_OK && !of->stream) status = shard_rows(of, count, index, &d, &err);
    else if (status == MICA_OK)
        status = portion_of(of, "dataset_shard",
                            (portion){.take = -1, .every = count, .first = index}, &stream_sharded,
                            &d, &err);
    return pipe_end(of->ctx, status, d, &err);
}

/* ---- repeat ---- */

typedef struct repeating {
    arranged a;
    int64_t count; /* -1: without end */
} repeating;

/* The pass of `of` that round `round` of pass `epoch` is. */
static uint64_t pass_of(const repeating *r, uint64_t epoch, int64_t round) {
    return r->count < 0 ? (epoch << 32) + (uint64_t)round
                        : epoch * (uint64_t)r->count + (uint64_t)round;
}

static mica_status find_repeated(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                                 int64_t count, row_place *out, mica_error *err) {
    const repeating *r = d->state;
    (void)err;
    for (int64_t i = 0; i < count; i++) {
        int64_t n = d->of->rows, round = rows[i] / n;
        out[i] = (row_place){0, (uint32_t)(rows[i] % n), pass_of(r, epoch, round)};
    }
    return MICA_OK;
}

typedef struct round {
    stream *of;
    int64_t number;
} round_state;

static mica_status next_repeated(stream *s, int64_t most, void *const *out, int64_t *count,
                                 mica_error *err) {
    const repeating *r = s->d->state;
    round_state *now = s->state;
    void *to[MAX_COLUMNS];
    int64_t n;
    for (*count = 0; *count < most && (r->count < 0 || now->number < r->count); *count += n) {
        if (!now->of) TRY(stream_open(s->d->of, pass_of(r, s->epoch, now->number), &now->of, err));
        rows_behind(s->d, out, *count, to);
        TRY(stream_next(now->of, most - *count, to, &n, err));
        if (!now->of->ended) continue;
        bool nothing = !now->of->at;
        stream_close(now->of);
        now->of = NULL;
        now->number++;
        if (nothing && r->count < 0)
            return fail(err, MICA_VALUE, "dataset_repeat: a pass without samples, without end");
    }
    return MICA_OK;
}

/* Whole rounds are left out without reading where their length is known. */
static mica_status skip_repeated(stream *s, int64_t count, mica_error *err) {
    round_state *now = s->state;
    const repeating *r = s->d->state;
    const mica_dataset *of = s->d->of;
    s->at += count;
    bool known = !of->stream && !of->broken && of->rows > 0 && !now->of;
    if (known) now->number = count / of->rows, count %= of->rows;
    while (count > 0 && (r->count < 0 || now->number < r->count)) {
        if (!now->of) TRY(stream_open(of, pass_of(r, s->epoch, now->number), &now->of, err));
        int64_t before = now->of->at;
        TRY(stream_skip(now->of, count, err));
        count -= now->of->at - before;
        bool stuck = now->of->at == before;
        if (!now->of->ended && !stuck) continue;
        bool nothing = !now->of->at;
        stream_close(now->of);
        now->of = NULL;
        now->number++;
        if (nothing)
            return fail(err, MICA_VALUE, "dataset_repeat: a pass without samples, without end");
    }
    return MICA_OK;
}

static void close_repeated(stream *s) { stream_close(((round_state *)s->state)->of); }

static const stream_kind stream_repeated = {.state_bytes = sizeof(round_state),
                                            .alone = true,
                                            .next = next_repeated,
                                            .skip = skip_repeated,
                                            .close = close_repeated};

static mica_status digest_repeated(const mica_dataset *d, sha256 *h, mica_error *err) {
    return digest_parts(d, "repeat", &((const repeating *)d->state)->count, 1, h, err);
}

static mica_status repeat(mica_dataset *of, int64_t count, mica_dataset **out, mica_error *err) {
    if (count != -1) TRY(pipe_at_least("dataset_repeat", "count", count, 1, err));
    TRY(arrange_begin(&of, 1, "dataset_repeat", sizeof(repeating), NULL, out, err));
    mica_dataset *d = *out;
    repeating *r = d->state;
    r->a.find = find_repeated;
    r->count = count;
    d->digest = digest_repeated;
    if (count > 0 && !of->stream && of->rows > UINT32_MAX / count)
        return fail(err, MICA_UNSUPPORTED, "dataset_repeat: %lld times %lld rows, expected %u",
                    (long long)count, (long long)of->rows, UINT32_MAX);
    if (count > 0 && !of->stream) return d->rows = of->rows * count, MICA_OK;
    d->rows = -1;
    d->locate = locate_same;
    d->bring = NULL;
    d->endless = of->endless || count < 0;
    d->stream = &stream_repeated;
    return MICA_OK;
}

mica_dataset *mica_dataset_repeat(mica_dataset *of, int64_t count) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = repeat(of, count, &d, &err);
    return pipe_end(of->ctx, status, d, &err);
}
