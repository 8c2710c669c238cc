/* Tables on a terminal, aligned by how wide characters are shown. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/memory.h"

#include <stdio.h>

/* Zeroed with `columns` set is empty. Column i is aligned right where `right` has an 'r' at i. */
typedef struct table {
    int columns;
    const char *right; /* "lrr"; NULL: all left */
    arena texts;
    char **cells;
    size_t count, room;
} table;

/* The next cell, row by row. */
void table_add(table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(table *t, FILE *out); /* and frees it; out NULL: only that */
/* Columns that a terminal needs to show UTF-8 text. */
int text_width(const char *text);
/* Bytes of the longest begin of the text that is at most `columns` wide. */
size_t text_fitting(const char *text, int columns);

#endif
