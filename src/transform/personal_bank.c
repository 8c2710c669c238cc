/* Payment cards and bank accounts. Source: ISO/IEC 7812 (cards: issuer's digits, Luhn), ISO 13616
 * (IBAN: lengths by country as in SWIFT's registry, mod 97). */
#include "transform/personal_text.h"

#include <string.h>

/* Which lengths an issuer's numbers have, by their first four digits. */
static bool known_issuer(const int *d, int count) {
    int64_t two = number_of(d, 2), four = number_of(d, 4);
    if (d[0] == 4) return count == 13 || count == 16 || count == 19;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return count == 16;
    if (two == 34 || two == 37) return count == 15;
    if (two == 62) return count >= 16; /* UnionPay */
    if (two == 36 || two == 38 || two == 39 || two == 30) return count >= 14 && count <= 16;
    if (two == 35 || two == 64 || two == 65 || four == 6011) return count >= 16;
    return false;
}

static bool all_equal(const int *d, int count) {
    for (int i = 1; i < count; i++)
        if (d[i] != d[0]) return false;
    return true;
}

bool find_card(const char *s, size_t n, size_t at, found *out) {
    int d[19];
    if (!is_digit(s[at]) || !begins_word(s, at)) return false;
    for (int count = 19; count >= 13; count--) {
        size_t end = read_digits(s, n, at, " -", count, d);
        if (!end || !ends_word(s, n, end) || !passes_luhn(d, count) || all_equal(d, count))
            continue;
        out->end = end;
        if (!known_issuer(d, count)) out->certainty = 0.5;
        return true;
    }
    return false;
}

/* Country and length, three signs and a space each. */
static const char lengths[] = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 "
                              "CR22 CY28 CZ24 DE22 DJ27 DK18 "
                              "DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 "
                              "GT28 HR21 HU28 IE22 IL23 IQ23 "
                              "IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 "
                              "MD24 ME22 MK19 MN20 MR27 MT31 "
                              "MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 "
                              "SA24 SC31 SD18 SE24 SI19 SK24 "
                              "SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ";

static int iban_length(const char *country) {
    for (const char *l = lengths; *l; l += 5)
        if (l[0] == upper(country[0]) && l[1] == upper(country[1]))
            return (l[2] - '0') * 10 + l[3] - '0';
    return 0;
}

/* Of the number in which a letter stands for 10 … 35, the first four signs at the end. */
static int mod_97(const char *iban, int length) {
    int rest = 0;
    for (int i = 0; i < length; i++) {
        char c = upper(iban[(i + 4) % length]);
        rest = is_digit(c) ? rest * 10 + (c - '0') : rest * 100 + (c - 'A' + 10);
        rest %= 97;
    }
    return rest;
}

bool find_iban(const char *s, size_t n, size_t at, found *out) {
    char iban[34];
    if (n - at < 15 || !is_letter(s[at]) || !is_letter(s[at + 1]) || !begins_word(s, at))
        return false;
    int length = iban_length(s + at), count = 0;
    size_t i = at;
    for (; count < length && i < n; i++) {
        bool space = s[i] == ' ' && count && i + 1 < n && s[i + 1] != ' ';
        if (space) continue;
        if (!is_digit(s[i]) && !is_letter(s[i])) return false;
        iban[count++] = s[i];
    }
    out->end = i;
    return length && count == length && is_digit(iban[2]) && is_digit(iban[3]) &&
           ends_word(s, n, i) && mod_97(iban, length) == 1;
}
