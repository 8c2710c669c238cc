/* How the input contracts of two models differ: what would break a client that was written for the
 * one when it meets the other. Compared are inputs (names, types, shapes), outputs (types, shapes;
 * names where there are several), names of classes, and of the card how pictures and rows of
 * tables are prepared: columns, their types and categories, whether their cells may be missing.
 * Weights, layers, statistics that were learned (fills, scalings) may be other ones. */
#ifndef STORE_DIFFERENCES_H
#define STORE_DIFFERENCES_H

#include "base/strbuf.h"
#include "model/model.h"

typedef struct difference {
    const char *what, *found, *expected; /* "input \"x\"", "float32 (None, 3)", "nothing" */
} difference;

typedef struct difference_list {
    arena texts;
    difference *at;
    size_t count, room;
    bool failed; /* without memory */
} difference_list;

/* Adds to the list. Errors: MEMORY. */
mica_status find_differences(const mica_model *found, const mica_model *expected,
                             difference_list *out, mica_error *err);
void differences_free(difference_list *l);
/* "input \"x\": float32 (None, 3), expected float32 (None, 4); …", as many as there is room for. */
void differences_text(const difference_list *l, char *out, size_t room);

#endif
