/* What the finders of personal data share. A finder is asked at every byte of a text whether
 * something of its kind begins there, or (mail) has its sign there. */
#ifndef TRANSFORM_PERSONAL_TEXT_H
#define TRANSFORM_PERSONAL_TEXT_H

#include "transform/personal.h"

typedef struct found {
    size_t begin, end; /* begin: what the finder was asked for, or before */
    double certainty;  /* 0: that of the kind */
} found;

/* Whether there is one at byte `at` of the n. */
typedef bool personal_finder(const char *s, size_t n, size_t at, found *out);
#define PERSONAL(name, ...) personal_finder find_##name;
#include "transform/personal.def"
#undef PERSONAL

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static inline bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }
static inline char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }

/* Nothing of a longer word or number is before byte `at`; after: from byte `end` on. */
bool begins_word(const char *s, size_t at);
bool ends_word(const char *s, size_t n, size_t end);
/* The part of find_name for Chinese ones (personal_chinese.c); `at` is a Han character. */
bool find_chinese_name(const char *s, size_t n, size_t at, found *out);
/* Exactly `count` digits from byte `at` on, with at most one of the separators before each; the
 * byte after the last, 0: they are not there. Values 0 … 9. */
size_t read_digits(const char *s, size_t n, size_t at, const char *separators, int count,
                   int *digits);
/* `count` digits as a number. */
int64_t number_of(const int *digits, int count);
/* Whether the year has that month and day. */
bool is_date(int year, int month, int day);
/* The check of Luhn (ISO/IEC 7812-1). */
bool passes_luhn(const int *digits, int count);
/* One Chinese character (or any of three bytes of UTF-8) at byte `at`: a Han character? */
bool is_han(const char *s, size_t n, size_t at);
/* Whether the text at byte `at` begins with the word. */
bool has_word(const char *s, size_t n, size_t at, const char *word);
/* The longest of the words, separated by |, that the text at byte `at` begins with; its bytes, 0:
 * none. */
size_t any_word(const char *s, size_t n, size_t at, const char *words);

#endif
