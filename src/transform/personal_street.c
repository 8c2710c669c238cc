/* Postal addresses of the USA and of states of the EU: a street by its word and a house's number,
 * in the orders that are usual there, and what of postcode, city and state stands behind it. Words
 * begin with a capital letter; an address without a street's word (Broadway 5) is not found. */
#include "transform/personal_text.h"

#include <string.h>

/* 12 Main Street; in capital letters too. Each ends a word. */
static const char streets[] =
    "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Way|"
    "Terrace|Ter|Highway|Hwy|Parkway|Pkwy|Close|Crescent|Cres|Row|Walk|Circle|Cir|Trail|Trl|Mews|"
    "Alley|Quay|STREET|ST|AVENUE|AVE|ROAD|RD|LANE|LN|DRIVE|DR|BOULEVARD|BLVD|COURT|CT|WAY";
/* 12 rue de la Paix, Calle Mayor 5, Via Roma 10: the word stands first. */
static const char number_first[] =
    "rue |Rue |avenue |Avenue |boulevard |Boulevard |bd |Bd |place |Place |chemin |Chemin |allée |"
    "Allée |impasse |Impasse |quai |Quai |cours |Cours |square |Square |route |Route |passage |";
static const char street_first[] =
    "Via |Viale |Piazza |Corso |Vicolo |Largo |Calle |C/ |Avenida |Avda. |Av. |Plaza |Paseo |Ronda "
    "|"
    "Rua |Praça |Travessa |ul. |ulica |Ulica |al. |aleja |pl. |os. |via |calle |rua ";
/* Hauptstraße 5, Keizersgracht 12, Storgatan 3: the word ends the street's name. */
static const char suffixes[] = "straße|strasse|str.|Straße|Strasse|Str.|weg|Weg|platz|Platz|allee|"
                               "Allee|gasse|Gasse|ring|Ring|damm|Damm|ufer|Ufer|chaussee|Chaussee|"
                               "steig|straat|laan|plein|gracht|kade|dijk|gatan|vägen|gata|gade|"
                               "vej|katu|tie|STRASSE|STR.";
static const char between[] =
    "de la |de l'|de |du |des |d'|l'|la |le |les |del |della |delle |dei |"
    "degli |di |da |do |dos |das |van de |van der |van den |van |von der |"
    "von |der |den |dem |den |of |the |zum |zur |am |an der |im |św. ";

static bool is_high(char c) { return (c & 0x80) != 0; }

static bool is_capital(const char *s, size_t n, size_t at) {
    return at < n && ((s[at] >= 'A' && s[at] <= 'Z') ||
                      (s[at] == '\xC3' && at + 1 < n && (unsigned char)s[at + 1] < 0x9F));
}

/* A word's end: letters of any script of Europe, - ' and a point behind. */
static size_t word_end(const char *s, size_t n, size_t at) {
    size_t i = at;
    while (i < n && i - at < 40 &&
           (is_letter(s[i]) || (is_high(s[i]) && !is_han(s, n, i)) || s[i] == '-' || s[i] == '\''))
        i++;
    return i;
}

/* 12, 12a, 12-14, 221B, 12 bis; the end, 0: none. */
static size_t house_number(const char *s, size_t n, size_t at, bool bis) {
    size_t i = at;
    while (i < n && i - at < 6 && is_digit(s[i])) i++;
    if (i == at || i - at > 5 || s[at] == '0') return 0;
    if (i + 1 < n && (s[i] == '-' || s[i] == '/') && is_digit(s[i + 1])) {
        size_t more = i + 1;
        while (more < n && more - i < 6 && is_digit(s[more])) more++;
        if (more - i < 6) i = more;
    }
    if (i < n && is_letter(s[i])) i++;
    if (bis) i += any_word(s, n, i, " bis| ter| quater");
    return i < n && is_word(s[i]) ? 0 : i;
}

static size_t comma(const char *s, size_t n, size_t at) {
    size_t i = at + (at < n && s[at] == ',');
    return i < n && s[i] == ' ' ? i + 1 : 0;
}

/* One to four words with capital letters, small ones between; the end of the last, 0: none. With
 * `endings`, the last of them must be one of these, and another one before it. */
static size_t names(const char *s, size_t n, size_t at, const char *endings, int most) {
    size_t i = at, end = 0;
    for (int word = 0; word < most; word++) {
        size_t small = any_word(s, n, i, between);
        i += small;
        if (!is_capital(s, n, i) && !(is_digit(i < n ? s[i] : 0) && !small && endings)) break;
        size_t next = i;
        if (is_digit(s[i])) { /* 5th Avenue */
            while (next < n && is_digit(s[next])) next++;
            size_t ordinal = any_word(s, n, next, "st|nd|rd|th");
            if (!ordinal) break;
            next += ordinal;
        } else next = word_end(s, n, i);
        if (next == i) break;
        size_t found = endings && word ? any_word(s, n, i, endings) : 0;
        if (endings && word && found == next - i && !small) {
            end = next + (next < n && s[next] == '.' && next - i <= 4);
            break; /* the first such word */
        }
        if (!endings) end = next;
        i = next + (next < n && s[next] == '.');
        if (i >= n || s[i] != ' ') break;
        i++;
    }
    return end;
}

/* 10115, 75002, 1017 AB, 00-950, SW1A 1AA is none of the EU; the end, 0: none. */
static size_t postcode(const char *s, size_t n, size_t at) {
    size_t i = at + any_word(s, n, at, "D-|F-|A-|CH-|NL-|I-|E-|PL-|B-|L-|S-|DK-"), from = i;
    while (i < n && i - from < 6 && is_digit(s[i])) i++;
    if (i - from == 2 && i + 3 < n && s[i] == '-' && is_digit(s[i + 1])) { /* 00-950 */
        from = i - 2, i++;
        while (i < n && i - from < 6 && is_digit(s[i])) i++;
        return i - from == 6 && ends_word(s, n, i) ? i : 0;
    }
    if (i - from < 4 || i - from > 5) return 0;
    if (i - from == 4 && i + 2 < n && s[i] == ' ' && is_capital(s, n, i + 1) &&
        is_capital(s, n, i + 2) && (i + 3 == n || !is_word(s[i + 3])))
        i += 3;                                                                       /* 1017 AB */
    else if (i - from == 5 && i + 4 < n && s[i] == '-' && is_digit(s[i + 1])) i += 5; /* ZIP+4 */
    return ends_word(s, n, i) ? i : 0;
}

/* ", IL 62704"; the end, `at`: none. */
static size_t state(const char *s, size_t n, size_t at) {
    size_t i = comma(s, n, at);
    if (!i || i + 2 > n || !is_capital(s, n, i) || !is_capital(s, n, i + 1)) return at;
    size_t end = i + 2;
    if (end < n && is_word(s[end])) return at;
    size_t zip = end < n && s[end] == ' ' ? postcode(s, n, end + 1) : 0;
    return zip ? zip : end;
}

static size_t before_number(const char *s, size_t n, size_t at);

/* What stands behind street and number: flat, postcode, city, state. */
static size_t rest(const char *s, size_t n, size_t at, bool *sure) {
    size_t end = at, i = comma(s, n, at);
    size_t flat = i ? any_word(s, n, i, "Apt. |Apt |Suite |Ste |Unit |Flat |Floor |#") : 0;
    if (flat) {
        size_t to = i + flat;
        while (to < n && to - i < 16 && is_word(s[to])) to++;
        if (to > i + flat) end = to, i = comma(s, n, end);
    }
    if (!i) return end;
    size_t code = postcode(s, n, i), city = i;
    if (code) end = code, city = comma(s, n, code), *sure = true;
    else if (end < n && s[end] != ',') return end; /* a city needs a comma, or its postcode */
    size_t named = city && !before_number(s, n, city) ? names(s, n, city, NULL, 3) : 0;
    if (!named) return end;
    end = named;
    size_t more = state(s, n, end);
    if (more == end && comma(s, n, end) && s[end] == ',') /* Paris, 75002 */
        more = postcode(s, n, comma(s, n, end)) ? postcode(s, n, comma(s, n, end)) : end;
    else if (more == end && end < n && s[end] == ' ') { /* Berlin 10115 */
        size_t behind = postcode(s, n, end + 1);
        if (behind && behind - end > 5) more = behind;
    }
    *sure = true;
    return more;
}

/* 12 Main Street; 12, rue de la Paix. */
static size_t after_number(const char *s, size_t n, size_t at, bool *year) {
    size_t number = house_number(s, n, at, true), i = number ? comma(s, n, number) : 0;
    if (!i) return 0;
    *year = number - at == 4 && (has_word(s, n, at, "19") || has_word(s, n, at, "20"));
    size_t word = any_word(s, n, i, number_first);
    if (word) return names(s, n, i + word, NULL, 4);
    size_t end = s[number] == ',' ? 0 : names(s, n, i, streets, 5);
    return end ? end + any_word(s, n, end, " NW| NE| SW| SE| N| S| E| W") : 0;
}

/* Whether the word from `at` to `end` ends in one of the suffixes, with two letters before it, or
 * is one behind another word. */
static bool is_street_word(const char *s, size_t at, size_t end, bool first) {
    const char *list = suffixes;
    for (size_t length; *list; list += length + (list[length] == '|')) {
        length = strcspn(list, "|");
        if (length > end - at || memcmp(s + end - length, list, length)) continue;
        if (end - at >= length + 2 || (!first && end - at == length)) return true;
    }
    return false;
}

/* Hauptstraße 5, Lange Straße 12a, Via Roma, 10. */
static size_t before_number(const char *s, size_t n, size_t at) {
    size_t i = at, word = any_word(s, n, at, street_first), end = 0;
    if (word) {
        end = names(s, n, at + word, NULL, 4);
        size_t number = end ? comma(s, n, end) : 0;
        return number ? house_number(s, n, number, false) : 0;
    }
    for (int words = 0; words < 4 && is_capital(s, n, i); words++) {
        end = word_end(s, n, i);
        if (end < n && s[end] == '.') end++;
        if (end >= n || s[end] != ' ') return 0;
        if (is_street_word(s, i, end, words == 0)) {
            size_t number = house_number(s, n, end + 1, false);
            if (number) return number;
        }
        i = end + 1;
        i += any_word(s, n, i, between);
    }
    return 0;
}

bool find_street_address(const char *s, size_t n, size_t at, found *out) {
    bool digit = is_digit(s[at]), year = false, sure = false;
    if (!digit && !is_letter(s[at]) && s[at] != '\xC3') return false;
    if (!begins_word(s, at) || (at && is_high(s[at - 1]) && !(at >= 3 && is_han(s, n, at - 3))))
        return false;
    size_t end = digit ? after_number(s, n, at, &year) : before_number(s, n, at);
    if (!end) return false;
    out->end = rest(s, n, end, &sure);
    out->certainty = sure ? 0.9 : year ? 0.5 : 0.75;
    return true;
}
