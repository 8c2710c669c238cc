/* Finding personal data: see personal.h. Every finder is asked at every byte; what they say is
 * sorted by certainty, and each find takes its bytes unless they are taken. */
#include "transform/personal_text.h"

#include "base/memory.h"

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

/* Letters of either case; other bytes as they are. */
static bool same_word(const char *s, const char *word, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (upper(s[i]) != upper(word[i])) return false;
    return true;
}

/* A cue of letters is a word of its own, or the beginning of one. */
static bool has_cue(const char *s, size_t at, const char *cues) {
    size_t from = at > CUE_BYTES ? at - CUE_BYTES : 0;
    for (size_t length; *cues; cues += length + (cues[length] == '|')) {
        length = strcspn(cues, "|");
        for (size_t i = from; i + length <= at; i++)
            if (same_word(s + i, cues, length) &&
                (!is_letter(cues[0]) || i == 0 || !is_letter(s[i - 1])))
                return true;
    }
    return false;
}

static mica_status note(personal_spans *out, personal_kind k, const char *s, const found *f,
                        double least, mica_error *err) {
    double certainty = f->certainty > 0 ? f->certainty : kinds[k].certainty;
    if (kinds[k].with_cue > certainty && has_cue(s, f->begin, kinds[k].cues))
        certainty = kinds[k].with_cue;
    if (certainty < least) return MICA_OK;
    if (!grow(&out->item, &out->room, out->count + 1, sizeof *out->item))
        return fail_memory(err, (out->count + 1) * sizeof *out->item, "personal data");
    out->item[out->count++] = (personal_span){f->begin, f->end - f->begin, k, certainty};
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

/* Keeps those whose bytes are free. Every accepted span is longer than half of none: its bytes are
 * looked at once for each find that begins or ends in it, so spans are short (see MOST_BYTES). */
static mica_status drop_overlaps(personal_spans *s, size_t length, mica_error *err) {
    char *taken = s->count ? allocate(length, 1) : NULL;
    size_t kept = 0;
    if (!s->count) return MICA_OK;
    if (!taken) return fail_memory(err, length, "personal data");
    qsort(s->item, s->count, sizeof *s->item, by_certainty);
    for (size_t i = 0; i < s->count; i++) {
        personal_span one = s->item[i];
        if (memchr(taken + one.at, 1, one.length)) continue;
        memset(taken + one.at, 1, one.length);
        s->item[kept++] = one;
    }
    free(taken);
    s->count = kept;
    qsort(s->item, s->count, sizeof *s->item, by_place);
    return MICA_OK;
}

mica_status personal_find(const char *text, size_t length, double certainty, personal_spans *out,
                          mica_error *err) {
    mica_status status = MICA_OK;
    out->count = 0;
    for (size_t at = 0; at < length && status == MICA_OK; at++)
        for (int k = 0; k < PERSONAL_KINDS && status == MICA_OK; k++) {
            found f = {.begin = at};
            if (kinds[k].find(text, length, at, &f))
                status = note(out, (personal_kind)k, text, &f, certainty, err);
        }
    if (status == MICA_OK) status = drop_overlaps(out, length, err);
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
