/* Names of a row in its texts: see row_names.h. */
#include "batch/row_names.h"

#include "batch/personal_table.h"
#include "data/tabular.h"

#include <string.h>

mica_status name_columns(policy *p, const mica_table *t, mica_error *err) {
    const mica_texts *listed = &p->o.names;
    p->name_count = 0;
    p->name_column = arena_take(&p->memory,
                                sizeof(int) * ((size_t)t->count + LENGTH(listed->values)));
    if (!p->name_column) return fail_no_memory(err, p->name);
    for (int i = 0; i < listed->count; i++) {
        TRY(tabular_find(t, listed->values[i], "names", p->name, &p->name_column[i], err));
        p->name_count = i + 1;
    }
    for (int i = 0; i < t->count && !listed->count; i++) {
        const protection *kind = p->rule[i].kind;
        if (is_text(t->column[i].type) && (kind->drops || kind->apply) &&
            personal_name_column(t->column[i].name))
            p->name_column[p->name_count++] = i;
    }
    return MICA_OK;
}

/* ---- one value ---- */

/* Less than that of a mail address, which may hold the name, more than that of a found name. */
#define CERTAINTY 0.93

typedef struct part {
    const char *at;
    size_t length;
} part;

static bool is_latin(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
static char small(char c) { return is_capital(c) ? (char)(c + 32) : c; }

/* Characters of Chinese and its like alone: three bytes each. */
static bool is_han_text(part p) {
    for (size_t i = 0; i < p.length; i += 3)
        if ((unsigned char)p.at[i] < 0xE3 || (unsigned char)p.at[i] > 0xE9) return false;
    return p.length && p.length % 3 == 0;
}

/* A letter of a word that begins or ends there: Latin, with or without accents. */
static bool is_joined(const char *text, size_t length, size_t at) {
    if (at >= length) return false;
    unsigned char c = (unsigned char)text[at];
    return is_latin(text[at]) || (c >= 0xC3 && c <= 0xC9);
}

static bool joined_before(const char *text, size_t at) {
    if (!at) return false;
    unsigned char lead = at > 1 ? (unsigned char)text[at - 2] : 0;
    return is_latin(text[at - 1]) ||
           (((unsigned char)text[at - 1] & 0xC0) == 0x80 && lead >= 0xC3 && lead <= 0xC9);
}

static bool is_there(const char *text, size_t length, size_t at, part p, bool han, bool capital) {
    if (p.length > length - at) return false;
    for (size_t i = 0; i < p.length; i++)
        if (small(text[at + i]) != small(p.at[i])) return false;
    if (han) return true;
    if (capital && is_latin(p.at[0]) && !is_capital(text[at])) return false;
    return !joined_before(text, at) && !is_joined(text, length, at + p.length);
}

static mica_status search(part p, bool capital, const char *text, size_t length,
                          personal_spans *out, mica_error *err) {
    bool han = is_han_text(p);
    if (p.length < 2 || (han && p.length < 6)) return MICA_OK;
    for (size_t at = 0; at + p.length <= length; at++) {
        if (!is_there(text, length, at, p, han, capital)) continue;
        if (!personal_spans_add(out,
                                (personal_span){at, p.length, PERSONAL_name, CERTAINTY, false}))
            return fail_no_memory(err, "names of a row");
        at += p.length - 1;
    }
    return MICA_OK;
}

/* Words of Latin letters, or a Chinese given name. */
static mica_status search_parts(part p, const char *text, size_t length, personal_spans *out,
                                mica_error *err) {
    static const char between[] = " ,.;\t";
    if (is_han_text(p)) {
        part given = {p.at + p.length - 6, 6};
        return p.length >= 9 ? search(given, false, text, length, out, err) : MICA_OK;
    }
    for (size_t at = 0, end; at < p.length; at = end + 1) {
        for (end = at; end < p.length && !memchr(between, p.at[end], sizeof between - 1);) end++;
        if (end - at >= 2) TRY(search((part){p.at + at, end - at}, true, text, length, out, err));
    }
    return MICA_OK;
}

static part value_of(const mica_table *t, int column, int64_t row) {
    const table_column *c = &t->column[column];
    part p = {0};
    if (!is_text(c->type) || cell_missing(c, row)) return p;
    p.at = text_at(&c->texts, ((int32_t *)c->cells)[row], &p.length);
    while (p.length && (p.at[0] == ' ' || p.at[0] == '\t')) p.at++, p.length--;
    while (p.length && (p.at[p.length - 1] == ' ' || p.at[p.length - 1] == '\t')) p.length--;
    return p;
}

/* 王 and 小明 in two columns are 王小明 in a text. */
static mica_status search_pairs(const part *values, int count, const char *text, size_t length,
                                personal_spans *out, mica_error *err) {
    char both[96];
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++) {
            size_t n = values[a].length;
            if (a == b || !is_han_text(values[a]) || !is_han_text(values[b]) ||
                n + values[b].length > sizeof both)
                continue;
            memcpy(both, values[a].at, n);
            memcpy(both + n, values[b].at, values[b].length);
            TRY(search((part){both, n + values[b].length}, false, text, length, out, err));
        }
    return MICA_OK;
}

mica_status find_row_names(const mica_table *t, const int *columns, int count, int64_t row,
                           const char *text, size_t length, personal_spans *out, mica_error *err) {
    enum { MOST_PAIRED = 8 };
    part values[MOST_PAIRED];
    int paired = 0;
    for (int i = 0; i < count; i++) {
        part p = value_of(t, columns[i], row);
        TRY(search(p, false, text, length, out, err));
        TRY(search_parts(p, text, length, out, err));
        if (paired < MOST_PAIRED && p.length) values[paired++] = p;
    }
    return search_pairs(values, paired, text, length, out, err);
}
