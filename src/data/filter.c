/* mica_dataset_filter: a stream of the samples that a function keeps. Source:
 * tf.data.Dataset.filter. */
#include "data/pipe.h"

typedef struct filtering {
    mica_filter_function *function;
    void *user;
    uint64_t key;
} filtering;

static mica_status keep_sample(stream *s, void *const *at, int64_t row, int64_t number, bool *keep,
                               mica_error *err) {
    const filtering *f = s->d->state;
    mica_value values[MAX_COLUMNS];
    mica_sample sample;
    sample_of(s->d->of, at, row, values, &sample);
    sample.number = number;
    sample.epoch = s->epoch;
    sample.random = sample_random(f->key, s->epoch, (uint64_t)number);
    mica_status status = f->function(&sample, keep, f->user, err);
    return status == MICA_OK ? status : sample_failed("dataset_filter", number, status, err);
}

static mica_status next_kept(stream *s, int64_t most, void *const *out, int64_t *count,
                             mica_error *err) {
    void *to[MAX_COLUMNS];
    int64_t n = 1, some = 1;
    for (*count = 0; *count < most && n == some;) {
        int64_t first = s->of[0]->at, kept = 0;
        some = most - *count;
        rows_behind(s->d, out, *count, to);
        TRY(stream_next(s->of[0], some, to, &n, err));
        for (int64_t i = 0; i < n; i++) {
            bool keep = false;
            TRY(keep_sample(s, to, i, first + i, &keep, err));
            if (keep && kept < i) rows_copy(s->d, to, kept, to, i, 1);
            kept += keep;
        }
        *count += kept;
    }
    return MICA_OK;
}

static const stream_kind stream_kept = {.next = next_kept};

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    return digest_parts(d, "filter", NULL, 0, h, err);
}

mica_dataset *mica_dataset_filter(mica_dataset *of, mica_filter_function *function, void *user) {
    if (!of || LACKS(of->ctx, function, "function")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = pipe_begin(&of, 1, "dataset_filter", sizeof(filtering), NULL, &d, &err);
    if (status == MICA_OK) {
        *(filtering *)d->state = (filtering){function, user, pipe_key(of, 0, "filter")};
        d->rows = -1;
        d->stream = &stream_kept;
        d->digest = digest;
    }
    return pipe_end(of->ctx, status, d, &err);
}
