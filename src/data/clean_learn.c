/* Learning from blocks: see clean_learn.h. */
#include "data/clean_learn.h"

#include "base/fingerprint.h"
#include "table/edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The numbers that are there, in their order. */
static mica_status take_numbers(learner *l, const mica_table *t, int i, int64_t *count,
                                mica_error *err) {
    if (!grow(&l->numbers, &l->numbers_room, (size_t)t->rows + 1, sizeof *l->numbers))
        return fail_memory(err, (size_t)t->rows * sizeof *l->numbers, "clean");
    column_numbers(t, i, l->numbers);
    *count = drop_missing(l->numbers, t->rows);
    return MICA_OK;
}

static mica_status add_keys(learner *l, size_t count, mica_error *err) {
    return key_counts_add(&l->keys, l->room, l->room + count, count) ? MICA_OK
                                                                     : fail_no_memory(err, "clean");
}

static mica_status make_room(learner *l, int64_t rows, mica_error *err) {
    if (grow(&l->room, &l->room_room, 2 * (size_t)rows + 1, sizeof *l->room)) return MICA_OK;
    return fail_memory(err, 2 * (size_t)rows * sizeof *l->room, "clean");
}

static size_t take_keys(learner *l, const mica_table *t, int i) {
    const table_column *c = &t->column[i];
    size_t n = 0;
    l->whole = c->type != MICA_COLUMN_NUMBER;
    for (int64_t row = 0; row < t->rows; row++) {
        if (cell_missing(c, row)) continue;
        if (!l->whole) l->room[n++] = key_of_real(((double *)c->cells)[row]);
        else if (c->type == MICA_COLUMN_BOOLEAN)
            l->room[n++] = key_of_integer(((int8_t *)c->cells)[row]);
        else l->room[n++] = key_of_integer(((int64_t *)c->cells)[row]);
    }
    return n;
}

static double value_of(const learner *l, uint64_t key) {
    return l->whole ? (double)integer_of_key(key) : real_of_key(key);
}

static mica_status look_at_numbers(learner *l, const mica_table *t, int i, mica_error *err) {
    int64_t n = 0;
    if (t->column[i].type == MICA_COLUMN_MISSING) return MICA_OK;
    if (l->what != LEARN_MOMENTS) {
        TRY(make_room(l, t->rows, err));
        return add_keys(l, take_keys(l, t, i), err);
    }
    TRY(take_numbers(l, t, i, &n, err));
    if (l->counted) moment_sums_add_again(&l->sums, l->numbers, n);
    else moment_sums_add(&l->sums, l->numbers, n);
    return MICA_OK;
}

static bool is_before(const char *a, size_t m, const char *b, size_t n) {
    size_t both = m < n ? m : n;
    int order = both ? memcmp(a, b, both) : 0;
    return order < 0 || (order == 0 && m < n);
}

/* Of equally frequent texts the one whose bytes are first, as scikit-learn. */
static void compare_texts(learner *l, const table_column *c) {
    size_t length;
    for (int32_t k = 0; k < c->texts.count; k++) {
        const char *text = text_at(&c->texts, k, &length);
        if (key_counts_of(&l->keys, fingerprint64(text, length)) != l->best) continue;
        if (l->text.data && !is_before(text, length, l->text.data, l->text.length)) continue;
        l->text.length = 0;
        strbuf_put(&l->text, text, length);
        strbuf_put(&l->text, "", 1); /* also of an empty one there is data */
        l->text.length = length;
    }
}

static mica_status look_at_texts(learner *l, const mica_table *t, int i, mica_error *err) {
    const table_column *c = &t->column[i];
    const int32_t *codes = c->cells;
    size_t length, n = 0;
    if (l->comparing) return compare_texts(l, c), MICA_OK;
    TRY(make_room(l, t->rows, err));
    uint64_t *hashes = allocate((size_t)c->texts.count + 1, sizeof *hashes);
    if (!hashes) return fail_no_memory(err, "clean");
    for (int32_t k = 0; k < c->texts.count; k++) {
        const char *text = text_at(&c->texts, k, &length);
        hashes[k] = fingerprint64(text, length);
    }
    for (int64_t row = 0; row < t->rows; row++)
        if (codes[row] >= 0) l->room[n++] = hashes[codes[row]];
    free(hashes);
    return add_keys(l, n, err);
}

mica_status learner_look(learner *l, const mica_table *t, int i, mica_error *err) {
    if (l->known || l->what == LEARN_NOTHING) return MICA_OK;
    if (!l->keys.most) l->keys.most = l->most;
    if (!l->counted) l->rows += t->rows, l->missing += column_missing(&t->column[i], t->rows);
    if (l->what == LEARN_MISSING) return MICA_OK;
    return is_text(t->column[i].type) ? look_at_texts(l, t, i, err) : look_at_numbers(l, t, i, err);
}

/* ---- behind the blocks ---- */

static void find_quartiles(learner *l, const counted_key *keys, size_t count) {
    l->ranks.rows = l->rows - l->missing;
    for (size_t k = 0; k < count; k++)
        quartiles_pass(&l->ranks, value_of(l, keys[k].key), (int64_t)keys[k].count);
}

static void end_quartiles(learner *l) {
    for (int i = 0; i < QUARTILES; i++) {
        const double part = quartile_part(&l->ranks, i);
        const double below = l->ranks.at[2 * i], above = l->ranks.at[2 * i + 1];
        l->quartile[i] = part == 0 ? below : quantile_between(below, above, part);
    }
    l->moments.least = value_of(l, l->keys.least), l->moments.most = value_of(l, l->keys.greatest);
}

/* True: a number, or one of the texts, is more frequent than all before, or as frequent. */
static bool find_frequent(learner *l, const counted_key *keys, size_t count) {
    uint64_t best = 0;
    for (size_t k = 0; k < count; k++) {
        if (keys[k].count > best) best = keys[k].count;
        if (keys[k].count > l->best) l->best = best, l->value = value_of(l, keys[k].key);
    }
    return best && best == l->best;
}

static mica_status turn_keys(learner *l, bool texts, mica_error *err) {
    const counted_key *keys;
    size_t count;
    uint64_t before = l->best;
    if (!l->comparing) {
        if (!key_counts_end(&l->keys, &keys, &count)) return fail_no_memory(err, "clean");
        if (l->what == LEARN_QUARTILES) find_quartiles(l, keys, count);
        else l->comparing = find_frequent(l, keys, count) && texts;
        if (l->best > before) strbuf_free(&l->text);
        if (l->comparing) return MICA_OK;
    }
    l->comparing = false;
    l->known = !l->keys.cut;
    key_counts_next(&l->keys);
    if (l->known && l->what == LEARN_QUARTILES) end_quartiles(l);
    return MICA_OK;
}

mica_status learner_turn(learner *l, bool texts, mica_error *err) {
    bool counted = l->counted;
    l->counted = true;
    if (l->known || l->text.failed) return l->known ? MICA_OK : fail_no_memory(err, "clean");
    l->known = l->what <= LEARN_MISSING || l->missing == l->rows;
    if (l->known) return MICA_OK;
    if (l->what != LEARN_MOMENTS) return turn_keys(l, texts, err);
    if (!counted) return moment_sums_middle(&l->sums), MICA_OK;
    l->moments = moment_sums_end(&l->sums);
    l->known = true;
    return MICA_OK;
}

void learner_free(learner *l) {
    key_counts_again(&l->keys);
    strbuf_free(&l->text);
    free(l->numbers), free(l->room);
    *l = (learner){.what = LEARN_NOTHING};
}
