/* Personal data in text: where mail addresses, numbers of persons, cards and phones, postal
 * addresses and names stand, by pattern, check digits and word lists. What is found is likely, not
 * certain, and names and addresses of other forms are not found; nothing here replaces a look at
 * the column's meaning. */
#ifndef TRANSFORM_PERSONAL_H
#define TRANSFORM_PERSONAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum personal_kind {
#define PERSONAL(name, ...) PERSONAL_##name,
#include "transform/personal.def"
#undef PERSONAL
    PERSONAL_KINDS
} personal_kind;

typedef struct personal_span {
    size_t at, length; /* bytes */
    personal_kind kind;
    double certainty; /* 0 … 1 */
    bool rest;        /* what a surer find that it overlaps left of a find: as personal, no find */
} personal_span;

/* Grows; zero-initialised is empty. */
typedef struct personal_spans {
    personal_span *item;
    size_t count, room;
} personal_spans;
void personal_spans_free(personal_spans *s);

bool personal_spans_add(personal_spans *s, personal_span one); /* false: no memory */
/* Sorts spans of that text, wherever they come from, so that none is over another: the
 * more certain and then the longer one stays, and what is beside it of the others becomes spans of
 * their kind that are marked as rests (but for blanks and punctuation). Every letter and digit of
 * every span is in one of those that are left. */
mica_status personal_spans_settle(personal_spans *s, const char *text, size_t length,
                                  mica_error *err);

const char *personal_kind_name(personal_kind kind); /* "mail" */
const char *personal_kind_what(personal_kind kind); /* one line for people */

/* Sets *out to the spans of UTF-8 text (any bytes do) with at least that certainty, in order, none
 * over another: where several of the wanted kinds fit, the more certain and then the longer one
 * stays, and what the others have beside it follows as rests. Full-width letters and digits are
 * found like ASCII. wanted: of each kind; NULL: all. The time grows with the length alone. */
mica_status personal_find(const char *text, size_t length, double certainty, const bool *wanted,
                          personal_spans *out, mica_error *err);

#endif
