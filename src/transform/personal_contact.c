/* Mail and IP addresses, phone numbers. Source: RFC 5321 and 5322 (mail, without quoted names), RFC
 * 4291 (IPv6), ITU-T E.164; the numbering plans of the USA and China. */
#include "transform/personal_text.h"

#include <string.h>

/* ---- mail ---- */

#define MOST_LOCAL 64
#define MOST_DOMAIN 253

static bool is_local(char c) { return is_word(c) || (c && strchr(".!#$%&'*+/=?^`{|}~-", c)); }

/* Letters of two bytes, U+00C0 … U+052F: Latin with marks, Greek, Cyrillic (RFC 6531). */
static bool is_marked(const char *s) {
    unsigned char lead = (unsigned char)s[0], tail = (unsigned char)s[1];
    return lead >= 0xC3 && lead <= 0xD4 && tail >= 0x80 && tail <= 0xBF;
}

/* Bytes of the sign of a name that ends before byte `at`; 0: it is none. */
static size_t local_before(const char *s, size_t at) {
    if (at >= 2 && is_marked(s + at - 2)) return 2;
    return at >= 1 && is_local(s[at - 1]) ? 1 : 0;
}

/* Chinese names have no blanks around them: they are taken where no other letters are. */
static size_t han_begin(const char *s, size_t at) {
    size_t begin = at;
    while (begin >= 3 && at - begin + 3 <= MOST_LOCAL && is_han(s, at, begin - 3)) begin -= 3;
    return begin;
}

static size_t local_begin(const char *s, size_t at) {
    size_t begin = at, step;
    while ((step = local_before(s, begin)) && at - begin + step <= MOST_LOCAL &&
           !(s[begin - 1] == '.' && (begin == at || s[begin] == '.')))
        begin -= step;
    while (begin < at && strchr(".!#$%&'*+/=?^`{|}~-", s[begin])) begin++;
    return begin < at ? begin : han_begin(s, at);
}

/* Bytes of the letter or digit of a domain at byte i. */
static size_t domain_sign(const char *s, size_t n, size_t i) {
    if (i + 1 < n && is_marked(s + i)) return 2;
    return i < n && (is_letter(s[i]) || is_digit(s[i]) || s[i] == '-') ? 1 : 0;
}

static bool is_top_label(const char *s, size_t n, size_t label, size_t end) {
    if (has_word(s, n, label, "xn--")) return true;
    for (size_t i = label; i < end; i++)
        if (is_digit(s[i]) || s[i] == '-') return false;
    return end - label >= 2;
}

/* Labels with dots between; the last of letters, two at least. */
static size_t domain_end(const char *s, size_t n, size_t at) {
    size_t end = 0, label = at;
    int labels = 0;
    for (size_t i = at, step; i - at <= MOST_DOMAIN; i += step) {
        step = domain_sign(s, n, i);
        if (step && i - label < 63) continue;
        if (step || i == label || s[label] == '-' || s[i - 1] == '-') break;
        if (++labels > 1 && is_top_label(s, n, label, i)) end = i;
        if (i >= n || s[i] != '.') break;
        label = i + 1, step = 1;
    }
    return end;
}

bool find_mail(const char *s, size_t n, size_t at, found *out) {
    if (s[at] != '@') return false;
    out->begin = local_begin(s, at);
    out->end = domain_end(s, n, at + 1);
    return out->begin < at && out->end && (out->end == n || s[out->end] != '@');
}

/* ---- phones ---- */

/* + and 8 to 15 digits; between them a space, dash, dot, slash, or parentheses. */
static bool find_international(const char *s, size_t n, size_t at, found *out) {
    int digits = 0;
    size_t i = at + 1, end = 0;
    if (i >= n || s[i] < '1' || s[i] > '9') return false;
    for (size_t gap = 0; i < n && digits < 16 && gap < 3; i++) {
        if (is_digit(s[i])) digits++, end = i + 1, gap = 0;
        else if (s[i] && strchr(" -./()", s[i])) gap++;
        else break;
    }
    out->end = end;
    out->certainty = 0.92;
    return digits >= 8 && digits <= 15 && ends_word(s, n, end);
}

/* 212-555-0123, (212) 555-0123; neither area nor exchange begins with 0 or 1. */
static bool find_american(const char *s, size_t n, size_t at, found *out) {
    int d[10];
    bool round = s[at] == '(';
    size_t i = read_digits(s, n, at + round, "", 3, d);
    if (!i || d[0] < 2) return false;
    if (round && (i >= n || s[i++] != ')')) return false;
    if (i < n && (s[i] == ' ' || (!round && (s[i] == '-' || s[i] == '.')))) i++;
    else if (!round) return false;
    i = read_digits(s, n, i, "", 3, d);
    if (!i || d[0] < 2 || i >= n || !s[i] || !strchr("-. ", s[i])) return false;
    out->end = read_digits(s, n, i + 1, "", 4, d);
    return out->end && ends_word(s, n, out->end);
}

/* 010-12345678, 0571-1234567: the area code of a Chinese city. */
static bool find_chinese_line(const char *s, size_t n, size_t at, found *out) {
    int d[8];
    if (s[at] != '0') return false;
    for (int area = 3; area <= 4; area++) {
        size_t i = read_digits(s, n, at, "", area, d);
        if (!i || d[1] == 0 || i >= n || s[i] != '-' || (area == 3) != (d[1] <= 2)) continue;
        for (int count = 8; count >= 7; count--) {
            out->end = read_digits(s, n, i + 1, "", count, d);
            if (out->end && d[0] >= 2 && ends_word(s, n, out->end)) return true;
        }
    }
    return false;
}

bool find_phone(const char *s, size_t n, size_t at, found *out) {
    if (s[at] != '+' && s[at] != '(' && !is_digit(s[at])) return false;
    if (!begins_word(s, at)) return false;
    if (s[at] == '+') return find_international(s, n, at, out);
    return find_american(s, n, at, out) || find_chinese_line(s, n, at, out);
}

bool find_chinese_mobile(const char *s, size_t n, size_t at, found *out) {
    int d[11];
    size_t i = at;
    if (s[at] != '1' && s[at] != '+' && s[at] != '0' && s[at] != '8') return false;
    if (!begins_word(s, at)) return false;
    size_t prefix = any_word(s, n, i, "+86|0086|86");
    i += prefix;
    if (prefix && i < n && (s[i] == ' ' || s[i] == '-')) i++;
    out->end = read_digits(s, n, i, " -", 11, d);
    if (prefix) out->certainty = 0.97;
    return out->end && d[0] == 1 && d[1] >= 3 && ends_word(s, n, out->end);
}

/* ---- IP ---- */

/* Four numbers up to 255, without leading zeros. */
static size_t read_ipv4(const char *s, size_t n, size_t at) {
    for (int part = 0; part < 4; part++) {
        int value = 0, digits = 0;
        if (part && (at >= n || s[at++] != '.')) return 0;
        for (; at < n && is_digit(s[at]) && digits < 4; at++, digits++)
            value = 10 * value + (s[at] - '0');
        if (!digits || value > 255 || (digits > 1 && s[at - (size_t)digits] == '0')) return 0;
    }
    return at;
}

bool find_ipv4(const char *s, size_t n, size_t at, found *out) {
    if (!is_digit(s[at]) || !begins_word(s, at)) return false;
    out->end = read_ipv4(s, n, at);
    return out->end && ends_word(s, n, out->end);
}

static bool is_hex(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

bool find_ipv6(const char *s, size_t n, size_t at, found *out) {
    if ((!is_hex(s[at]) && s[at] != ':') || !begins_word(s, at)) return false;
    if (at && s[at - 1] == ':') return false;
    int groups = 0;
    bool gap = has_word(s, n, at, "::");
    size_t i = at + (gap ? 2 : 0);
    while (groups < 8) {
        size_t v4 = groups ? read_ipv4(s, n, i) : 0, digits = 0;
        if (v4) {
            groups += 2, i = v4;
            break;
        }
        while (i < n && digits < 5 && is_hex(s[i])) i++, digits++;
        if (digits > 4 || (!digits && !gap)) return false;
        if (!digits) break; /* it ends in :: */
        groups++;
        if (i >= n || s[i] != ':') break;
        if (has_word(s, n, i, "::")) {
            if (gap) return false;
            gap = true;
            i++;
        } else if (i + 1 >= n || !is_hex(s[i + 1])) {
            break; /* "…: text" */
        }
        i++;
    }
    out->end = i;
    if (groups < 3) out->certainty = 0.4; /* dead::beef may be anything */
    return (gap ? groups >= 1 && groups < 8 : groups == 8) && ends_word(s, n, i) &&
           (i >= n || s[i] != ':' || i + 1 >= n || !is_hex(s[i + 1]));
}
