/* Rows that are left out: those that come again, told by fingerprints of 128 bits, and those with
 * missing cells. See clean_table.h. */
#include "data/clean_table.h"

#include "base/fingerprint.h"
#include "base/hash.h"
#include "transform/clean.h"

#include <stdlib.h>
#include <string.h>

mica_status clean_marks(cleaning *c, const mica_table *block, mica_error *err) {
    if (!grow(&c->mark, &c->mark_room, (size_t)block->rows + 1, sizeof *c->mark))
        return fail_no_memory(err, "clean");
    memset(c->mark, 0, (size_t)block->rows + 1);
    return MICA_OK;
}

mica_status drop_marked(cleaning *c, mica_table **block, int64_t *count, mica_error *err) {
    mica_table *fewer;
    int64_t marked = 0;
    for (int64_t i = 0; i < (*block)->rows; i++) marked += c->mark[i];
    if (!marked) return MICA_OK;
    TRY(table_without(*block, c->mark, &fewer, err));
    *count += marked;
    mica_table_destroy(block);
    *block = fewer;
    return MICA_OK;
}

/* ---- rows by conditions ---- */

static bool filters(const cleaning *c) { return c->filter.count > 0; }

static mica_status filter_rows(cleaning *c, mica_table **block, mica_error *err) {
    TRY(clean_marks(c, *block, err));
    TRY(conditions_mark(&c->filter, *block, "clean", c->mark, err));
    return drop_marked(c, block, &c->filtered, err);
}

const clean_stage clean_filter = {filters, NULL, NULL, filter_rows};

/* ---- rows that come again ---- */

static bool is_compared(const cleaning *c, int i) {
    return (!c->o->subset.count || c->chosen[i]) && cell_size(c->column[i].type);
}

static bool drops_duplicates(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count && c->o->drop_duplicates; i++) any |= is_compared(c, i);
    return any;
}

/* Nobody can choose cells of different rows that have one print: rows with one are equal. */
static void mix(uint64_t print[2], uint64_t x) {
    x = hash_word(x);
    print[0] = fingerprint_join(print[0], x);
    print[1] = fingerprint_join(x ^ 0x9E3779B97F4A7C15u, print[1]);
}

static mica_status print_column(cleaning *c, const mica_table *t, int i, mica_error *err) {
    const table_column *column = &t->column[i];
    uint64_t(*prints)[2] = c->prints + c->prints_count;
    bool texts = is_text(column->type);
    size_t length, room = texts ? (size_t)column->texts.count : (size_t)t->rows;
    int64_t *keys = allocate(room + 1, 2 * sizeof *keys);
    if (!keys) return fail_no_memory(err, "duplicates");
    if (!texts) column_keys(t, i, keys);
    for (int32_t k = 0; k < column->texts.count && texts; k++) {
        const char *text = text_at(&column->texts, k, &length);
        keys[2 * k + 2] = (int64_t)fingerprint64(text, length);
        keys[2 * k + 3] = (int64_t)siphash64(hash_key, text, length);
    }
    for (int64_t row = 0; row < t->rows; row++) {
        const int64_t *key = texts ? &keys[2 * ((int32_t *)column->cells)[row] + 2] : &keys[row];
        mix(prints[row], (uint64_t)key[0]);
        if (texts) mix(prints[row], (uint64_t)key[1]);
    }
    free(keys);
    return MICA_OK;
}

static mica_status print_rows(cleaning *c, const mica_table *block, mica_error *err) {
    size_t needed = (size_t)(c->prints_count + block->rows) + 1;
    if (!c->prints && !c->held && needed < (size_t)c->in->rows + 1)
        needed = (size_t)c->in->rows + 1; /* at once: growing would want it twice */
    if (!grow(&c->prints, &c->prints_room, needed, sizeof *c->prints))
        return fail_memory(err, needed * sizeof *c->prints, "duplicates");
    memset(c->prints + c->prints_count, 0, (size_t)block->rows * sizeof *c->prints);
    for (int i = 0; i < block->count; i++)
        if (is_compared(c, i)) TRY(print_column(c, block, i, err));
    c->prints_count += block->rows;
    return MICA_OK;
}

static keep_which keep_by_name(const char *name) {
    static const char *const keeps[] = KEEP_NAMES;
    int i = 0;
    while (keeps[i] && strcmp(keeps[i], name)) i++;
    return (keep_which)i;
}

static mica_status find_duplicates(cleaning *c, bool *again, mica_error *err) {
    const size_t size = sizeof(uint64_t), stride = sizeof *c->prints;
    int64_t count;
    *again = false;
    c->again = allocate((size_t)c->prints_count + 1, sizeof *c->again);
    if (!c->again) return fail_no_memory(err, "duplicates");
    cells halves[] = {{c->prints, size, stride, false}, {c->prints[0] + 1, size, stride, false}};
    TRY(mark_duplicates(halves, 2, c->prints_count, keep_by_name(c->o->keep), c->again, &count,
                        err));
    free(c->prints);
    c->prints = NULL;
    return MICA_OK;
}

static mica_status drop_duplicates(cleaning *c, mica_table **block, mica_error *err) {
    TRY(clean_marks(c, *block, err));
    if (c->first + (*block)->rows > c->prints_count)
        return fail(err, MICA_IO, "a table that is read twice: it got more rows meanwhile");
    memcpy(c->mark, c->again + c->first, (size_t)(*block)->rows * sizeof *c->mark);
    return drop_marked(c, block, &c->duplicates, err);
}

const clean_stage clean_duplicates = {drops_duplicates, print_rows, find_duplicates,
                                      drop_duplicates};

/* ---- rows with missing cells ---- */

static bool is_dropping(const cleaned_column *c) {
    return !c->left_out && !strcmp(c->o.missing, "drop");
}

static bool drops_missing(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count; i++) any |= is_dropping(&c->column[i]);
    return any;
}

void mark_missing_rows(cleaning *c, const mica_table *t) {
    for (int i = 0; i < t->count; i++)
        for (int64_t row = 0; row < t->rows && is_dropping(&c->column[i]); row++)
            c->mark[row] |= cell_missing(&t->column[i], row);
}

static mica_status drop_missing_rows(cleaning *c, mica_table **block, mica_error *err) {
    TRY(clean_marks(c, *block, err));
    mark_missing_rows(c, *block);
    return drop_marked(c, block, &c->missing_rows, err);
}

const clean_stage clean_drop = {drops_missing, NULL, NULL, drop_missing_rows};
