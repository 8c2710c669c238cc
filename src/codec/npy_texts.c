/* npy's texts, read and written: see npy.h. '<U5': five letters of UTF-32, '|S5': five bytes;
 * shorter ones are filled up with zeros, which is why NumPy drops zeros at the end, and so does
 * this. */
#include "codec/npy.h"

#include "base/parallel.h"
#include "base/utf8.h"
#include "codec/bytes.h"

#include <stdlib.h>
#include <string.h>

static uint32_t letter(const npy_header *h, const char *at) {
    const unsigned char *b = (const unsigned char *)at;
    uint32_t c = little32(b);
    return h->swapped ? __builtin_bswap32(c) : c;
}

/* How many letters, or bytes, of an element count. */
static size_t length_of(const npy_header *h, const char *at) {
    size_t unit = h->text == 'U' ? 4 : 1, n = h->item / unit;
    static const char zeros[4];
    while (n > 0 && !memcmp(at + (n - 1) * unit, zeros, unit)) n--;
    return n;
}

static size_t utf8_size(uint32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

static char *put_utf8(char *to, uint32_t c) {
    size_t n = utf8_size(c);
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6) to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(first[n] | c);
    return to + n;
}

static bool is_letter(uint32_t c) { return c < 0xd800 || (c > 0xdfff && c < 0x110000); }

/* Bytes that all texts need. */
static mica_status measure(const npy_header *h, const char *elements, int64_t n, const char *name,
                           size_t *bytes, mica_error *err) {
    *bytes = 0;
    for (int64_t i = 0; i < n; i++) {
        const char *at = elements + (size_t)i * h->item;
        size_t letters = length_of(h, at);
        if (h->text == 'S') *bytes += letters;
        for (size_t k = 0; k < letters && h->text == 'U'; k++) {
            uint32_t c = letter(h, at + 4 * k);
            if (!is_letter(c))
                return fail(err, MICA_FORMAT,
                            "%s: text %lld has 0x%X at place %zu, which is no letter of Unicode",
                            name, (long long)i, c, k);
            *bytes += utf8_size(c);
        }
    }
    return MICA_OK;
}

mica_status npy_texts(const npy_header *h, const char *elements, int64_t n, const char *name,
                      buffer **out, mica_error *err) {
    size_t bytes;
    TRY(measure(h, elements, n, name, &bytes, err));
    bytes += (size_t)n * sizeof(mica_string);
    *out = buffer_new(bytes);
    if (!*out) return fail_memory(err, bytes, name);
    mica_string *texts = (*out)->data;
    char *to = (char *)(texts + n);
    for (int64_t i = 0; i < n; i++) {
        const char *at = elements + (size_t)i * h->item;
        size_t letters = length_of(h, at);
        char *begin = to;
        if (h->text == 'S') memcpy(to, at, letters), to += letters;
        for (size_t k = 0; k < letters && h->text == 'U'; k++)
            to = put_utf8(to, letter(h, at + 4 * k));
        texts[i] = (mica_string){begin, (size_t)(to - begin)};
    }
    return MICA_OK;
}

/* ---- writing ---- */

/* The letters of a text, to `out` unless it is NULL; how many. */
static mica_status put_letters(const mica_string *text, int64_t number, const char *name, char *out,
                               size_t *letters, mica_error *err) {
    *letters = 0;
    for (size_t at = 0, size, wrong; at < text->size; at += size, ++*letters) {
        size = utf8_letter(text->bytes + at, text->size - at, &wrong);
        if (!size)
            return fail(err, MICA_VALUE, "%s: text %lld has 0x%02x at byte %zu, which is no UTF-8",
                        name, (long long)number, (unsigned char)text->bytes[at], at);
        if (out)
            put_little32((unsigned char *)out + 4 * *letters, utf8_value(text->bytes + at, size));
    }
    if (!text->size || text->bytes[text->size - 1]) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: text %lld ends in a zero byte, which NumPy takes for its end",
                name, (long long)number);
}

mica_status npy_texts_encode(const mica_string *texts, int64_t n, const char *name, char **out,
                             size_t *item, mica_error *err) {
    size_t longest = 1, letters;
    for (int64_t i = 0; i < n; i++) {
        TRY(put_letters(&texts[i], i, name, NULL, &letters, err));
        if (letters > longest) longest = letters;
    }
    *item = 4 * longest;
    double bytes = (double)n * (double)*item;
    *out = bytes < (double)memory_available() ? allocate((size_t)n + 1, *item) : NULL;
    if (!*out) return fail_memory(err, (unsigned long long)bytes, name);
    for (int64_t i = 0; i < n; i++)
        put_letters(&texts[i], i, name, *out + (size_t)i * *item, &letters, NULL);
    return MICA_OK;
}
