/* Statistics of columns: see describe.h. Cells become keys whose order as unsigned numbers is
 * theirs; of all keys in rising order (key_counts.h) everything is told. Mean and quantiles of
 * whole numbers of a small range are told of their distances from the least. What needs the mean,
 * and the row of the most frequent value, wants another look at the keys or at the blocks. */
#include "transform/describe.h"

#include "base/fingerprint.h"
#include "table/edit.h"
#include "transform/columns.h"
#include "transform/key_counts.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What is done with the next block of a column. */
typedef enum task { COUNT_KEYS, FIND_TOP, ADD_SQUARES, NOTHING } task;

enum { PIECE = 4096 };

typedef struct describing {
    const table_column *head;
    mica_column_summary *out;
    frequent_values *top;
    frequent_values own; /* where nobody asks for them */
    bool texts;          /* of the most frequent values too */
    bool codes;          /* texts are told apart by their codes: there is one block */
    task task;
    bool failed; /* without memory */
    key_counts keys;
    bool near; /* whole numbers of a small range: numbers are distances from the least */
    quartile_ranks ranks;
    double sum, piece; /* in pieces, so that errors do not add up */
    int in_piece;
    double squares, rest; /* of distances from the mean: rest is what squares has no bits for */
    bool found;           /* the rows of the round's most frequent keys */
} describing;

/* ---- keys ---- */

/* Of the cells that are there; how many. */
static size_t keys_of_codes(const describing *d, const table_column *c, int64_t rows,
                            uint64_t *keys, uint64_t *hashes) {
    const int32_t *codes = c->cells;
    size_t n = 0, length;
    for (int32_t k = 0; k < c->texts.count; k++) {
        const char *text = d->codes ? NULL : text_at(&c->texts, k, &length);
        hashes[k] = text ? fingerprint64(text, length) : (uint64_t)k;
    }
    for (int64_t i = 0; i < rows; i++)
        if (codes[i] >= 0) keys[n++] = hashes[codes[i]];
    return n;
}

static size_t keys_of(const table_column *c, int64_t rows, uint64_t *keys) {
    size_t n = 0;
    if (c->type == MICA_COLUMN_NUMBER) {
        const double *cells = c->cells;
        for (int64_t i = 0; i < rows; n += !isnan(cells[i++])) keys[n] = key_of_real(cells[i]);
    } else if (c->type == MICA_COLUMN_BOOLEAN) {
        const int8_t *cells = c->cells;
        for (int64_t i = 0; i < rows; i++)
            if (cells[i] >= 0) keys[n++] = (uint64_t)cells[i];
    } else {
        const int64_t *cells = c->cells;
        for (int64_t i = 0; i < rows; n += cells[i++] != MISSING_INTEGER)
            keys[n] = key_of_integer(cells[i]);
    }
    return n;
}

/* Room for keys goes from one column to the next: new pages would cost as much as what is done. */
typedef struct key_rooms {
    _Atomic(uint64_t *) at[8];
    size_t size; /* of each, in keys */
} key_rooms;

static uint64_t *take_room(key_rooms *r) {
    uint64_t *room = NULL;
    for (size_t i = 0; i < LENGTH(r->at) && !room; i++) room = atomic_exchange(&r->at[i], NULL);
    return room ? room : allocate_aligned(r->size * sizeof *room);
}

static void give_room(key_rooms *r, uint64_t *room) {
    for (size_t i = 0; i < LENGTH(r->at) && room; i++) room = atomic_exchange(&r->at[i], room);
    release_aligned(room);
}

static void resize_rooms(key_rooms *r, size_t size) {
    for (size_t i = 0; i < LENGTH(r->at) && size != r->size; i++)
        release_aligned(atomic_exchange(&r->at[i], NULL));
    r->size = size;
}

static void count_keys(describing *d, const table_column *c, int64_t rows, key_rooms *rooms) {
    uint64_t *keys = take_room(rooms), *hashes = NULL;
    if (is_text(c->type)) hashes = allocate((size_t)c->texts.count + 1, sizeof *hashes);
    d->failed |= !keys || (is_text(c->type) && !hashes);
    if (!d->failed) {
        size_t n = hashes ? keys_of_codes(d, c, rows, keys, hashes) : keys_of(c, rows, keys);
        d->out->count += d->keys.from ? 0 : (int64_t)n;
        d->failed = !key_counts_add(&d->keys, keys, keys + rooms->size / 2, n);
    }
    give_room(rooms, keys);
    free(hashes);
}

/* ---- numbers ---- */

static bool is_number(mica_column_type type) {
    return type == MICA_COLUMN_INTEGER || type == MICA_COLUMN_NUMBER || type == MICA_COLUMN_DATE;
}

static inline double value_of(const describing *d, uint64_t key) {
    return d->head->type == MICA_COLUMN_NUMBER ? real_of_key(key) : (double)integer_of_key(key);
}

static inline double number_of(const describing *d, uint64_t key) {
    return d->near ? (double)(key - d->keys.least) : value_of(d, key);
}

static inline void add_to_sum(describing *d, double x, uint64_t count) {
    if (d->near) {
        d->sum += (double)count * x;
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        d->piece += x;
        if (++d->in_piece < PIECE) continue;
        d->sum += d->piece;
        d->piece = 0, d->in_piece = 0;
    }
}

static double sum_of(describing *d) {
    double sum = d->sum + d->piece;
    d->sum = d->piece = 0, d->in_piece = 0;
    return sum;
}

static void walk_numbers(describing *d, const counted_key *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double x = number_of(d, keys[i].key);
        add_to_sum(d, x, keys[i].count);
        quartiles_pass(&d->ranks, x, (int64_t)keys[i].count);
    }
}

/* In twice the digits, so that it is the same in the order of keys and in that of rows. */
static inline void add_square(describing *d, double x, double count) {
    double square = x * x, product = count * square, lost = fma(count, square, -product);
    double sum = d->squares + product, part = sum - d->squares;
    d->rest += (d->squares - (sum - part)) + (product - part) + lost;
    d->squares = sum;
}

static void walk_deviations(describing *d, const counted_key *keys, size_t count) {
    for (size_t i = 0; i < count; i++)
        add_square(d, number_of(d, keys[i].key) - d->out->mean, (double)keys[i].count);
}

/* The same of a block's rows: keys that were too many to be kept need not be counted again. */
static void add_squares(describing *d, const table_column *c, int64_t rows, key_rooms *rooms) {
    uint64_t *keys = take_room(rooms);
    d->failed |= !keys;
    size_t n = keys ? keys_of(c, rows, keys) : 0;
    for (size_t i = 0; i < n; i++) add_square(d, number_of(d, keys[i]) - d->out->mean, 1);
    give_room(rooms, keys);
}

/* ---- the end of a round ---- */

static void begin_numbers(describing *d, int64_t rows) {
    uint64_t most = (uint64_t)rows / 2 + 1024;
    d->ranks.rows = d->out->count;
    d->near = d->head->type != MICA_COLUMN_NUMBER && d->keys.greatest - d->keys.least < most;
}

/* Towards or between infinities, as pandas: none where it lacks a distance. */
static double lean(double below, double above, double part) {
    double d = above - below;
    return part < 0.5 ? below + d * part : above - d * (1 - part);
}

static void end_numbers(describing *d) {
    mica_column_summary *out = d->out;
    double *to[QUARTILES] = {&out->q25, &out->q50, &out->q75}, part;
    out->mean = sum_of(d) / (double)out->count;
    out->min = value_of(d, d->keys.least);
    out->max = value_of(d, d->keys.greatest);
    for (int i = 0; i < QUARTILES; i++) {
        part = quartile_part(&d->ranks, i);
        double below = d->ranks.at[2 * i], above = d->ranks.at[2 * i + 1];
        *to[i] = d->near && !part               ? below
                 : isinf(below) || isinf(above) ? lean(below, above, part)
                                                : quantile_between(below, above, part);
    }
}

/* Of distances from the least: the numbers. */
static void shift_numbers(describing *d) {
    mica_column_summary *out = d->out;
    double *numbers[] = {&out->mean, &out->q25, &out->q50, &out->q75, &out->min, &out->max};
    double base = (double)integer_of_key(d->keys.least);
    for (size_t i = 0; i < LENGTH(numbers) - 2 && d->near; i++) *numbers[i] = base + *numbers[i];
    for (size_t i = 0; i < LENGTH(numbers) && d->head->type == MICA_COLUMN_DATE; i++)
        *numbers[i] /= 1e6;
}

static void end_deviations(describing *d) {
    double squares = isfinite(d->squares) ? d->squares + d->rest : d->squares;
    int64_t n = d->out->count;
    if (d->head->type != MICA_COLUMN_DATE)
        d->out->std = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    shift_numbers(d);
    d->task = NOTHING;
}

/* The next round, or what comes behind the last one. */
static void go_on(describing *d) {
    const counted_key *keys;
    size_t count;
    bool all = !d->keys.from && !d->keys.cut;
    if (d->keys.cut) {
        key_counts_next(&d->keys);
        d->task = COUNT_KEYS;
    } else if (!is_number(d->head->type) || !d->out->count) {
        d->task = NOTHING;
    } else {
        end_numbers(d);
        d->task = ADD_SQUARES;
        if (!all) return key_counts_again(&d->keys);
        key_counts_end(&d->keys, &keys, &count);
        walk_deviations(d, keys, count);
        end_deviations(d);
    }
}

static void end_top(describing *d) {
    frequent_end(d->top);
    if (d->top->count) {
        d->out->top_row = d->top->value[0].row;
        d->out->top_count = d->top->value[0].count;
    }
    go_on(d);
}

static void end_round(describing *d, int64_t rows) {
    const counted_key *keys;
    size_t count;
    if (d->task == NOTHING) return;
    if (d->task == FIND_TOP) return end_top(d);
    if (d->task == ADD_SQUARES) return end_deviations(d);
    d->failed |= !key_counts_end(&d->keys, &keys, &count);
    if (d->failed) return;
    if (!d->keys.from && is_number(d->head->type)) begin_numbers(d, rows);
    if (is_number(d->head->type)) walk_numbers(d, keys, count);
    d->out->distinct += (int64_t)count;
    bool wants_top = d->head->type != MICA_COLUMN_INTEGER && d->head->type != MICA_COLUMN_NUMBER;
    if (!wants_top) return go_on(d);
    d->failed |= !frequent_begin(d->top, keys, count);
    d->found = !frequent_waits(d->top, 0);
    if (d->found) return go_on(d);
    d->task = FIND_TOP;
}

/* ---- the most frequent values ---- */

static uint64_t key_at(const describing *d, const table_column *c, int64_t row) {
    size_t length;
    if (c->type == MICA_COLUMN_BOOLEAN) return (uint64_t)((int8_t *)c->cells)[row];
    if (!is_text(c->type)) return key_of_integer(((int64_t *)c->cells)[row]);
    int32_t code = ((int32_t *)c->cells)[row];
    const char *text = text_at(&c->texts, code, &length);
    return d->codes ? (uint64_t)code : fingerprint64(text, length);
}

static void keep_top(describing *d, const mica_table *block, int i, int64_t row, int64_t first,
                     frequent_value value) {
    value.row = first + row;
    if (d->texts) {
        size_t length = mica_table_text(block, i, row, NULL, 0);
        value.text = malloc(length + 1);
        d->failed |= !value.text;
        if (value.text) mica_table_text(block, i, row, value.text, length + 1);
    }
    frequent_add(d->top, value);
}

static void look_at(describing *d, const mica_table *block, int i, int64_t row, int64_t first) {
    const uint64_t key = key_at(d, &block->column[i], row);
    const int64_t count = (int64_t)key_counts_of(&d->keys, key);
    if (frequent_wants(d->top, key, count))
        keep_top(d, block, i, row, first, (frequent_value){.key = key, .count = count});
}

/* Of values that come equally often those that come first. Each text of a block is looked at once:
 * `passed` has a byte for each. */
static void look_for_top(describing *d, const mica_table *block, int i, int64_t first,
                         char *passed) {
    const table_column *c = &block->column[i];
    char none = 0;
    for (int64_t row = 0; row < block->rows && !d->found; row++) {
        if (cell_missing(c, row)) continue;
        char *is_passed = passed ? &passed[((int32_t *)c->cells)[row]] : &none;
        if (*is_passed) continue;
        *is_passed = passed != NULL;
        look_at(d, block, i, row, first);
        d->found = !frequent_waits(d->top, first + row + 1);
    }
}

static void find_top(describing *d, const mica_table *block, int i, int64_t first) {
    const table_column *c = &block->column[i];
    char *passed = is_text(c->type) ? allocate((size_t)c->texts.count + 1, 1) : NULL;
    d->failed |= is_text(c->type) && !passed;
    if (!d->failed) look_for_top(d, block, i, first, passed);
    free(passed);
}

/* ---- the blocks ---- */

typedef struct work {
    describing *column;
    int count;
    const mica_table *block;
    int64_t first; /* the block's first row */
    int64_t rows;
    key_rooms rooms;
} work;

static void take_some(void *arg, int64_t begin, int64_t end) {
    work *w = arg;
    for (int64_t i = begin; i < end; i++) {
        describing *d = &w->column[i];
        if (d->failed || d->task == NOTHING) continue;
        const table_column *c = &w->block->column[i];
        if (d->task == COUNT_KEYS) count_keys(d, c, w->block->rows, &w->rooms);
        else if (d->task == ADD_SQUARES) add_squares(d, c, w->block->rows, &w->rooms);
        else if (!d->found) find_top(d, w->block, (int)i, w->first);
    }
}

static void end_some(void *arg, int64_t begin, int64_t end) {
    work *w = arg;
    for (int64_t i = begin; i < end; i++) end_round(&w->column[i], w->rows);
}

/* Whether a column wants more blocks. */
static bool is_waiting(const work *w) {
    bool waits = false;
    for (int i = 0; i < w->count; i++) {
        const describing *d = &w->column[i];
        bool waits_too = d->task == FIND_TOP ? !d->found : d->task != NOTHING;
        waits |= !d->failed && waits_too;
    }
    return waits;
}

static void take_block(work *w, const mica_table *block, team *team) {
    resize_rooms(&w->rooms, 2 * ((size_t)block->rows + 1));
    w->block = block;
    parallel_for(team, w->count, 1, take_some, w);
}

static mica_status take_blocks(work *w, table_blocks *b, team *team, mica_error *err) {
    mica_table *block;
    mica_status status = b->begin(b, false, err);
    w->first = 0;
    while (status == MICA_OK && is_waiting(w) && (status = b->next(b, &block, err)) == MICA_OK &&
           block) {
        take_block(w, block, team);
        w->first += block->rows;
        mica_table_destroy(&block);
    }
    return status;
}

static mica_status take_all(work *w, table_blocks *b, bool *wanted, team *team, mica_error *err) {
    if (b->whole) {
        take_block(w, b->whole, team);
        return MICA_OK;
    }
    for (int i = 0; i < w->count; i++) wanted[i] = w->column[i].task != NOTHING;
    b->wanted = wanted;
    bool all = false;
    for (int i = 0; i < w->count; i++)
        all |= w->column[i].task == COUNT_KEYS || w->column[i].task == ADD_SQUARES;
    mica_status status = take_blocks(w, b, team, err);
    b->wanted = NULL;
    if (status == MICA_OK && all && w->first != w->rows)
        status = fail(err, MICA_IO, "a table that is read twice: it has other rows now");
    return status;
}

static bool begin_column(describing *d, const table_blocks *b, size_t most, int i,
                         mica_column_summary *out, frequent_values *top) {
    *out = (mica_column_summary){.mean = NAN,
                                 .std = NAN,
                                 .min = NAN,
                                 .q25 = NAN,
                                 .q50 = NAN,
                                 .q75 = NAN,
                                 .max = NAN,
                                 .top_row = -1};
    *d = (describing){.head = &b->head->column[i],
                      .out = out,
                      .top = top ? top : &d->own,
                      .texts = top != NULL,
                      .codes = b->whole != NULL,
                      .keys.most = b->whole ? SIZE_MAX : most};
    if (d->head->type == MICA_COLUMN_MISSING) d->task = NOTHING;
    return top || frequent_open(&d->own, 1);
}

static mica_status describe(work *w, table_blocks *b, bool *wanted, team *team, mica_error *err) {
    bool more = false;
    for (int i = 0; i < w->count; i++) more |= w->column[i].task != NOTHING;
    while (more) {
        TRY(take_all(w, b, wanted, team, err));
        parallel_for(team, w->count, 1, end_some, w);
        more = false;
        for (int i = 0; i < w->count; i++) {
            if (w->column[i].failed) return fail_no_memory(err, b->head->column[i].name);
            more |= w->column[i].task != NOTHING;
        }
    }
    return MICA_OK;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

size_t described_values(const table_blocks *b) {
    enum {
        HELD = 1 << 20,
        SHARE = 32,
        PART = 8,
        BYTES = 48
    }; /* of a value while runs are merged */
    size_t columns = (size_t)b->head->count + 1, rows = (size_t)b->rows;
    size_t room = (size_t)memory_available() / PART / BYTES / columns;
    return larger(room < rows ? room : rows, larger(rows / SHARE, HELD / columns));
}

mica_status describe_blocks(table_blocks *b, size_t most, team *team, mica_column_summary *out,
                            frequent_values *tops, mica_error *err) {
    int columns = b->head->count;
    work w = {.column = allocate((size_t)columns + 1, sizeof *w.column),
              .count = columns,
              .rows = b->rows};
    bool *wanted = allocate((size_t)columns + 1, sizeof *wanted);
    size_t held = most ? most : described_values(b);
    mica_status status = w.column && wanted ? MICA_OK : fail_no_memory(err, "describe");
    for (int i = 0; i < columns && status == MICA_OK; i++)
        if (!begin_column(&w.column[i], b, held, i, &out[i], tops ? &tops[i] : NULL))
            status = fail_no_memory(err, "describe");
    if (status == MICA_OK) status = describe(&w, b, wanted, team, err);
    for (int i = 0; i < columns && w.column; i++) {
        if (status == MICA_OK) out[i].missing = b->rows - out[i].count;
        key_counts_again(&w.column[i].keys);
        frequent_free(&w.column[i].own);
    }
    resize_rooms(&w.rooms, 0);
    free(w.column);
    free(wanted);
    return status;
}
