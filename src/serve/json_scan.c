/* See json_scan.h: structure, texts, single values. */
#include "serve/json_scan.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void scan_open(json_scan *s, const char *text, size_t length, arena *memory, mica_error *err) {
    *s = (json_scan){.begin = text, .at = text, .end = text + length, .memory = memory, .err = err};
}

bool scan_fail(json_scan *s, mica_status code, const char *format, ...) {
    char text[512];
    if (s->status) return false;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->status = fail(s->err, code, "byte %zu: %s", (size_t)(s->at - s->begin), text);
    return false;
}

/* What is found where something else was expected, in few letters that can be shown. */
static const char *found(const json_scan *s, char text[48]) {
    size_t left = (size_t)(s->end - s->at), shown = 0;
    if (!left) return "the end";
    if (*s->at == '"') return "a text";
    if (*s->at == '[') return "a list";
    if (*s->at == '{') return "an object";
    while (shown < left && shown < 24 && s->at[shown] > ' ' && s->at[shown] < 127 &&
           (!shown || !strchr(",]}[{:\"", s->at[shown])))
        shown++;
    if (shown) snprintf(text, 48, "%.*s", (int)shown, s->at);
    else snprintf(text, 48, "byte 0x%02x", (unsigned char)*s->at);
    return text;
}

bool scan_expected(json_scan *s, const char *what) {
    char text[48];
    return scan_fail(s, MICA_FORMAT, "expected %s, found %s", what, found(s, text));
}

static inline void skip_space(json_scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

char scan_peek(json_scan *s) {
    skip_space(s);
    return s->at < s->end ? *s->at : 0;
}

mica_status scan_close(json_scan *s) {
    if (!s->status && (scan_peek(s) || s->at < s->end)) scan_expected(s, "the end");
    return s->status;
}

/* The next of a list or object: what comes before it is taken. False: it has ended. */
static bool next(json_scan *s, int64_t *n, char open, char close, const char *what) {
    if (s->status) return false;
    char c = scan_peek(s);
    if (*n == 0) {
        if (c != open) return scan_expected(s, what);
        if (++s->depth > JSON_DEPTH)
            return scan_fail(s, MICA_FORMAT, "more than %d lists and objects in each other",
                             JSON_DEPTH);
        s->at++;
        c = scan_peek(s);
    }
    if (c == close) return s->at++, s->depth--, false;
    if (*n > 0) {
        if (c != ',') return scan_expected(s, open == '[' ? "\",\" or \"]\"" : "\",\" or \"}\"");
        s->at++;
    }
    (*n)++;
    return true;
}

bool scan_element(json_scan *s, int64_t *n) { return next(s, n, '[', ']', "a list"); }

bool scan_member(json_scan *s, int64_t *n, mica_string *name) {
    if (!next(s, n, '{', '}', "an object")) return false;
    if (scan_peek(s) != '"') return scan_expected(s, "a name in quotes");
    if (!scan_text(s, name)) return false;
    if (scan_peek(s) != ':') return scan_expected(s, "\":\"");
    s->at++;
    return true;
}

/* ---- texts ---- */

/* The four digits behind \u; -1: they are none. */
static int32_t four_digits(const char *at, const char *end) {
    int32_t value = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

static char *put_letter(char *out, uint32_t letter) {
    if (letter < 0x80) return *out++ = (char)letter, out;
    int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    *out++ = (char)(0xF00 >> (more + 1) | letter >> 6 * more);
    while (more--) *out++ = (char)(0x80 | (letter >> 6 * more & 0x3F));
    return out;
}

/* The letter of the escape \uXXXX, in pairs where it needs two; *at is moved behind it. */
static bool take_unicode(json_scan *s, const char **at, const char *close, uint32_t *letter) {
    int32_t value = four_digits(*at, close);
    if (value < 0) return s->at = *at, scan_fail(s, MICA_FORMAT, "\\u wants four digits");
    *at += 4;
    *letter = (uint32_t)value;
    if (value < 0xD800 || value > 0xDFFF) return true;
    int32_t low = close - *at > 6 && (*at)[0] == '\\' && (*at)[1] == 'u'
                      ? four_digits(*at + 2, close)
                      : -1;
    if (value > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return s->at = *at, scan_fail(s, MICA_FORMAT, "half a pair of surrogates");
    *at += 6;
    *letter = 0x10000 + (((uint32_t)value & 0x3FF) << 10 | ((uint32_t)low & 0x3FF));
    return true;
}

/* A text with escapes, [at, close), decoded in the arena: it only gets shorter. */
static bool decode(json_scan *s, const char *at, const char *close, mica_string *out) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char *to = arena_take(s->memory, (size_t)(close - at)), *begin = to;
    if (!to) return s->status = fail_no_memory(s->err, "a text"), false;
    while (at < close) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        uint32_t letter = 0;
        const char *name = strchr(names, at[1]);
        if (at[1] == 'u') {
            at += 2;
            if (!take_unicode(s, &at, close, &letter)) return false;
            to = put_letter(to, letter);
        } else if (name && *name) {
            *to++ = values[name - names];
            at += 2;
        } else {
            s->at = at;
            return scan_fail(s, MICA_FORMAT, "there is no such escape");
        }
    }
    *out = (mica_string){begin, (size_t)(to - begin)};
    return true;
}

bool scan_text(json_scan *s, mica_string *out) {
    bool escapes = false, plain = true;
    if (s->status) return false;
    if (scan_peek(s) != '"') return scan_expected(s, "a text");
    const char *begin = s->at + 1, *at = begin;
    for (; at < s->end && *at != '"'; at++) {
        if (*at == '\\') {
            escapes = true;
            if (++at == s->end) break;
        } else if ((unsigned char)*at < ' ')
            return s->at = at, scan_fail(s, MICA_FORMAT, "a control character in a text");
        else plain &= (unsigned char)*at < 0x80;
    }
    if (at >= s->end) return scan_fail(s, MICA_FORMAT, "the text that begins here has no end");
    const char *wrong = plain && !escapes ? NULL : utf8_invalid(begin, (size_t)(at - begin));
    if (wrong) return s->at = wrong, scan_fail(s, MICA_FORMAT, "no UTF-8");
    *out = (mica_string){begin, (size_t)(at - begin)};
    if (escapes && !decode(s, begin, at, out)) return false;
    s->at = at + 1;
    return true;
}

/* ---- single values ---- */

static bool take_word(json_scan *s, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0) return false;
    s->at += length;
    return true;
}

bool scan_boolean(json_scan *s, bool *out) {
    if (s->status) return false;
    skip_space(s);
    if (take_word(s, "true")) return *out = true;
    if (take_word(s, "false")) return *out = false, true;
    return scan_expected(s, "true or false");
}

bool scan_whole(json_scan *s, int64_t *out) {
    shape scalar = {0};
    return scan_array(s, MICA_INT64, &scalar, false, out);
}

bool scan_skip(json_scan *s) {
    mica_string text;
    int64_t n = 0;
    switch (scan_peek(s)) {
    case '[':
        while (scan_element(s, &n)) scan_skip(s);
        return !s->status;
    case '{':
        while (scan_member(s, &n, &text)) scan_skip(s);
        return !s->status;
    case '"': return scan_text(s, &text);
    case 't':
    case 'f':
    case 'n':
        if (take_word(s, "true") || take_word(s, "false") || take_word(s, "null")) return true;
        return scan_expected(s, "a value");
    default: return scan_skip_number(s);
    }
}
