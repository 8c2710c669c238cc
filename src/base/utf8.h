/* UTF-8: letters and what are none. Source: Unicode 15, 3.9, table 3-7. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the letter at the beginning of n > 0 bytes has; 0: there is none, and so many
 * bytes (the start of one, else 1) are *wrong. */
size_t utf8_letter(const char *bytes, size_t n, size_t *wrong);
/* The number of a letter of so many bytes. */
uint32_t utf8_value(const char *letter, size_t size);
/* The first byte that does not belong to a letter; NULL: none. */
const char *utf8_invalid(const char *text, size_t size);

/* The columns of a terminal that a text takes: Chinese letters and the like are two wide, marks on
 * others none, a byte that belongs to no letter one. The same in every locale. */
size_t utf8_columns(const char *text, size_t size);

#endif
