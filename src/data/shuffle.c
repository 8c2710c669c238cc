/* mica_dataset_shuffle: each sample is drawn from a buffer, which the next one then joins. Rows are
 * drawn as numbers, samples of streams wait in memory: the order is the same. Source:
 * tf.data.Dataset.shuffle. */
#include "base/philox.h"
#include "data/arrange.h"

#include <stdlib.h>
#include <string.h>

typedef struct shuffling {
    arranged a;
    int64_t buffer;
    bool once; /* each pass in the same order */
    uint64_t key;
    /* of rows: the order of the pass that was asked for last */
    pthread_mutex_t lock;
    uint32_t *order;
    uint64_t epoch;
    bool made;
} shuffling;

static void destroy(mica_dataset *d) {
    shuffling *s = d->state;
    pthread_mutex_destroy(&s->lock);
    free(s->order);
    arranged_free(d);
}

static uint64_t order_of_pass(const shuffling *s, uint64_t epoch) { return s->once ? 0 : epoch; }

/* Which of the `waiting` ones is the number-th. */
static int64_t draw(const shuffling *s, uint64_t epoch, int64_t number, int64_t waiting) {
    return (int64_t)philox_below(s->key, order_of_pass(s, epoch), (uint64_t)number,
                                 (uint64_t)waiting);
}

/* ---- of rows ---- */

/* The buffer holds numbers; it begins in `order` itself: what was drawn is behind it. */
static mica_status make_order(const mica_dataset *d, uint64_t epoch, mica_error *err) {
    shuffling *s = d->state;
    int64_t n = d->rows, waiting = s->buffer < n ? s->buffer : n, next = waiting;
    if (!s->order && !(s->order = allocate((size_t)n + 1, sizeof *s->order)))
        return fail_memory(err, (size_t)n * sizeof *s->order, "dataset_shuffle");
    uint32_t *slots = allocate((size_t)waiting + 1, sizeof *slots);
    if (!slots) return fail_memory(err, (size_t)waiting * sizeof *slots, "dataset_shuffle");
    for (int64_t i = 0; i < waiting; i++) slots[i] = (uint32_t)i;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = draw(s, epoch, i, waiting);
        s->order[i] = slots[at];
        slots[at] = next < n ? (uint32_t)next++ : slots[--waiting];
    }
    free(slots);
    s->epoch = epoch;
    s->made = true;
    return MICA_OK;
}

static mica_status find(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                        row_place *out, mica_error *err) {
    shuffling *s = d->state;
    uint64_t pass = order_of_pass(s, epoch);
    mica_status status = MICA_OK;
    pthread_mutex_lock(&s->lock);
    if (!s->made || s->epoch != pass) status = make_order(d, pass, err);
    for (int64_t i = 0; i < count && status == MICA_OK; i++)
        out[i] = (row_place){0, s->order[rows[i]], epoch};
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* ---- of streams ---- */

typedef struct waiting_samples {
    void *slot[MAX_COLUMNS];
    int64_t room, count;
    bool full; /* it was filled, or `of` is over */
    void *next[MAX_COLUMNS];
    int64_t next_at, next_count; /* read ahead */
} waiting_samples;

static mica_status widen(stream *s, int64_t least, mica_error *err) {
    waiting_samples *w = s->state;
    const shuffling *h = s->d->state;
    if (least <= w->room) return MICA_OK;
    int64_t rows = w->room ? 2 * w->room : STREAM_CHUNK;
    if (rows > h->buffer) rows = h->buffer;
    for (int i = 0; i < s->d->columns; i++) {
        size_t bytes = column_bytes(&s->d->column[i]) * (size_t)rows;
        void *more = realloc(w->slot[i], bytes + 1);
        if (!more) return fail_memory(err, bytes, "dataset_shuffle: the buffer");
        w->slot[i] = more;
    }
    w->room = rows;
    return MICA_OK;
}

/* One sample of `of` into a slot; *got false: there is none. Whole blocks are read, so that many
 * threads decode. */
static mica_status refill(stream *s, int64_t slot, bool *got, mica_error *err) {
    waiting_samples *w = s->state;
    if (w->next_at == w->next_count) {
        TRY(rows_room(&s->room, 0, s->d, STREAM_CHUNK, w->next, err));
        TRY(stream_next(s->of[0], STREAM_CHUNK, w->next, &w->next_count, err));
        w->next_at = 0;
    }
    *got = w->next_count > 0;
    if (*got) rows_copy(s->d, w->slot, slot, w->next, w->next_at++, 1);
    return MICA_OK;
}

static mica_status fill(stream *s, mica_error *err) {
    waiting_samples *w = s->state;
    const shuffling *h = s->d->state;
    bool got = true;
    while (got && w->count < h->buffer) {
        TRY(widen(s, w->count + 1, err));
        TRY(refill(s, w->count, &got, err));
        w->count += got;
    }
    w->full = true;
    return MICA_OK;
}

static mica_status next_drawn(stream *s, int64_t most, void *const *out, int64_t *count,
                              mica_error *err) {
    waiting_samples *w = s->state;
    bool got;
    if (!w->full) TRY(fill(s, err));
    for (*count = 0; *count < most && w->count > 0; ++*count) {
        int64_t at = draw(s->d->state, s->epoch, s->at + *count, w->count);
        rows_copy(s->d, out, *count, w->slot, at, 1);
        TRY(refill(s, at, &got, err));
        if (got) continue;
        if (at != --w->count) rows_copy(s->d, w->slot, at, w->slot, w->count, 1);
    }
    return MICA_OK;
}

static void close_drawn(stream *s) {
    waiting_samples *w = s->state;
    for (int i = 0; i < MAX_COLUMNS; i++) free(w->slot[i]);
}

static const stream_kind stream_drawn = {
    .state_bytes = sizeof(waiting_samples), .next = next_drawn, .close = close_drawn};

/* ---- making one ---- */

mica_shuffle_options mica_shuffle_defaults(void) {
    return (mica_shuffle_options){.size = sizeof(mica_shuffle_options)};
}

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const shuffling *s = d->state;
    const int64_t numbers[] = {s->buffer, (int64_t)s->key, s->once};
    return digest_parts(d, "shuffle", numbers, 3, h, err);
}

static mica_status shuffle(mica_dataset *of, int64_t buffer, const mica_shuffle_options *options,
                           mica_dataset **out, mica_error *err) {
    mica_shuffle_options o = mica_shuffle_defaults();
    TRY(options_take(&o, sizeof o, options, "dataset_shuffle", err));
    TRY(pipe_at_least("dataset_shuffle", "buffer_size", buffer, 1, err));
    TRY(arrange_begin(&of, 1, "dataset_shuffle", sizeof(shuffling), NULL, out, err));
    mica_dataset *d = *out;
    shuffling *s = d->state;
    pthread_mutex_init(&s->lock, NULL);
    d->destroy = destroy;
    s->a.find = find;
    s->buffer = buffer;
    s->once = o.no_reshuffle;
    s->key = pipe_key(of, o.seed, "shuffle buffer");
    d->ordered = true;
    d->by_class = false;
    d->digest = digest;
    if (!of->stream) return MICA_OK;
    d->bring = NULL;
    d->locate = locate_same;
    d->stream = &stream_drawn;
    return MICA_OK;
}

mica_dataset *mica_dataset_shuffle(mica_dataset *of, int64_t buffer_size,
                                   const mica_shuffle_options *options) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = shuffle(of, buffer_size, options, &d, &err);
    return pipe_end(of->ctx, status, d, &err);
}
