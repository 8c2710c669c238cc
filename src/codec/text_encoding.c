/* Encodings of texts: see text_encoding.h. */
#include "codec/text_encoding.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const text_mark marks[] = {{"\xef\xbb\xbf", 3, "utf-8", NULL},
                                  {"\xff\xfe\0", 4, "utf-32", "UTF-32LE"},
                                  {"\xff\xfe", 2, "utf-16", "UTF-16LE"},
                                  {"\xfe\xff", 2, "utf-16", "UTF-16BE"}};

const text_mark *text_mark_of(const char *bytes, size_t size) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size >= marks[i].length && !memcmp(bytes, marks[i].bytes, marks[i].length))
            return &marks[i];
    return NULL;
}

static bool is_utf8(const char *encoding) {
    return !strcasecmp(encoding, "utf-8") || !strcasecmp(encoding, "utf8");
}

const char *text_converted_from(const char *given, const text_mark *mark) {
    const char *from = given && !is_utf8(given) ? given : NULL;
    const bool other = from && strncasecmp(from, "utf", 3); /* the mark tells which UTF */
    return mark && mark->from && !other ? mark->from : from;
}

int text_look(const char *bytes, size_t size) {
    unsigned char high = 0, zero = 0;
    size_t i = 0;
#ifdef __SSE2__
    __m128i all = _mm_setzero_si128(), none = all;
    for (; i + 16 <= size; i += 16) {
        __m128i b = _mm_loadu_si128((const __m128i *)(bytes + i));
        all = _mm_or_si128(all, b);
        none = _mm_or_si128(none, _mm_cmpeq_epi8(b, _mm_setzero_si128()));
    }
    high = _mm_movemask_epi8(all) ? 0x80 : 0;
    zero = _mm_movemask_epi8(none) != 0;
#endif
    for (; i < size; i++) {
        high |= (unsigned char)bytes[i];
        zero |= !bytes[i];
    }
    return (high & 0x80 ? TEXT_OTHER : 0) | (zero ? TEXT_ZERO : 0);
}

int64_t text_lines(const char *bytes, size_t size) {
    int64_t lines = 0;
    for (const char *at = bytes, *end = at + size;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
        lines++;
    return lines;
}

void gb_add(gb_count *g, const char *bytes, size_t size) {
    const unsigned char *b = (const unsigned char *)bytes;
    for (size_t i = 0; i < size; i++) {
        if (g->first) {
            g->common += g->first >= 0xA1 && g->first <= 0xF7 && b[i] >= 0xA1;
            g->odd += g->first >= 0xA4 && g->first <= 0xAF;
            g->first = 0;
        } else if (b[i] >= 0x80) {
            g->all++;
            g->first = b[i];
        }
    }
}

bool gb_likely(const gb_count *g) {
    return g->all && g->common * 10 >= g->all * 8 && g->odd * 10 <= g->all;
}

/* ---- what is said ---- */

const char text_with_nul[] = "a NUL byte: this is no text, or text in another encoding";
const char *text_of_neither(const char *given) {
    return given ? "not UTF-8, as which it was to be read"
                 : "neither UTF-8 nor, as it seems, GB18030: say which encoding it is";
}

mica_status text_fail(const char *name, int64_t line, char byte, uint64_t place, const char *what,
                      mica_error *err) {
    return fail(err, MICA_FORMAT, "%s:%lld: %s (byte 0x%02x at %llu)", name, (long long)line, what,
                (unsigned char)byte, (unsigned long long)place);
}

mica_status text_fail_converting(const char *name, int64_t line, char byte, uint64_t place,
                                 const char *encoding, bool cut, mica_error *err) {
    char what[128];
    snprintf(what, sizeof what, "no text in the encoding %s%s", encoding,
             cut ? ": it is cut short" : "");
    return text_fail(name, line, byte, place, what, err);
}

mica_status text_fail_unknown(const char *name, const char *encoding, mica_error *err) {
    return fail(err, MICA_VALUE, "%s: the encoding %s is not known", name, encoding);
}
