/* Cells: see cell.h. The missing spellings are those of pandas.read_csv (na_values' default). */
#include "table/cell.h"

#include "base/memory.h"
#include "table/real.h"

#include <string.h>
#include <strings.h>

cell cell_in_room(const char *text, size_t length, cell_room room) {
    memset(room, 0, sizeof(cell_room));
    if (length > CELL_SHORT) length = 0;
    if (length) memcpy(room + CELL_MARGIN, text, length);
    return (cell){room + CELL_MARGIN, length};
}

bool cell_is_missing(const char *at, size_t length) {
    static const struct {
        char length, text[9];
    } spelled[] = {{2, "NA"},       {3, "NaN"},    {4, "NULL"},   {3, "N/A"},  {4, "None"},
                   {3, "nan"},      {4, "null"},   {3, "n/a"},    {4, "#N/A"}, {8, "#N/A N/A"},
                   {3, "#NA"},      {4, "-NaN"},   {4, "-nan"},   {4, "<NA>"}, {7, "-1.#IND"},
                   {8, "-1.#QNAN"}, {6, "1.#IND"}, {7, "1.#QNAN"}};
    if (!length) return true;
    for (size_t i = 0; i < LENGTH(spelled); i++)
        if ((size_t)spelled[i].length == length && !memcmp(at, spelled[i].text, length))
            return true;
    return false;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static cell trimmed(cell c) {
    while (c.length && is_blank(*c.at)) c.at++, c.length--;
    while (c.length && is_blank(c.at[c.length - 1])) c.length--;
    return c;
}

/* ---- full-width digits and signs (U+FF01 … U+FF5E) as ASCII ---- */

/* False: there are none, or the cell is too long for a number. */
static bool narrowed(cell c, cell_room out, cell *narrow) {
    size_t n = 0;
    bool any = false;
    if (!memchr(c.at, 0xEF, c.length)) return false;
    for (size_t i = 0; i < c.length; n++) {
        const unsigned char *b = (const unsigned char *)c.at + i;
        if (n == CELL_SHORT) return false;
        bool wide = c.length - i >= 3 && b[0] == 0xEF &&
                    ((b[1] == 0xBC && b[2] >= 0x81) || (b[1] == 0xBD && b[2] <= 0x9E));
        out[CELL_MARGIN + n] = wide ? (char)(b[1] == 0xBC ? b[2] - 0x81 + 0x21 : b[2] - 0x80 + 0x60)
                                    : c.at[i];
        i += wide ? 3 : 1;
        any |= wide;
    }
    *narrow = (cell){out + CELL_MARGIN, n};
    return any;
}

/* ---- the kinds ---- */

static int plain_integer(cell c, int64_t *out) {
    const char *at = c.at, *end = at + c.length;
    bool minus = c.length && *at == '-';
    uint64_t value = 0, most = INT64_MAX;
    if (c.length && (minus || *at == '+')) at++;
    if (at == end) return 0;
    int bits = CELL_INTEGER;
    for (; at < end; at++) {
        unsigned digit = (unsigned char)(*at - '0');
        if (digit > 9) return 0;
        if (value > (most - digit) / 10) bits = CELL_LARGE;
        value = value * 10 + digit;
    }
    *out = (int64_t)(minus ? 0 - value : value);
    return bits;
}

int cell_integer(cell c, int64_t *out) {
    cell_room narrow;
    c = trimmed(c);
    int bits = plain_integer(c, out);
    return bits || !narrowed(c, narrow, &c) ? bits : plain_integer(c, out);
}

static int plain_number(cell c, double *out) {
    int64_t integer;
    bool whole;
    if (!real_parse(c.at, c.length, out, &whole)) return 0;
    return whole ? plain_integer(c, &integer) : CELL_NUMBER;
}

int cell_number(cell c, double *out) {
    cell_room narrow;
    c = trimmed(c);
    int bits = plain_number(c, out);
    return bits || !narrowed(c, narrow, &c) ? bits : plain_number(c, out);
}

static bool is_word(cell c, const char *a, const char *b, const char *d) {
    return strlen(a) == c.length &&
           (!memcmp(c.at, a, c.length) || !memcmp(c.at, b, c.length) || !memcmp(c.at, d, c.length));
}

int cell_boolean(cell c, int8_t *out) {
    *out = is_word(c, "True", "TRUE", "true");
    return *out || is_word(c, "False", "FALSE", "false") ? CELL_BOOLEAN : 0;
}

int cell_date(cell c, date_value *out) {
    cell_room narrow;
    c = trimmed(c);
    if (!date_parse(c.at, c.length, out) &&
        !(narrowed(c, narrow, &c) && date_parse(c.at, c.length, out)))
        return 0;
    return (out->zoned ? CELL_ZONED : CELL_DATE) | (out->timed ? CELL_TIMED : 0);
}

int cell_classify(cell c) {
    int64_t integer;
    double number;
    int8_t boolean;
    date_value date;
    int bits;
    if (cell_is_missing(c.at, c.length)) return CELL_MISSING;
    if ((bits = cell_integer(c, &integer))) return bits;
    if ((bits = cell_number(c, &number))) return bits;
    if ((bits = cell_boolean(c, &boolean))) return bits;
    if ((bits = cell_date(c, &date))) return bits;
    return CELL_TEXT;
}

mica_column_type cell_type(int seen) {
    const int bits = seen & ~(CELL_MISSING | CELL_TIMED), numbers = CELL_INTEGER | CELL_NUMBER;
    if (!bits) return MICA_COLUMN_MISSING;
    if (bits == CELL_INTEGER) return MICA_COLUMN_INTEGER;
    if ((bits & CELL_NUMBER) && !(bits & ~(numbers | CELL_LARGE))) return MICA_COLUMN_NUMBER;
    if (bits == CELL_BOOLEAN) return MICA_COLUMN_BOOLEAN;
    if (bits == CELL_DATE || bits == CELL_ZONED) return MICA_COLUMN_DATE;
    return MICA_COLUMN_CATEGORY;
}
