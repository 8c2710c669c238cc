/* Blocks of rows whose types have to be found: see row_source.h. They are what the table as a whole
 * has: a column of texts is a category where at most half of its cells are different
 * (table/columns.h), which is told from hashes in bounded room. */
#include "table/row_source.h"

#include "base/fingerprint.h"
#include "table/cell.h"
#include "table/distinct.h"

#include <stdlib.h>

typedef struct found_blocks {
    row_source source;
    int64_t passed; /* rows that were given */
} found_blocks;

/* What is found of columns while all rows are gone through. */
typedef struct looking {
    row_source *s;
    int64_t rows;
    distinct_counter *texts; /* of each column */
    bool *other;             /* a block's cells were no texts: they were not counted */
    size_t texts_room, other_room;
    int columns;
} looking;

void row_source_close(row_source *s) {
    if (s->close) s->close(s);
    mica_table_destroy(&s->head);
    free(s->seen);
    free(s->name);
    *s = (row_source){0};
}

mica_status row_source_changed(const row_source *s, mica_error *err) {
    return fail(err, MICA_IO, "%s: it changed while it was read", s->name);
}

/* ---- looking ---- */

static void forget(looking *l) {
    for (int i = 0; i < l->columns; i++) distinct_free(&l->texts[i]);
    free(l->texts), free(l->other);
    *l = (looking){.s = l->s};
}

/* What is new in the head: before its first cell it was missing. */
static mica_status add_columns(looking *l, mica_error *err) {
    const size_t columns = (size_t)l->s->head->count;
    if ((int)columns == l->columns) return MICA_OK;
    if (!grow(&l->texts, &l->texts_room, columns, sizeof *l->texts) ||
        !grow(&l->other, &l->other_room, columns, sizeof *l->other))
        return fail_no_memory(err, l->s->name);
    for (; l->columns < (int)columns; l->columns++) {
        l->texts[l->columns] = (distinct_counter){0};
        l->other[l->columns] = false;
        l->s->head->column[l->columns].missing = l->rows;
    }
    return MICA_OK;
}

/* However many columns there are, what is kept of them all together is bounded. */
static void bound_counters(looking *l) {
    for (int i = 0; i < l->columns; i++) l->texts[i].most = distinct_most(l->columns);
}

static bool count_texts(looking *l, const mica_table *block) {
    size_t length;
    for (int i = 0; i < block->count; i++) {
        const table_column *c = &block->column[i];
        if (!is_text(c->type)) {
            l->other[i] = l->other[i] || c->missing < block->rows;
            continue;
        }
        for (int32_t k = 0; k < c->texts.count; k++) {
            const char *text = text_at(&c->texts, k, &length);
            if (!distinct_add(&l->texts[i], fingerprint64(text, length))) return false;
        }
    }
    return true;
}

static mica_status look_at(looking *l, const mica_table *block, bool typed, mica_error *err) {
    const int before = l->columns;
    TRY(add_columns(l, err));
    if (l->columns > before) bound_counters(l);
    if (!count_texts(l, block)) return fail_no_memory(err, l->s->name);
    for (int i = 0; i < block->count && !typed; i++)
        l->s->head->column[i].missing += block->column[i].missing;
    l->rows += block->rows;
    return MICA_OK;
}

/* Goes through all rows. */
static mica_status look(looking *l, bool typed, mica_error *err) {
    mica_table *block;
    mica_status status;
    l->rows = 0;
    TRY(l->s->begin(l->s, err));
    TRY(add_columns(l, err));
    bound_counters(l);
    const row_reading how = {.typed = typed};
    while ((status = l->s->next(l->s, &how, &block, err)) == MICA_OK && block) {
        status = look_at(l, block, typed, err);
        mica_table_destroy(&block);
        TRY(status);
    }
    return status;
}

/* ---- types ---- */

/* -1: at most half of the cells are different: a category; 1: more are; 0: not told yet. */
static int compare(const looking *l, int i) {
    return distinct_compare(&l->texts[i], (double)(l->rows - l->s->head->column[i].missing) / 2);
}

/* Columns that are not told yet. */
typedef struct open_column {
    bool open;
    uint64_t shares;
    int64_t count; /* different texts of the shares so far */
} open_column;

/* The next share is counted of columns that have one, of others nothing. */
static void begin_share(looking *l, const open_column *all, uint64_t share) {
    for (int i = 0; i < l->columns; i++) {
        const bool has = all[i].open && share < all[i].shares;
        distinct_free(&l->texts[i]);
        l->texts[i] = (distinct_counter){
            .mask = has ? all[i].shares - 1 : UINT64_MAX, .share = has ? share : 0, .fixed = true};
    }
}

/* How many columns are still not told. */
static int end_share(looking *l, open_column *all, uint64_t share) {
    int left = 0;
    for (int i = 0; i < l->columns; i++) {
        open_column *o = &all[i];
        table_column *c = &l->s->head->column[i];
        if (!o->open) continue;
        o->count += (int64_t)l->texts[i].count;
        const bool many = o->count * 2 > l->rows - c->missing;
        c->type = many ? MICA_COLUMN_TEXT : MICA_COLUMN_CATEGORY;
        o->open = !many && share + 1 < o->shares;
        left += o->open;
    }
    return left;
}

/* The different texts of all columns that the samples do not tell, share by share. */
static mica_status count_shares(looking *l, open_column *all, mica_error *err) {
    int left = 1;
    for (uint64_t share = 0; left; share++) {
        begin_share(l, all, share);
        TRY(look(l, true, err));
        left = end_share(l, all, share);
    }
    return MICA_OK;
}

/* By the samples: how many columns these do not tell. */
static int tell_by_samples(looking *l, open_column *all) {
    int left = 0;
    for (int i = 0; i < l->columns; i++) {
        table_column *c = &l->s->head->column[i];
        if (!is_text(c->type)) continue;
        const int told = compare(l, i);
        if (told) c->type = told < 0 ? MICA_COLUMN_CATEGORY : MICA_COLUMN_TEXT;
        all[i] = (open_column){.open = !told, .shares = l->texts[i].mask + 1};
        left += !told;
    }
    return left;
}

/* What columns of texts are, as column_merge tells it of a table in memory. */
static mica_status tell_texts(looking *l, mica_error *err) {
    bool again = false;
    for (int i = 0; i < l->columns; i++) {
        if (!is_text(l->s->head->column[i].type) || !l->other[i]) continue;
        again = true;
        distinct_free(&l->texts[i]);
    }
    if (again) TRY(look(l, true, err));
    open_column *all = allocate((size_t)l->columns + 1, sizeof *all);
    if (!all) return fail_no_memory(err, l->s->name);
    mica_status status = tell_by_samples(l, all) ? count_shares(l, all, err) : MICA_OK;
    free(all);
    return status;
}

static mica_status find_types(looking *l, mica_error *err) {
    do {
        forget(l);
        l->s->again = false;
        TRY(look(l, false, err));
    } while (l->s->again);
    for (int i = 0; i < l->columns; i++) {
        table_column *c = &l->s->head->column[i];
        const int seen = l->s->seen[i];
        c->type = cell_type(seen);
        if (c->type == MICA_COLUMN_DATE) c->timed = seen & CELL_TIMED, c->zoned = seen & CELL_ZONED;
    }
    return tell_texts(l, err);
}

/* ---- blocks ---- */

static mica_status begin(table_blocks *b, bool last, mica_error *err) {
    found_blocks *f = b->state;
    (void)last;
    f->passed = 0;
    return f->source.begin(&f->source, err);
}

static mica_status next(table_blocks *b, mica_table **block, mica_error *err) {
    found_blocks *f = b->state;
    const row_reading how = {.typed = true, .wanted = b->wanted};
    TRY(f->source.next(&f->source, &how, block, err));
    if (*block) f->passed += (*block)->rows;
    /* What was decided of row n would be done to another one. */
    if (f->passed <= b->rows && (*block || f->passed == b->rows)) return MICA_OK;
    mica_table_destroy(block);
    return fail(err, MICA_IO, "%s: it changed while it was read: it had %lld rows", f->source.name,
                (long long)b->rows);
}

static void close_blocks(table_blocks *b) {
    found_blocks *f = b->state;
    row_source_close(&f->source);
    free(f);
}

mica_status blocks_of_source(row_source *s, table_blocks *out, mica_error *err) {
    looking l = {.s = s};
    *out = (table_blocks){0};
    found_blocks *f = allocate(1, sizeof *f);
    mica_status status = f ? find_types(&l, err) : fail_no_memory(err, s->name);
    const int64_t rows = l.rows;
    forget(&l);
    if (status != MICA_OK) return free(f), row_source_close(s), status;
    f->source = *s;
    *s = (row_source){0};
    *out = (table_blocks){.head = f->source.head,
                          .rows = rows,
                          .state = f,
                          .begin = begin,
                          .next = next,
                          .close = close_blocks};
    return MICA_OK;
}
