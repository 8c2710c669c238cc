/* Repair of texts: see repair.h. */
#include "transform/repair.h"

#include "base/error.h"
#include "table/cell.h"
#include "table/real.h"
#include "transform/fold_text.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 64, YUAN = 0x5143, YEN_SIGN = 0xA5 };

/* ---- numbers ---- */

/* A text as ASCII: digits, . and ,; blanks and apostrophes between digits are ' '. */
typedef struct plain {
    char text[LONGEST + 2 * CELL_MARGIN];
    size_t length;
    bool minus;
    number_unit unit;
    double divided; /* by this: 100 of percent, 1000 of per mille */
} plain;

static bool is_currency(int32_t c) {
    return c == '$' || (c >= 0xA2 && c <= 0xA5) || (c >= 0x20A0 && c <= 0x20C0) || c == YUAN;
}

/* What stands around the digits. False: it may not stand there. */
static bool take_sign(plain *p, int32_t c, bool *open, bool *close) {
    bool before = p->length == 0;
    if ((c == '-' || c == '+' || c == 0x2212) && before && !p->minus)
        return p->minus = c != '+', true;
    if (c == '(' && before && !*open) return *open = true;
    if (c == ')' && !before && *open && !*close) return *close = true;
    if (is_currency(c) && !p->unit.currency)
        return p->unit.currency = c == YUAN ? YEN_SIGN : c, true;
    if ((c == '%' || c == 0x2030) && !before && p->divided == 1)
        return p->divided = c == '%' ? 100 : 1000, p->unit.percent = true;
    return false;
}

static bool is_mark(int32_t c) { return c == '\'' || c == 0x2019 || c == '_'; }

/* False: it is no number, whatever its signs mean. */
static bool plain_of(const char *text, size_t length, plain *p) {
    bool open = false, close = false, ended = false, blank = false;
    *p = (plain){.divided = 1};
    for (size_t at = 0; at < length;) {
        int32_t c = narrow_letter(utf8_next(text, length, &at));
        if (p->length >= LONGEST - 1) return false;
        if (is_space(c) || is_mark(c)) {
            if (is_mark(c) && !p->length) return false;
            blank = p->length > 0;
        } else if ((c >= '0' && c <= '9') || c == '.' || c == ',') {
            if (ended) return false;
            if (blank) p->text[CELL_MARGIN + p->length++] = ' ';
            p->text[CELL_MARGIN + p->length++] = (char)c;
            blank = false;
        } else {
            if (!take_sign(p, c, &open, &close)) return false;
            ended = p->length > 0;
            blank = false;
        }
    }
    if (open != close || (open && p->minus)) return false;
    p->minus |= open;
    return p->length > 0;
}

/* Digits in groups of three between separators, the first of one to three. */
static bool well_grouped(const char *at, size_t length, char separator) {
    size_t run = 0;
    bool first = true;
    if (at[0] == '0' && memchr(at, separator, length)) return false; /* 0,123 */
    for (size_t i = 0; i <= length; i++) {
        if (i < length && at[i] >= '0' && at[i] <= '9') {
            run++;
            continue;
        }
        if (i < length && at[i] != separator) return false;
        if (first && i == length) return run > 0; /* none at all */
        if (first ? run < 1 || run > 3 : run != 3) return false;
        first = false;
        run = 0;
    }
    return true;
}

/* The whole part may be grouped by blanks, or by the sign that is not the decimal one. */
static bool fits(const plain *p, char decimal) {
    const char *at = p->text + CELL_MARGIN, *point = memchr(at, decimal, p->length);
    size_t whole = point ? (size_t)(point - at) : p->length;
    for (size_t i = whole + 1; i < p->length; i++)
        if (at[i] < '0' || at[i] > '9') return false;
    if (point && p->length == 1) return false; /* the sign alone */
    if (!whole) return true;
    return well_grouped(at, whole, decimal == '.' ? ',' : '.') || well_grouped(at, whole, ' ');
}

int repair_decimal(const char *text, size_t length) {
    plain p;
    if (!plain_of(text, length, &p)) return -1;
    bool point = fits(&p, '.'), comma = fits(&p, ',');
    return point && comma ? 0 : point ? '.' : comma ? ',' : -1;
}

bool repair_number(const char *text, size_t length, char decimal, double *out, number_unit *unit) {
    plain p;
    char number[LONGEST + 2 * CELL_MARGIN] = {0};
    size_t n = 0;
    bool whole;
    if (!plain_of(text, length, &p) || !fits(&p, decimal)) return false;
    if (p.minus) number[CELL_MARGIN + n++] = '-';
    for (size_t i = 0; i < p.length; i++) {
        char c = p.text[CELL_MARGIN + i];
        if (c == decimal) number[CELL_MARGIN + n++] = '.';
        else if (c >= '0' && c <= '9') number[CELL_MARGIN + n++] = c;
    }
    if (!real_parse(number + CELL_MARGIN, n, out, &whole)) return false;
    *out /= p.divided;
    *unit = p.unit;
    return true;
}

/* ---- truth ---- */

int repair_boolean(const char *text, size_t length) {
    static const char *const words[] = {"no", "yes", "n",   "y",  "false", "true",
                                        "f",  "t",   "off", "on", "否",    "是"};
    for (size_t i = 0; i < LENGTH(words); i++)
        if (strlen(words[i]) == length && !strncasecmp(text, words[i], length)) return (int)(i % 2);
    return -1;
}
