/* mica train: sources of a list that take turns. See training.h. */
#include "cli/training.h"

#include "base/philox.h"
#include "data/pipe.h"

#include <stdlib.h>

/* The rows of each source, in their order. */
typedef struct source_rows {
    uint32_t *row[MOST_PARTS];
    int64_t count[MOST_PARTS];
    int sources;
} source_rows;

static void rows_free(source_rows *s) {
    for (int k = 0; k < MOST_PARTS; k++) free(s->row[k]);
}

static const char *key_of(const recipe *r) { return r->sample ? "sample" : "interleave"; }

/* Each source has some: by a weight of its own it is asked for some. */
static mica_status check_counts(const recipe *r, const source_rows *s, mica_error *err) {
    json_t *list = spec_list(r->train);
    mica_status status = MICA_OK;
    for (int k = 0; k < s->sources && status == MICA_OK; k++)
        if (!s->count[k] && !(r->sample_weights && r->sample_weights[k] == 0))
            status = fail(err, MICA_VALUE, "data.%s: no row of %s is left to train on", key_of(r),
                          json_string_value(json_array_get(list, (size_t)k)));
    json_decref(list);
    return status;
}

static mica_status count_rows(const recipe *r, const mica_dataset *d, source_rows *s,
                              mica_error *err) {
    for (int64_t i = 0; i < d->rows; i++) {
        const uint16_t k = dataset_row_source(d, (uint32_t)i);
        if (k >= s->sources)
            return fail(err, MICA_VALUE,
                        "data.%s: row %lld comes from no source of data.train: a join by outer or "
                        "right made it, expected inner or left",
                        key_of(r), (long long)i + 1);
        s->count[k]++;
    }
    return check_counts(r, s, err);
}

static mica_status list_rows(const mica_dataset *d, source_rows *s, mica_error *err) {
    int64_t at[MOST_PARTS] = {0};
    for (int k = 0; k < s->sources; k++)
        if (!(s->row[k] = allocate((size_t)s->count[k] + 1, sizeof *s->row[k])))
            return fail_memory(err, (size_t)s->count[k] * sizeof *s->row[k], "rows of a source");
    for (int64_t i = 0; i < d->rows; i++) {
        const uint16_t k = dataset_row_source(d, (uint32_t)i);
        s->row[k][at[k]++] = (uint32_t)i;
    }
    return MICA_OK;
}

/* Shuffled as the recipe says of all, each by draws of its own, so that those of as many rows are
 * not in the same order. */
static mica_status part_of(const training *t, const source_rows *s, int k, mica_dataset **out,
                           mica_error *err) {
    const recipe *r = &t->recipe;
    char name[32];
    TRY(dataset_picked(t->train, s->row[k], s->count[k], out, err));
    const int64_t buffer = r->shuffle_buffer ? r->shuffle_buffer : s->count[k];
    if ((r->no_shuffle && !r->shuffle_buffer) || !s->count[k]) return MICA_OK;
    snprintf(name, sizeof name, "source %d", k);
    *out = mica_dataset_shuffle(*out, buffer,
                                MICA_OPTIONS(shuffle,
                                             .seed = philox_key(t->ctx->options.seed, name),
                                             .no_reshuffle = r->no_reshuffle));
    return mica_check(t->ctx, err);
}

static mica_status take_turns(training *t, const source_rows *s, mica_error *err) {
    const recipe *r = &t->recipe;
    mica_dataset *parts[MOST_PARTS];
    for (int k = 0; k < s->sources; k++) TRY(part_of(t, s, k, &parts[k], err));
    t->train = r->sample ? mica_dataset_sample(
                               parts, s->sources,
                               MICA_OPTIONS(sample, .weights = r->sample_weights,
                                            .stop_on_empty_dataset = r->stop_on_empty_dataset))
                         : mica_dataset_interleave(parts, s->sources, r->block_length);
    return mica_check(t->ctx, err);
}

mica_status mix_sources(training *t, mica_error *err) {
    json_t *list = spec_list(t->recipe.train);
    source_rows s = {.sources = (int)json_array_size(list)};
    json_decref(list);
    mica_status status = count_rows(&t->recipe, t->train, &s, err);
    if (status == MICA_OK) status = list_rows(t->train, &s, err);
    if (status == MICA_OK) status = take_turns(t, &s, err);
    rows_free(&s);
    return status;
}
