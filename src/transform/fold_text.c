/* Texts in one spelling: see fold_text.h. */
#include "transform/fold_text.h"

#include "transform/fold_kana.h"

int32_t utf8_next(const char *text, size_t length, size_t *at) {
    const unsigned char *s = (const unsigned char *)text + *at;
    size_t left = length - *at, n = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    ++*at;
    if (n == 1) return s[0];
    if (s[0] < 0xC2 || s[0] > 0xF4 || n > left) return -1;
    int32_t c = s[0] & (0x7F >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return -1;
        c = c << 6 | (s[i] & 0x3F);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return -1;
    *at += n - 1;
    return c;
}

static void put(strbuf *out, int32_t c) {
    char b[4];
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = n - 1; i > 0; i--, c >>= 6) b[i] = (char)(0x80 | (c & 0x3F));
    b[0] = (char)(first[n] | c);
    strbuf_put(out, b, (size_t)n);
}

bool is_space(int32_t c) {
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

/* ---- case: ranges of capitals; the small letters are `by` behind them, or every other letter ----
 */

typedef struct letters {
    int32_t first, last;
    int by; /* 1: capital and small letter by turns */
} letters;

static const letters capitals[] = {
    {'A', 'Z', 32},       {0xC0, 0xD6, 32},   {0xD8, 0xDE, 32},    {0x100, 0x12F, 1},
    {0x132, 0x137, 1},    {0x139, 0x148, 1},  {0x14A, 0x177, 1},   {0x179, 0x17E, 1},
    {0x1CD, 0x1DC, 1},    {0x1DE, 0x1EF, 1},  {0x1F8, 0x21F, 1},   {0x222, 0x233, 1},
    {0x386, 0x386, 38},   {0x388, 0x38A, 37}, {0x38C, 0x38C, 64},  {0x38E, 0x38F, 63},
    {0x391, 0x3A1, 32},   {0x3A3, 0x3AB, 32}, {0x400, 0x40F, 80},  {0x410, 0x42F, 32},
    {0x460, 0x481, 1},    {0x48A, 0x4BF, 1},  {0x4C0, 0x4C0, 15},  {0x4C1, 0x4CE, 1},
    {0x4D0, 0x52F, 1},    {0x531, 0x556, 48}, {0x1E00, 0x1E95, 1}, {0x1EA0, 0x1EFF, 1},
    {0xFF21, 0xFF3A, 32},
};

int32_t lower_letter(int32_t c) {
    if (c == 0x178) return 0xFF;
    if (c == 0x1E9E) return 0xDF; /* capital sharp s; the small one has no capital of one letter */
    for (size_t i = 0; i < LENGTH(capitals); i++) {
        const letters *l = &capitals[i];
        if (c < l->first || c > l->last) continue;
        return l->by > 1 ? c + l->by : c + !((c - l->first) & 1);
    }
    return c;
}

int32_t upper_letter(int32_t c) {
    if (c == 0xFF) return 0x178;
    if (c == 0x3C2) return 0x3A3; /* the sigma at the end of a word */
    for (size_t i = 0; i < LENGTH(capitals); i++) {
        const letters *l = &capitals[i];
        int by = l->by > 1 ? l->by : 0;
        if (c < l->first + by || c > l->last + by) continue;
        return by ? c - by : c - ((c - l->first) & 1);
    }
    return c;
}

/* ---- width ---- */

int32_t narrow_letter(int32_t c) {
    static const uint16_t signs[] = {0xA2, 0xA3, 0xAC, 0, 0xA6, 0xA5, 0x20A9};
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    if (c == 0x3000) return ' ';
    if (c >= 0xFFE0 && c <= 0xFFE6 && signs[c - 0xFFE0]) return signs[c - 0xFFE0];
    return c;
}

/* The kana with the mark behind it; 0: they do not go together. */
static int32_t with_mark(int32_t kana, bool half_circle) {
    bool h_row = kana >= 0x30CF && kana <= 0x30DB && (kana - 0x30CF) % 3 == 0;
    if (half_circle) return h_row ? kana + 2 : 0;
    if (h_row) return kana + 1;
    if (kana >= 0x30AB && kana <= 0x30C1) return (kana - 0x30AB) % 2 == 0 ? kana + 1 : 0;
    if (kana == 0x30C4 || kana == 0x30C6 || kana == 0x30C8) return kana + 1;
    return kana == 0x30A6 ? 0x30F4 : kana == 0x30EF ? 0x30F7 : kana == 0x30F2 ? 0x30FA : 0;
}

/* The character at byte *at in the width that it shall have. */
static int32_t next_wide(const char *text, size_t length, size_t *at) {
    int32_t c = utf8_next(text, length, at);
    if (c < 0xFF61 || c > 0xFF9F) return narrow_letter(c);
    int32_t kana = full_kana[c - 0xFF61];
    size_t behind = *at;
    int32_t mark = *at < length ? utf8_next(text, length, &behind) : 0;
    int32_t both = mark == 0xFF9E || mark == 0xFF9F ? with_mark(kana, mark == 0xFF9F) : 0;
    if (!both) return kana;
    *at = behind;
    return both;
}

/* ---- all of it ---- */

void fold_text(const folding *f, const char *text, size_t length, strbuf *out) {
    size_t begin = out->length, kept = out->length; /* kept: up to the last that is no blank */
    bool blank = false;
    for (size_t at = 0, from; at < length;) {
        from = at;
        int32_t c = f->width ? next_wide(text, length, &at) : utf8_next(text, length, &at);
        if (c < 0) { /* as it is */
            strbuf_put(out, text + from, 1);
            kept = out->length;
            blank = false;
            continue;
        }
        bool space = is_space(c);
        if (space && ((f->trim && out->length == begin) || (f->spaces && blank))) continue;
        blank = space;
        c = space && f->spaces         ? ' '
            : f->letters == CASE_LOWER ? lower_letter(c)
            : f->letters == CASE_UPPER ? upper_letter(c)
                                       : c;
        put(out, c);
        if (!space) kept = out->length;
    }
    if (f->trim && out->length > kept) out->length = kept;
}
