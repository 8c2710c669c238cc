/* Texts and how often each came. */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include "base/index.h"
#include "base/memory.h"

typedef struct tallied {
    const char *text; /* length bytes and a NUL */
    size_t length;
    int64_t count;
    double key; /* the caller's own, to sort by */
} tallied;

typedef struct tally {
    arena texts;
    tallied *at; /* in the order of first coming, until the caller sorts them */
    size_t count, room;
    hash_index by_text;
} tally;

/* The entry of a text, made with count 0 where it is new; NULL without memory. Not after at was
 * sorted. */
tallied *tally_entry(tally *t, const char *text, size_t length);
void tally_free(tally *t);

/* For qsort: the most frequent first, of equal ones the lesser text. */
int tally_by_count(const void *a, const void *b);
/* By their bytes. */
int tally_by_text(const void *a, const void *b);

#endif
