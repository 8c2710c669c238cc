/* Finding personal data: see personal.h. Every finder is asked at every byte; what they say is
 * sorted by certainty, and each find takes those of its bytes that are not taken. */
#include "transform/personal_text.h"

#include "base/memory.h"
#include "base/strbuf.h"
#include "transform/fold_text.h"

#include <stdlib.h>
#include <string.h>

#define CUE_BYTES 40 /* how far before a find a cue may stand */

typedef struct kind {
    const char *name, *cues, *what;
    double certainty, with_cue;
    personal_finder *find;
} kind;

#define PERSONAL(name, certainty, with_cue, cues, what)                                            \
    {#name, cues, what, certainty, with_cue, find_##name},
static const kind kinds[] = {
#include "transform/personal.def"
};
#undef PERSONAL

const char *personal_kind_name(personal_kind k) { return kinds[k].name; }
const char *personal_kind_what(personal_kind k) { return kinds[k].what; }

void personal_spans_free(personal_spans *s) {
    free(s->item);
    *s = (personal_spans){0};
}

bool personal_spans_add(personal_spans *s, personal_span one) {
    if (!grow(&s->item, &s->room, s->count + 1, sizeof *s->item)) return false;
    s->item[s->count++] = one;
    return true;
}

/* Letters of either case; other bytes as they are. */
static bool same_word(const char *s, const char *word, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (upper(s[i]) != upper(word[i])) return false;
    return true;
}

/* A cue of letters is a word of its own, or the beginning of one; a short one begins too many. */
static bool is_cue(const char *s, size_t at, size_t end, size_t length) {
    if (!is_letter(s[at])) return true;
    if (at > 0 && is_letter(s[at - 1])) return false;
    return length > 3 || at + length == end || !is_letter(s[at + length]);
}

static bool has_cue(const char *s, size_t at, const char *cues) {
    size_t from = at > CUE_BYTES ? at - CUE_BYTES : 0;
    for (size_t length; *cues; cues += length + (cues[length] == '|')) {
        length = strcspn(cues, "|");
        for (size_t i = from; i + length <= at; i++)
            if (same_word(s + i, cues, length) && is_cue(s, i, at, length)) return true;
    }
    return false;
}

static mica_status note(personal_spans *out, personal_kind k, const char *s, const found *f,
                        double least, mica_error *err) {
    double certainty = f->certainty > 0 ? f->certainty : kinds[k].certainty;
    if (kinds[k].with_cue > certainty && has_cue(s, f->begin, kinds[k].cues))
        certainty = kinds[k].with_cue;
    if (certainty < least) return MICA_OK;
    if (!personal_spans_add(out, (personal_span){f->begin, f->end - f->begin, k, certainty, false}))
        return fail_memory(err, (out->count + 1) * sizeof *out->item, "personal data");
    return MICA_OK;
}

static int by_certainty(const void *a, const void *b) {
    const personal_span *x = a, *y = b;
    if (x->certainty != y->certainty) return x->certainty < y->certainty ? 1 : -1;
    if (x->length != y->length) return x->length < y->length ? 1 : -1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

static int by_place(const void *a, const void *b) {
    const personal_span *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Letters and digits of any script; what is neither tells nothing of anybody. */
static bool is_readable(const char *text, size_t at, size_t end) {
    for (; at < end; at++)
        if (is_word(text[at]) || (unsigned char)text[at] >= 0x80) return true;
    return false;
}

/* Adds what no surer span has taken of this one: all of it, or the rests beside those. */
static bool take_free(personal_spans *out, char *taken, const char *text, personal_span one) {
    size_t end = one.at + one.length;
    bool whole = !memchr(taken + one.at, 1, one.length);
    for (size_t at = one.at, to; at < end; at = to) {
        const char *next = memchr(taken + at, !taken[at], end - at);
        to = next ? (size_t)(next - taken) : end;
        if (taken[at] || (!whole && !is_readable(text, at, to))) continue;
        memset(taken + at, 1, to - at);
        const personal_span piece = {at, to - at, one.kind, one.certainty, one.rest || !whole};
        if (!personal_spans_add(out, piece)) return false;
    }
    return true;
}

/* The bytes of a span are looked at once for each find that overlaps it, so spans are short (see
 * MOST_BYTES). */
mica_status personal_spans_settle(personal_spans *s, const char *text, size_t length,
                                  mica_error *err) {
    char *taken = s->count ? allocate(length, 1) : NULL;
    personal_spans settled = {0};
    if (!s->count) return MICA_OK;
    bool made = taken != NULL;
    qsort(s->item, s->count, sizeof *s->item, by_certainty);
    for (size_t i = 0; i < s->count && made; i++)
        made = take_free(&settled, taken, text, s->item[i]);
    free(taken);
    personal_spans_free(s);
    *s = settled;
    if (!made) return fail_memory(err, length, "personal data");
    qsort(s->item, s->count, sizeof *s->item, by_place);
    return MICA_OK;
}

static mica_status find_in(const char *text, size_t length, double certainty, const bool *wanted,
                           personal_spans *out, mica_error *err) {
    for (size_t at = 0; at < length; at++)
        for (int k = 0; k < PERSONAL_KINDS; k++) {
            found f = {.begin = at};
            if ((!wanted || wanted[k]) && kinds[k].find(text, length, at, &f))
                TRY(note(out, (personal_kind)k, text, &f, certainty, err));
        }
    return personal_spans_settle(out, text, length, err);
}

/* ---- full-width letters ---- */

/* Punctuation stays: finders know "：" from ":". */
static int32_t narrowed(int32_t c) {
    int32_t narrow = narrow_letter(c);
    if (narrow == c || narrow >= 0x80) return c;
    return is_word((char)narrow) || strchr("@.-+", (char)narrow) ? narrow : c;
}

static bool has_wide(const char *text, size_t length) {
    const char *end = text + length;
    while (text < end && (text = memchr(text, 0xEF, (size_t)(end - text)))) {
        if (end - text >= 3 && narrowed(utf8_next(text, 3, &(size_t){0})) < 0x80) return true;
        text++;
    }
    return false;
}

/* The text with what is narrowed; from[i]: where its byte i comes from. */
static mica_status narrow_text(const char *text, size_t length, strbuf *out, size_t *from,
                               mica_error *err) {
    for (size_t at = 0; at < length;) {
        size_t before = at;
        int32_t c = utf8_next(text, length, &at), narrow = narrowed(c);
        size_t kept = narrow == c ? at - before : 1;
        for (size_t i = 0; i < kept; i++) from[out->length + i] = before + i;
        strbuf_put(out, narrow == c ? text + before : &(char){(char)narrow}, kept);
    }
    from[out->length] = length;
    return out->failed ? fail_no_memory(err, "personal data") : MICA_OK;
}

static mica_status find_narrowed(const char *text, size_t length, double certainty,
                                 const bool *wanted, personal_spans *out, mica_error *err) {
    strbuf narrow = {0};
    size_t *from = allocate(length + 1, sizeof *from);
    if (!from) return fail_memory(err, (length + 1) * sizeof *from, "personal data");
    mica_status status = narrow_text(text, length, &narrow, from, err);
    if (status == MICA_OK)
        status = find_in(narrow.data, narrow.length, certainty, wanted, out, err);
    for (size_t i = 0; i < out->count && status == MICA_OK; i++) {
        personal_span *s = &out->item[i];
        size_t end = from[s->at + s->length];
        s->at = from[s->at];
        s->length = end - s->at;
    }
    strbuf_free(&narrow);
    free(from);
    return status;
}

mica_status personal_find(const char *text, size_t length, double certainty, const bool *wanted,
                          personal_spans *out, mica_error *err) {
    out->count = 0;
    mica_status status = has_wide(text, length)
                             ? find_narrowed(text, length, certainty, wanted, out, err)
                             : find_in(text, length, certainty, wanted, out, err);
    if (status != MICA_OK) out->count = 0;
    return status;
}

/* ---- what finders share ---- */

bool begins_word(const char *s, size_t at) {
    if (at == 0) return true;
    if (is_word(s[at - 1])) return false;
    bool joined = s[at - 1] == '.' || s[at - 1] == '-'; /* 1.23, 4-56: a part of a number */
    return !(joined && at > 1 && is_digit(s[at - 2]));
}

bool ends_word(const char *s, size_t n, size_t end) {
    if (end >= n) return true;
    if (is_word(s[end])) return false;
    bool joined = s[end] == '.' || s[end] == '-';
    return !(joined && end + 1 < n && is_digit(s[end + 1]));
}

size_t read_digits(const char *s, size_t n, size_t at, const char *separators, int count,
                   int *digits) {
    for (int i = 0; i < count; i++, at++) {
        if (i && at < n && s[at] && strchr(separators, s[at])) at++;
        if (at >= n || !is_digit(s[at])) return 0;
        digits[i] = s[at] - '0';
    }
    return at;
}

int64_t number_of(const int *digits, int count) {
    int64_t n = 0;
    for (int i = 0; i < count; i++) n = 10 * n + digits[i];
    return n;
}

bool is_date(int year, int month, int day) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap);
}

bool passes_luhn(const int *digits, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) {
        int d = digits[count - 1 - i];
        if (i % 2) d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

/* U+4E00 … U+9FFF is e4 b8 80 … e9 bf bf. */
bool is_han(const char *s, size_t n, size_t at) {
    if (n - at < 3 || at >= n) return false;
    unsigned char a = (unsigned char)s[at], b = (unsigned char)s[at + 1],
                  c = (unsigned char)s[at + 2];
    bool tail = (b & 0xC0) == 0x80 && (c & 0xC0) == 0x80;
    return tail && a >= 0xE4 && a <= 0xE9 && !(a == 0xE4 && b < 0xB8);
}

bool has_word(const char *s, size_t n, size_t at, const char *word) {
    size_t length = strlen(word);
    return at <= n && length <= n - at && !memcmp(s + at, word, length);
}

size_t any_word(const char *s, size_t n, size_t at, const char *words) {
    size_t best = 0, left = at < n ? n - at : 0;
    while (left && *words) { /* asked at every byte: most words differ in their first bytes */
        size_t i = 0;
        while (i < left && words[i] && words[i] != '|' && words[i] == s[at + i]) i++;
        if ((!words[i] || words[i] == '|') && i > best) best = i;
        words = strchrnul(words + i, '|');
        words += *words == '|';
    }
    return best;
}
