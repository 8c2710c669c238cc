/* Numbers that states give persons. Source: GB 11643-1999 (China); 20 CFR 422 and the Social
 * Security Administration's rules for SSNs (USA); Real Decreto 1553/2005 (Spain); INSEE (France: 97
 * less the number mod 97); Decreto 23/12/1976 (Italy); §139b AO with ISO 7064 mod 11, 10 (Germany);
 * the Dutch 11 test (weights 9 … 2, -1); PESEL's weights 1, 3, 7, 9 (Poland); SKV 704 (Sweden,
 * Luhn); Finland's 31 check signs; Belgium's 97 less the number mod 97. */
#include "transform/personal_text.h"

#include <string.h>

static bool starts_number(const char *s, size_t at) {
    return is_digit(s[at]) && begins_word(s, at);
}

static bool ends_here(const char *s, size_t n, size_t end, found *out) {
    out->end = end;
    return end && ends_word(s, n, end);
}

static int weighted(const int *d, const int *weights, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) sum += d[i] * weights[i];
    return sum;
}

/* ---- China: province, date, check of ISO 7064 mod 11, 2 ---- */

static bool is_chinese_province(int code) {
    static const char provinces[] =
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
        "50 51 52 53 54 61 62 63 64 65 71 81 82 83 ";
    for (const char *p = provinces; *p; p += 3)
        if ((p[0] - '0') * 10 + p[1] - '0' == code) return true;
    return false;
}

bool find_chinese_id(const char *s, size_t n, size_t at, found *out) {
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int d[17];
    if (!starts_number(s, at)) return false;
    size_t end = read_digits(s, n, at, "", 17, d);
    if (!end || end >= n) return false;
    int year = (int)number_of(d + 6, 4);
    return upper(s[end]) == "10X98765432"[weighted(d, weights, 17) % 11] &&
           is_chinese_province((int)number_of(d, 2)) && year >= 1850 && year < 2100 &&
           is_date(year, (int)number_of(d + 10, 2), (int)number_of(d + 12, 2)) &&
           ends_here(s, n, end + 1, out);
}

/* ---- USA: no check digit; numbers that are never given are not found ---- */

bool find_us_ssn(const char *s, size_t n, size_t at, found *out) {
    int d[9];
    if (!starts_number(s, at)) return false;
    size_t dash = read_digits(s, n, at, "", 3, d), end;
    if (!dash || dash >= n) return false;
    bool dashed = s[dash] == '-';
    end = dashed ? read_digits(s, n, dash + 1, "", 2, d + 3) : 0;
    if (dashed && (!end || end >= n || s[end] != '-')) return false;
    end = dashed ? read_digits(s, n, end + 1, "", 4, d + 5) : read_digits(s, n, at, "", 9, d);
    if (!dashed) out->certainty = 0.2; /* nine digits are many things; with a cue they are one */
    int area = (int)number_of(d, 3);
    return end && area && area != 666 && area < 900 && number_of(d + 3, 2) && number_of(d + 5, 4) &&
           ends_here(s, n, end, out);
}

/* ---- Spain ---- */

bool find_spanish_dni(const char *s, size_t n, size_t at, found *out) {
    int d[8];
    char first = upper(s[at]);
    bool foreign = first >= 'X' && first <= 'Z';
    if ((!foreign && !is_digit(first)) || !begins_word(s, at)) return false;
    size_t i = at + foreign;
    if (foreign && i < n && s[i] == '-') i++;
    d[0] = first - 'X';
    i = read_digits(s, n, i, "", foreign ? 7 : 8, d + foreign);
    if (i && i < n && (s[i] == '-' || s[i] == ' ')) i++;
    return i && i < n && upper(s[i]) == "TRWAGMYFPDXBNJZSQVHLCKE"[number_of(d, 8) % 23] &&
           ends_here(s, n, i + 1, out);
}

/* ---- France: 2A and 2B, Corsica's departments, count as 19 and 18 ---- */

bool find_french_nir(const char *s, size_t n, size_t at, found *out) {
    char sign[15];
    int d[15], count = 0;
    if (s[at] < '1' || s[at] > '8' || !begins_word(s, at)) return false;
    size_t i = at;
    for (; count < 15 && i < n; i++) {
        if (s[i] == ' ' && count && s[i - 1] != ' ') continue;
        if (!is_digit(s[i]) && !(count == 6 && (upper(s[i]) == 'A' || upper(s[i]) == 'B')))
            return false;
        sign[count++] = upper(s[i]);
    }
    if (count < 15) return false;
    for (int k = 0; k < 15; k++) d[k] = sign[k] - '0';
    if (!is_digit(sign[6])) {
        if (sign[5] != '2') return false;
        d[5] = 1, d[6] = sign[6] == 'A' ? 9 : 8;
    }
    int month = (int)number_of(d + 3, 2);
    bool dated = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
    return dated && d[0] != 5 && d[0] != 6 && number_of(d + 13, 2) == 97 - number_of(d, 13) % 97 &&
           ends_here(s, n, i, out);
}

/* ---- Italy ---- */

/* A digit, or the letter that stands for it where two persons would have one code; -1: neither. */
static int italian_digit(char c) {
    const char *place = strchr("LMNPQRSTUV", c);
    return is_digit(c) ? c - '0' : c && place ? (int)(place - "LMNPQRSTUV") : -1;
}

static bool italian_check(const char *code) {
    static const int odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                              20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    int sum = 0;
    for (int i = 0; i < 15; i++) {
        int value = is_digit(code[i]) ? code[i] - '0' : code[i] - 'A';
        sum += i % 2 ? value : odd[value];
    }
    return code[15] == 'A' + sum % 26;
}

bool find_italian_fiscal_code(const char *s, size_t n, size_t at, found *out) {
    static const char form[] = "LLLLLL00M00L000L"; /* letter, digit, month */
    static const char months[] = "ABCDEHLMPRST";
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    char code[16];
    if (n - at < 16 || !is_letter(s[at]) || !begins_word(s, at)) return false;
    for (int i = 0; i < 16; i++) {
        code[i] = upper(s[at + (size_t)i]);
        if (form[i] == '0' ? italian_digit(code[i]) < 0 : !is_letter(code[i])) return false;
    }
    const char *month = strchr(months, code[8]);
    int day = italian_digit(code[9]) * 10 + italian_digit(code[10]);
    if (day > 40) day -= 40; /* of women */
    return month && day >= 1 && day <= days[month - months] && italian_check(code) &&
           ends_here(s, n, at + 16, out);
}

/* ---- Germany ---- */

/* Of the first ten digits one comes twice or three times (not in a row), the others at most once.
 */
static bool german_digits(const int *d) {
    int times[10] = {0}, twice = 0, thrice = 0;
    for (int i = 0; i < 10; i++) times[d[i]]++;
    for (int i = 0; i < 10; i++) twice += times[i] == 2, thrice += times[i] == 3;
    for (int i = 0; i < 10; i++)
        if (times[i] > 3) return false;
    for (int i = 2; i < 10 && thrice; i++)
        if (d[i] == d[i - 1] && d[i] == d[i - 2]) return false;
    return twice + thrice == 1;
}

bool find_german_tax_id(const char *s, size_t n, size_t at, found *out) {
    int d[11], product = 10;
    if (!starts_number(s, at) || s[at] == '0') return false;
    size_t end = read_digits(s, n, at, " ", 11, d);
    if (!end || !german_digits(d)) return false;
    for (int i = 0; i < 10; i++) {
        int sum = (d[i] + product) % 10;
        product = (sum ? sum : 10) * 2 % 11;
    }
    return d[10] == (11 - product) % 10 && ends_here(s, n, end, out);
}

/* ---- the Netherlands ---- */

bool find_dutch_bsn(const char *s, size_t n, size_t at, found *out) {
    static const int weights[] = {9, 8, 7, 6, 5, 4, 3, 2, -1};
    int d[9];
    if (!starts_number(s, at)) return false;
    size_t end = read_digits(s, n, at, " .", 9, d);
    return end && number_of(d, 9) > 9999999 && weighted(d, weights, 9) % 11 == 0 &&
           ends_here(s, n, end, out);
}

/* ---- Poland: the month says the century ---- */

bool find_polish_pesel(const char *s, size_t n, size_t at, found *out) {
    static const int weights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
    static const int centuries[] = {1900, 2000, 2100, 2200, 1800};
    int d[11];
    if (!starts_number(s, at)) return false;
    size_t end = read_digits(s, n, at, "", 11, d);
    if (!end) return false;
    int month = (int)number_of(d + 2, 2);
    int year = centuries[month / 20] + (int)number_of(d, 2);
    return is_date(year, month % 20, (int)number_of(d + 4, 2)) &&
           weighted(d, weights, 11) % 10 == 0 && ends_here(s, n, end, out);
}

/* ---- Sweden: 811228-9874, 19811228-9874, + for a hundred years; 60 more in the day: coordination
 * numbers ---- */

static bool swedish_form(const char *s, size_t n, size_t at, int century, found *out) {
    int d[12];
    size_t end = read_digits(s, n, at, "", century + 6, d);
    if (!end || end >= n) return false;
    bool joined = is_digit(s[end]), signed_ = s[end] == '-' || s[end] == '+';
    if (!joined && !signed_) return false;
    end = read_digits(s, n, end + signed_, "", 4, d + century + 6);
    const int *short_form = d + century;
    int day = (int)number_of(short_form + 4, 2), year = (int)number_of(short_form, 2);
    year = century ? (int)number_of(d, 4) : 2000 + year; /* leap days as in 1900 + year, but 1900 */
    if (joined) out->certainty = 0.35;
    return end && (!century || (year >= 1850 && year < 2100)) &&
           is_date(year, (int)number_of(short_form + 2, 2), day > 60 ? day - 60 : day) &&
           passes_luhn(short_form, 10) && ends_here(s, n, end, out);
}

bool find_swedish_number(const char *s, size_t n, size_t at, found *out) {
    if (!starts_number(s, at)) return false;
    return swedish_form(s, n, at, 2, out) || swedish_form(s, n, at, 0, out);
}

/* ---- Finland ---- */

bool find_finnish_code(const char *s, size_t n, size_t at, found *out) {
    int d[9];
    if (!starts_number(s, at)) return false;
    size_t i = read_digits(s, n, at, "", 6, d);
    if (!i || i >= n || !s[i] || !strchr("+-ABCDEFYXWVU", s[i])) return false;
    int century = s[i] == '+' ? 1800 : s[i] >= 'A' && s[i] <= 'F' ? 2000 : 1900;
    i = read_digits(s, n, i + 1, "", 3, d + 6);
    return i && i < n && s[i] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[number_of(d, 9) % 31] &&
           is_date(century + (int)number_of(d + 4, 2), (int)number_of(d + 2, 2),
                   (int)number_of(d, 2)) &&
           ends_here(s, n, i + 1, out);
}

/* ---- Belgium: 85.07.30-033.28; from 2000 on a 2 is put before the number ---- */

bool find_belgian_number(const char *s, size_t n, size_t at, found *out) {
    int d[11];
    if (!starts_number(s, at)) return false;
    size_t end = read_digits(s, n, at, ".- ", 11, d);
    if (!end) return false;
    int64_t number = number_of(d, 9), check = number_of(d + 9, 2);
    int month = (int)number_of(d + 2, 2), day = (int)number_of(d + 4, 2), year = 0;
    if (check == 97 - number % 97) year = 1900 + (int)number_of(d, 2);
    else if (check == 97 - (2000000000 + number) % 97) year = 2000 + (int)number_of(d, 2);
    if (end - at == 11) out->certainty = 0.6; /* digits alone */
    return year && is_date(year, month, day) && ends_here(s, n, end, out);
}
