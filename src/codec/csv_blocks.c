/* CSV in blocks: see csv_blocks.h. A stretch of the file lies in a buffer; what is behind its last
 * whole row goes to the front before the next stretch is read. */
#include "codec/csv_blocks.h"

#include "base/fingerprint.h"
#include "codec/csv_inside.h"
#include "codec/unpack.h"
#include "table/distinct.h"

#include <stdlib.h>
#include <strings.h>

enum { HEAD = 1 << 20 }; /* bytes in which the separator and the names are looked for */

typedef struct csv_source {
    file_reader file;
    char *path;
    csv_text csv;
    text_file text; /* whole rows, in the buffer */
    team *team;
    size_t each, filled, room; /* bytes: of a block, in the buffer, that fit */
    uint64_t at;               /* what is read next */
    uint64_t first;            /* where the rows begin, and the lines before them */
    int64_t lines;
    int64_t passed;    /* rows of the blocks that were given */
    bool plain, given; /* plain: all is UTF-8; given: a block */
    mica_table *head;
    int *seen;
    distinct_counter *texts; /* of each column; NULL once types are found */
    bool *other;             /* a block's cells were no texts: they were not counted */
} csv_source;

/* ---- the buffer ---- */

static bool make_room(csv_source *s, size_t bytes) {
    if (bytes <= s->room) return true;
    char *larger = realloc(s->text.block, bytes + 2 * TEXT_MARGIN + 1);
    if (!larger) return false;
    memset(larger, 0, TEXT_MARGIN);
    s->text.block = larger;
    s->text.bytes = larger + TEXT_MARGIN;
    s->room = bytes;
    return true;
}

static void rewind_rows(csv_source *s) {
    s->at = s->first;
    s->filled = s->text.size = 0;
    s->text.lines = s->lines;
    s->given = false;
    s->passed = 0;
}

static mica_status read_more(csv_source *s, size_t until, mica_error *err) {
    uint64_t left = s->file.size - s->at;
    size_t count = until <= s->filled         ? 0
                   : until - s->filled < left ? until - s->filled
                                              : (size_t)left;
    if (!make_room(s, s->filled + count)) return fail_memory(err, s->filled + count, s->path);
    TRY(file_read_at(&s->file, s->at, s->text.bytes + s->filled, count, err));
    s->filled += count;
    s->at += count;
    return MICA_OK;
}

static int64_t count_lines(const text_file *text) {
    int64_t lines = 0;
    for (size_t i = 0; i < text->size; i += 64) {
        size_t left = text->size - i;
        uint64_t use = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        lines += csv_bits(csv_mask(text->bytes + i, '\n') & use);
    }
    return lines;
}

/* The next whole rows; none at the end. */
static mica_status next_rows(csv_source *s, mica_error *err) {
    size_t until = s->each, rest = s->filled - s->text.size;
    s->text.lines += count_lines(&s->text);
    if (rest) memmove(s->text.bytes, s->text.bytes + s->text.size, rest);
    s->filled = rest;
    s->text.size = 0;
    while (s->text.size == 0) {
        TRY(read_more(s, until, err));
        char *bytes = s->text.bytes;
        if (s->at == s->file.size) {
            if (s->filled && bytes[s->filled - 1] != '\n') bytes[s->filled++] = '\n';
            memset(bytes + s->filled, 0, TEXT_MARGIN);
            s->text.size = s->filled;
            return MICA_OK;
        }
        const char *end = csv_rows_end(&s->csv, bytes, bytes + s->filled);
        s->text.size = end ? (size_t)(end - bytes) : 0;
        until = s->filled * 2;
    }
    return MICA_OK;
}

/* ---- blocks ---- */

static mica_status parse(csv_source *s, csv_reading how, mica_table **out, mica_error *err) {
    mica_table *t = table_head(s->head);
    if (!t) return fail_no_memory(err, s->path);
    mica_status status = csv_rows(&s->csv, s->text.bytes, s->team, t, &how, err);
    for (int i = 0; i < t->count && how.typed; i++) {
        const table_column *all = &s->head->column[i];
        t->column[i].type = all->type; /* a category, or a text, as in the whole */
        t->column[i].timed = all->timed, t->column[i].zoned = all->zoned;
    }
    if (status == MICA_OK) *out = t;
    else mica_table_destroy(&t);
    return status;
}

static mica_status begin(table_blocks *b, bool last, mica_error *err) {
    (void)last, (void)err;
    rewind_rows(b->state);
    return MICA_OK;
}

static mica_status next(table_blocks *b, mica_table **block, mica_error *err) {
    csv_source *s = b->state;
    *block = NULL;
    TRY(next_rows(s, err));
    const bool end = !s->text.size;
    if (!end || !s->given) {
        TRY(parse(s, (csv_reading){.typed = true, .wanted = b->wanted}, block, err));
        s->passed += (*block)->rows;
    }
    s->given = true;
    /* What was decided of row n would be done to another one. */
    if (s->passed <= b->rows && (!end || s->passed == b->rows)) return MICA_OK;
    mica_table_destroy(block);
    return fail(err, MICA_IO, "%s: it changed while it was read: it had %lld rows", s->path,
                (long long)b->rows);
}

/* ---- the first time: types ---- */

static bool count_texts(csv_source *s, const mica_table *block) {
    size_t length;
    for (int i = 0; i < block->count; i++) {
        const table_column *c = &block->column[i];
        if (!is_text(c->type)) {
            s->other[i] = s->other[i] || c->missing < block->rows;
            continue;
        }
        for (int32_t k = 0; k < c->texts.count; k++) {
            const char *text = text_at(&c->texts, k, &length);
            if (!distinct_add(&s->texts[i], fingerprint64(text, length))) return false;
        }
    }
    return true;
}

/* Goes through all rows; *rows how many. */
static mica_status look(csv_source *s, bool typed, int64_t *rows, mica_error *err) {
    mica_status status;
    *rows = 0;
    rewind_rows(s);
    while ((status = next_rows(s, err)) == MICA_OK && s->text.size) {
        mica_table *block;
        if (!typed && !(s->plain = text_is_utf8(s->text.bytes, s->text.size))) return MICA_OK;
        TRY(parse(s, (csv_reading){.seen = typed ? NULL : s->seen, .typed = typed}, &block, err));
        bool done = count_texts(s, block);
        for (int i = 0; i < block->count && !typed; i++)
            s->head->column[i].missing += block->column[i].missing;
        *rows += block->rows;
        mica_table_destroy(&block);
        if (!done) return fail_no_memory(err, s->path);
    }
    return status;
}

/* -1: at most half of the cells are different: a category; 1: more are; 0: not told yet. */
static int compare(const csv_source *s, int i, int64_t rows) {
    return distinct_compare(&s->texts[i], (double)(rows - s->head->column[i].missing) / 2);
}

/* The different texts of column i, share by share: as many times as there are shares. */
static mica_status count_shares(csv_source *s, int i, int64_t rows, mica_error *err) {
    uint64_t shares = s->texts[i].mask + 1;
    int64_t count = 0, again;
    for (uint64_t k = 0; k < shares; k++) {
        distinct_free(&s->texts[i]);
        s->texts[i] = (distinct_counter){.mask = shares - 1, .share = k, .fixed = true};
        TRY(look(s, true, &again, err));
        count += (int64_t)s->texts[i].count;
    }
    s->head->column[i].type = count * 2 <= rows - s->head->column[i].missing ? MICA_COLUMN_CATEGORY
                                                                             : MICA_COLUMN_TEXT;
    return MICA_OK;
}

/* What columns of texts are, as column_merge tells it of a table in memory. */
static mica_status tell_texts(csv_source *s, int64_t rows, mica_error *err) {
    bool again = false;
    int64_t same;
    for (int i = 0; i < s->head->count; i++) {
        if (!is_text(s->head->column[i].type) || !s->other[i]) continue;
        again = true;
        distinct_free(&s->texts[i]);
    }
    if (again) TRY(look(s, true, &same, err));
    for (int i = 0; i < s->head->count; i++) {
        table_column *c = &s->head->column[i];
        if (!is_text(c->type)) continue;
        int told = compare(s, i, rows);
        if (!told) TRY(count_shares(s, i, rows, err));
        else c->type = told < 0 ? MICA_COLUMN_CATEGORY : MICA_COLUMN_TEXT;
    }
    return MICA_OK;
}

static mica_status find_types(csv_source *s, int64_t *rows, mica_error *err) {
    int columns = s->head->count;
    s->seen = allocate((size_t)columns + 1, sizeof *s->seen);
    s->texts = allocate((size_t)columns + 1, sizeof *s->texts);
    s->other = allocate((size_t)columns + 1, sizeof *s->other);
    if (!s->seen || !s->texts || !s->other) return fail_no_memory(err, s->path);
    TRY(look(s, false, rows, err));
    if (!s->plain) return MICA_OK;
    for (int i = 0; i < columns; i++) {
        table_column *c = &s->head->column[i];
        c->type = cell_type(s->seen[i]);
        if (c->type != MICA_COLUMN_DATE) continue;
        c->timed = s->seen[i] & CELL_TIMED, c->zoned = s->seen[i] & CELL_ZONED;
    }
    return tell_texts(s, *rows, err);
}

static void forget_texts(csv_source *s) {
    for (int i = 0; s->texts && s->head && i < s->head->count; i++) distinct_free(&s->texts[i]);
    free(s->texts), free(s->other), free(s->seen);
    s->texts = NULL, s->other = NULL, s->seen = NULL;
}

/* ---- opening ---- */

static void source_free(csv_source *s) {
    forget_texts(s);
    mica_table_destroy(&s->head);
    file_close(&s->file);
    free(s->text.block);
    free(s->path);
    free(s);
}

static void close_source(table_blocks *b) { source_free(b->state); }

static bool is_other_encoding(const char *bytes, size_t size, const char *encoding) {
    if (encoding && strcasecmp(encoding, "utf-8") && strcasecmp(encoding, "utf8")) return true;
    bool marked = size >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2));
    return marked || packed_kind(bytes, size);
}

/* The names; where they cannot be told from the first bytes, *whole becomes true. */
static mica_status read_head(csv_source *s, const char *encoding, csv_options o, bool *whole,
                             mica_error *err) {
    const char *begin;
    TRY(read_more(s, s->each > HEAD ? s->each : HEAD, err));
    if (s->at == s->file.size) s->text.bytes[s->filled++] = '\n'; /* the last line may lack it */
    *whole = is_other_encoding(s->text.bytes, s->filled, encoding);
    if (*whole) return MICA_OK;
    bool marked = s->filled >= 3 && !memcmp(s->text.bytes, "\xef\xbb\xbf", 3);
    text_file front = {.bytes = s->text.bytes + (marked ? 3 : 0),
                       .size = s->filled - (marked ? 3 : 0)};
    const char *end = memrchr(front.bytes, '\n', front.size); /* no half of a line or letter */
    *whole = !end || !text_is_utf8(front.bytes, (size_t)(end + 1 - front.bytes));
    if (*whole) return MICA_OK;
    front.size = (size_t)(end + 1 - front.bytes);
    s->csv = (csv_text){.text = &front, .name = s->path};
    *whole = csv_head(&s->csv, o, &s->head, &begin, NULL) != MICA_OK;
    s->csv.text = &s->text;
    if (*whole) return MICA_OK;
    s->first = (uint64_t)(begin - s->text.bytes);
    s->text.size = s->first;
    s->lines = count_lines(&s->text);
    if (s->first > s->file.size) s->first = s->file.size; /* the newline was ours */
    return MICA_OK;
}

static mica_status open_source(csv_source *s, const char *encoding, csv_options o, bool *whole,
                               table_blocks *out, mica_error *err) {
    int64_t rows = 0;
    *whole = s->file.size <= s->each;
    if (!*whole) TRY(read_head(s, encoding, o, whole, err));
    if (*whole) return MICA_OK;
    TRY(find_types(s, &rows, err));
    *whole = !s->plain;
    if (*whole) return MICA_OK;
    forget_texts(s);
    *out = (table_blocks){s->head, rows, NULL, NULL, s, begin, next, close_source};
    return MICA_OK;
}

mica_status csv_blocks_open(const char *path, const char *encoding, csv_options o, size_t each,
                            team *team, table_blocks *out, mica_error *err) {
    bool whole = true;
    *out = (table_blocks){0};
    csv_source *s = allocate(1, sizeof *s);
    if (!s) return fail_no_memory(err, path);
    *s = (csv_source){.team = team, .each = each, .plain = true, .file.descriptor = -1};
    s->path = strdup(path);
    mica_status status = s->path ? file_open(&s->file, path, err) : fail_no_memory(err, path);
    if (status == MICA_OK) status = open_source(s, encoding, o, &whole, out, err);
    if (status != MICA_OK || whole) source_free(s);
    return status;
}
