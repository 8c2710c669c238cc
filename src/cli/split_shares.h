/* What a split by classes and groups at once reached: how many rows of each class a part has. */
#ifndef CLI_SPLIT_SHARES_H
#define CLI_SPLIT_SHARES_H

#include "base/config.h"
#include "batch/split_table.h"

/* Stands before a part's sink, and counts. */
typedef struct counted_sink {
    table_sink sink, *to;
    int column;
    json_t *counts; /* {"yes": 53, …}; "" counts the missing ones */
} counted_sink;

/* Counts the values of that column on the way to `to`. */
table_sink *counted_open(counted_sink *s, int column, table_sink *to);
void counted_close(counted_sink *s);
/* "no 73.5 %, yes 26.5 %", the most frequent ones; print_shares ends the line. */
void print_shares(const json_t *counts, int64_t rows);

#endif
