/* Texts in one spelling: blanks, case, width. Works on UTF-8; broken bytes stay as they are. */
#ifndef TRANSFORM_FOLD_TEXT_H
#define TRANSFORM_FOLD_TEXT_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum letter_case { CASE_KEEP, CASE_LOWER, CASE_UPPER } letter_case;
#define LETTER_CASES                                                                               \
    { "keep", "lower", "upper", NULL }

typedef struct folding {
    bool trim;   /* no blanks at both ends, as Python's str.strip */
    bool spaces; /* runs of blanks become one space */
    bool width;  /* full-width ASCII and signs become ASCII, half-width kana full, as in NFKC */
    letter_case letters; /* Latin, Greek, Cyrillic, Armenian; letter by letter, so ß stays ß */
} folding;

/* Adds the text to `out`. */
void fold_text(const folding *f, const char *text, size_t length, strbuf *out);

/* The character at byte *at, which moves behind it; -1: the byte is no part of UTF-8. */
int32_t utf8_next(const char *text, size_t length, size_t *at);
/* What Python's str.isspace calls so. */
bool is_space(int32_t c);
/* The same letter in the other case; itself where it has none. */
int32_t lower_letter(int32_t c);
int32_t upper_letter(int32_t c);
/* Full-width ASCII as ASCII; others as they are. */
int32_t narrow_letter(int32_t c);

#endif
