/* Where rows and cells of CSV end: see csv_inside.h. 64 bytes at a time become bits of separators,
 * newlines and quotes. */
#include "codec/csv_inside.h"

#include <stdlib.h>

static inline uint64_t below(size_t count) { return count < 64 ? (1ULL << count) - 1 : UINT64_MAX; }

static const char *blank_end(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
    return at;
}

/* ---- cells ---- */

bool csv_unquote(cell *c, arena *a) {
    const char *end = c->at + c->length, *close;
    if (!c->length || *c->at != '"') return true;
    close = memchr(c->at + 1, '"', c->length - 1);
    if (!close || close == end - 1) { /* nothing is doubled */
        c->length -= close ? 2 : 1;
        c->at++;
        return true;
    }
    char *to = arena_take(a, c->length + 2 * CELL_MARGIN), *begin = to + CELL_MARGIN;
    if (!to) return false;
    to = begin;
    bool inside = true;
    for (const char *at = c->at + 1; at < end; at++) {
        if (inside && *at == '"' && !(at + 1 < end && at[1] == '"')) {
            inside = false;
            continue;
        }
        if (inside && *at == '"') at++;
        *to++ = *at;
    }
    *c = (cell){begin, (size_t)(to - begin)};
    return true;
}

static bool add_cell(cell **cells, size_t *room, int *count, const char *begin, const char *end,
                     arena *a) {
    if (!grow(cells, room, (size_t)*count + 1, sizeof **cells)) return false;
    cell *c = &(*cells)[(*count)++];
    *c = (cell){begin, (size_t)(end - begin)};
    return csv_unquote(c, a);
}

mica_status csv_one_row(const csv_text *csv, const char *at, arena *a, cell **cells, int *count,
                        const char **next, mica_error *err) {
    const char *end = csv->text->bytes + csv->text->size, *field = at;
    size_t room = 0;
    bool inside = false;
    *cells = NULL;
    *count = 0;
    for (; at < end; at++) {
        if (*at == '"' && (inside || at == field)) {
            if (inside && at[1] == '"') at++;
            else inside = !inside;
        }
        if (inside || (*at != csv->separator && *at != '\n')) continue;
        const char *stop = *at == '\n' && at > field && at[-1] == '\r' ? at - 1 : at;
        if (!add_cell(cells, &room, count, field, stop, a)) return fail_no_memory(err, csv->name);
        field = at + 1;
        if (*at == '\n') {
            *next = field;
            return MICA_OK;
        }
    }
    return fail(err, MICA_FORMAT, "%s:%lld: a quote opens here, and nothing closes it", csv->name,
                (long long)text_line(csv->text, field));
}

/* ---- rows ---- */

void csv_scan_begin(csv_scan *s, const csv_text *csv, const char *begin, const char *end) {
    *s = (csv_scan){.csv = csv, .begin = begin, .end = end, .skip = SIZE_MAX};
    s->block = (size_t)0 - 64;
}

/* The bits of the next block; false at the end. */
static inline bool next_block(csv_scan *s) {
    s->block += 64;
    const char *at = s->begin + s->block;
    if (at >= s->end) return s->block -= 64, false;
    s->newlines = csv_mask(at, '\n');
    s->quotes = s->csv->quoted ? csv_mask(at, '"') : 0;
    s->bits = (csv_mask(at, s->csv->separator) | s->newlines | s->quotes) &
              below((size_t)(s->end - at));
    return true;
}

static mica_status fail_length(const csv_scan *s, mica_error *err) {
    arena a = {0};
    cell *cells;
    int count;
    const char *next, *at = s->begin + s->row;
    mica_status status = csv_one_row(s->csv, at, &a, &cells, &count, &next, err);
    if (status == MICA_OK)
        status = fail(err, MICA_FORMAT, "%s:%lld: %d cells, expected %d as in the first row",
                      s->csv->name, (long long)text_line(s->csv->text, at), count, s->csv->columns);
    free(cells);
    arena_free(&a);
    return status;
}

/* Whether a row of one cell is a blank line. */
static bool is_blank_row(const csv_scan *s, size_t end) {
    return blank_end(s->begin + s->row, s->begin + end) == s->begin + end;
}

/* What a quote at `at` does; it is no end of a cell. */
static inline void meet_quote(csv_scan *s, size_t at) {
    if (at == s->skip) return;
    if (!s->inside) s->inside = at == s->field; /* elsewhere it is a letter */
    else if (s->begin[at + 1] == '"') s->skip = at + 1;
    else s->inside = false;
}

/* Where the bits are, and up to three places behind them that nobody reads. */
static inline size_t put_ends(uint32_t *ends, size_t block, uint64_t bits) {
    const size_t count = (size_t)csv_bits(bits);
    for (size_t i = 0; i < count; i += 4)
        for (int k = 0; k < 4; k++) {
            ends[i + (size_t)k] = (uint32_t)block + (uint32_t)(bits ? __builtin_ctzll(bits) : 0);
            bits &= bits - 1;
        }
    return count;
}

/* All of a block without quotes at once, where its rows are as they should be; false: they are not,
 * and nothing is taken. */
static inline bool take_block(csv_scan *s, int64_t rows, uint32_t *start, uint32_t *ends, size_t *n,
                              size_t *first, int64_t *got) {
    const size_t columns = (size_t)s->csv->columns;
    uint64_t use = s->bits;
    size_t row = s->row, begin = *first;
    int64_t count = *got;
    if (columns == 1) return false; /* a row may be blank */
    for (uint64_t lines = s->newlines & s->bits; lines; lines &= lines - 1) {
        const uint64_t until = lines ^ (lines - 1);
        const size_t end = *n + (size_t)csv_bits(s->bits & until);
        if (end - begin != columns) return false;
        start[count++] = (uint32_t)row;
        row = s->block + (size_t)__builtin_ctzll(lines) + 1;
        begin = end;
        if (count == rows) {
            use &= until;
            break;
        }
    }
    *n += put_ends(ends + *n, s->block, use);
    s->bits &= ~use;
    s->row = row;
    *first = begin;
    *got = count;
    return true;
}

mica_status csv_scan_rows(csv_scan *s, int64_t rows, uint32_t *start, uint32_t *ends, int64_t *got,
                          mica_error *err) {
    const size_t columns = (size_t)s->csv->columns;
    size_t n = 0, first = 0; /* ends of all rows, before the open one */
    *got = 0;
    while (*got < rows && (s->bits || next_block(s))) {
        if (n - first > columns) return fail_length(s, err);
        if (!s->csv->quoted && take_block(s, rows, start, ends, &n, &first, got)) continue;
        while (s->bits) {
            const int bit = __builtin_ctzll(s->bits);
            const size_t at = s->block + (size_t)bit;
            s->bits &= s->bits - 1;
            if (s->csv->quoted) {
                if (s->quotes >> bit & 1) {
                    meet_quote(s, at);
                    continue;
                }
                if (s->inside) continue;
                s->field = at + 1;
            }
            ends[n++] = (uint32_t)at;
            if (!(s->newlines >> bit & 1)) continue;
            if (n - first == 1 && is_blank_row(s, at)) {
                n = first;
            } else {
                if (n - first != columns) return fail_length(s, err);
                start[(*got)++] = (uint32_t)s->row;
                first = n;
            }
            s->row = at + 1;
            if (*got == rows) break;
        }
    }
    if (*got < rows && s->begin + s->row < s->end) return fail_length(s, err);
    return MICA_OK;
}

/* ---- pieces ---- */

typedef struct counting {
    const char *begin, *end;
    int64_t each;
    int64_t *newlines;
    bool *quotes;
} counting;

static void count_piece(void *arg, int64_t piece, int64_t until) {
    const counting *c = arg;
    for (; piece < until; piece++) {
        const char *at = c->begin + piece * c->each;
        const char *end = c->end - at > c->each ? at + c->each : c->end;
        uint64_t quotes = 0;
        int64_t lines = 0;
        for (; at < end; at += 64) {
            uint64_t use = below((size_t)(end - at));
            quotes |= csv_mask(at, '"') & use;
            lines += csv_bits(csv_mask(at, '\n') & use);
        }
        c->newlines[piece] = lines;
        c->quotes[piece] = quotes != 0;
    }
}

/* Each piece begins behind the first newline at or behind its place. */
static void cut_plain(const counting *c, int count, csv_piece *pieces, int64_t *rows) {
    const char *begin = c->begin;
    int64_t before = 0, lines = 0;
    for (int i = 0; i < count; i++) {
        const char *place = c->begin + (i + 1) * c->each;
        const char *end = i + 1 == count || place >= c->end
                              ? c->end
                              : (const char *)memchr(place - 1, '\n',
                                                     (size_t)(c->end - place + 1)) +
                                    1;
        lines += c->newlines[i];
        int64_t until = end == c->end ? INT64_MAX : lines + (end > place);
        if (end < begin) end = begin; /* one row is longer than a piece */
        pieces[i] = (csv_piece){.begin = begin, .end = end, .first = before};
        if (end > begin) before = until;
        begin = end;
    }
    *rows = 0;
    for (int i = 0; i < count; i++) *rows += c->newlines[i];
    for (int i = 0; i < count; i++)
        if (pieces[i].first > *rows) pieces[i].first = *rows;
}

/* Where a quoted cell is open, going from quote to quote. */
typedef struct quoting {
    const char *opened, *skip; /* the quote that opened it; one that belongs to the one before */
} quoting;

static inline void step_quote(quoting *q, const char *at, const char *begin, char separator) {
    if (at == q->skip) return;
    if (!q->opened) {
        char before = at == begin ? '\n' : at[-1];
        if (before == '\n' || before == separator) q->opened = at;
    } else if (at[1] == '"') {
        q->skip = at + 1;
    } else {
        q->opened = NULL;
    }
}

/* The same with quotes: one thread goes through all of it. */
static mica_status cut_quoted(const csv_text *csv, const counting *c, int count, csv_piece *pieces,
                              int64_t *rows, mica_error *err) {
    const char *begin = c->begin;
    quoting q = {NULL, NULL};
    int64_t lines = 0, first = 0;
    int n = 0;
    for (const char *block = c->begin; block < c->end; block += 64) {
        uint64_t newlines = csv_mask(block, '\n');
        uint64_t bits = (newlines | csv_mask(block, '"')) & below((size_t)(c->end - block));
        for (; bits; bits &= bits - 1) {
            const char *at = block + __builtin_ctzll(bits);
            if (*at == '"') {
                step_quote(&q, at, c->begin, csv->separator);
                continue;
            }
            if (q.opened) continue;
            lines++;
            if (n + 1 < count && at >= c->begin + (n + 1) * c->each) {
                pieces[n++] = (csv_piece){.begin = begin, .end = at + 1, .first = first};
                begin = at + 1, first = lines;
            }
        }
    }
    if (q.opened)
        return fail(err, MICA_FORMAT, "%s:%lld: a quote opens here, and nothing closes it",
                    csv->name, (long long)text_line(csv->text, q.opened));
    pieces[n++] = (csv_piece){.begin = begin, .end = c->end, .first = first};
    for (; n < count; n++) pieces[n] = (csv_piece){.begin = c->end, .end = c->end, .first = lines};
    *rows = lines;
    return MICA_OK;
}

const char *csv_rows_end(const csv_text *csv, const char *begin, const char *end) {
    const char *last = NULL;
    quoting q = {NULL, NULL};
    if (begin == end) return NULL;
    if (!memchr(begin, '"', (size_t)(end - begin))) {
        last = memrchr(begin, '\n', (size_t)(end - begin));
        return last ? last + 1 : NULL;
    }
    for (const char *block = begin; block < end; block += 64) {
        uint64_t newlines = csv_mask(block, '\n');
        uint64_t bits = (newlines | csv_mask(block, '"')) & below((size_t)(end - block));
        for (; bits; bits &= bits - 1) {
            const char *at = block + __builtin_ctzll(bits);
            if (*at == '"') step_quote(&q, at, begin, csv->separator);
            else if (!q.opened) last = at + 1;
        }
    }
    return last;
}

static mica_status split(csv_text *csv, counting *c, team *team, csv_piece *pieces, int count,
                         int64_t *rows, mica_error *err) {
    parallel_for(team, count, 1, count_piece, c);
    csv->quoted = false;
    for (int i = 0; i < count; i++) csv->quoted |= c->quotes[i];
    if (csv->quoted) TRY(cut_quoted(csv, c, count, pieces, rows, err));
    else cut_plain(c, count, pieces, rows);
    for (int i = 0; i < count; i++)
        if (pieces[i].end - pieces[i].begin > (int64_t)UINT32_MAX - 64)
            return fail(err, MICA_UNSUPPORTED, "%s: a row of more than 4 GiB", csv->name);
    return MICA_OK;
}

mica_status csv_split(csv_text *csv, const char *begin, team *team, csv_piece *pieces, int most,
                      int *count, int64_t *rows, mica_error *err) {
    enum { LEAST = 1 << 17 };
    const char *end = csv->text->bytes + csv->text->size;
    int64_t size = end - begin, wanted = size / LEAST + 1;
    *count = wanted < most ? (int)wanted : most;
    counting c = {.begin = begin, .end = end, .each = (size + *count - 1) / *count};
    if (c.each < 1) c.each = 1;
    c.newlines = allocate((size_t)*count, sizeof *c.newlines);
    c.quotes = allocate((size_t)*count, sizeof *c.quotes);
    mica_status status = c.newlines && c.quotes ? split(csv, &c, team, pieces, *count, rows, err)
                                                : fail_no_memory(err, csv->name);
    free(c.newlines);
    free(c.quotes);
    return status;
}
