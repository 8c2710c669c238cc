/* Which encoding a text is in: told by its mark, by the one who asks for it, or found; and what is
 * said where it is in none. */
#ifndef CODEC_TEXT_ENCODING_H
#define CODEC_TEXT_ENCODING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct text_mark {
    const char *bytes;
    size_t length;
    const char *encoding, *from; /* from: as iconv names it; NULL: UTF-8, nothing is converted */
} text_mark;

enum { TEXT_MARK_MOST = 4 };

/* The mark that the text begins with, or NULL. */
const text_mark *text_mark_of(const char *bytes, size_t size);
/* What iconv converts it from; NULL: it is UTF-8, or GB18030 that nobody told of. */
const char *text_converted_from(const char *given, const text_mark *mark);

/* What bytes hold. */
enum { TEXT_OTHER = 1, TEXT_ZERO = 2 }; /* some that are not ASCII; NULs */
int text_look(const char *bytes, size_t size);
/* How many lines end in them. */
int64_t text_lines(const char *bytes, size_t size);

/* How many characters beyond ASCII there are, how many of them are of GB2312 (both bytes from A1
 * on), and of its kana, Greek and Cyrillic (from A4 to A9; the most frequent characters of Big5 lie
 * there), in pieces. */
typedef struct gb_count {
    uint64_t all, common, odd;
    unsigned char first; /* of a pair, at the end of the piece before */
} gb_count;
void gb_add(gb_count *g, const char *bytes, size_t size);
bool gb_likely(const gb_count *g);

extern const char text_with_nul[];
/* What bytes are that are no UTF-8: where an encoding was given, and where one was looked for. */
const char *text_of_neither(const char *given);
/* `byte` at that place and line of the text is `what`. */
mica_status text_fail(const char *name, int64_t line, char byte, uint64_t place, const char *what,
                      mica_error *err);
/* The same where iconv stops; cut: behind its errno EINVAL. */
mica_status text_fail_converting(const char *name, int64_t line, char byte, uint64_t place,
                                 const char *encoding, bool cut, mica_error *err);
mica_status text_fail_unknown(const char *name, const char *encoding, mica_error *err);

#endif
