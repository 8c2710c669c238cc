/* Personal data in the cells of a table. */
#ifndef BATCH_PERSONAL_TABLE_H
#define BATCH_PERSONAL_TABLE_H

#include "base/config.h"
#include "base/parallel.h"
#include "table/edit.h"
#include "transform/personal.h"

/* The spans of a cell of that column: the column's name is a cue, as if it stood before it. `room`
 * is kept from call to call. */
mica_status personal_in_cell(const char *column, const char *text, size_t length, double certainty,
                             const bool *wanted, strbuf *room, personal_spans *out,
                             mica_error *err);

typedef struct personal_count {
    int64_t there;                 /* cells that are not missing */
    int64_t cells[PERSONAL_KINDS]; /* with one of the kind or more */
    int64_t finds[PERSONAL_KINDS]; /* in all */
    int64_t whole[PERSONAL_KINDS]; /* cells that are nothing else */
    int64_t any;                   /* cells with one of any kind */
    bool by_name;                  /* the column's name says that it is personal */
} personal_count;

/* Adds to *out, which is zeroes before the first rows of a column. */
mica_status personal_in_column(const mica_table *t, int column, double certainty, team *team,
                               personal_count *out, mica_error *err);
/* Whether a name of a column says so: "email", "first_name", "手机号". */
bool personal_column_name(const char *name);
/* Whether it says that names of persons are in it: "name", "first_name", "客户姓名". */
bool personal_name_column(const char *name);
/* The most frequent kind that half of the cells are or hold; -1: there is none. */
int personal_likely(const personal_count *c);
/* {"column", "type", "likely": KIND or null, "by_name", "cells", "kinds": {KIND: {"cells", "finds",
 * "whole"}}}; NULL: nothing was found (then out of memory is impossible to tell: it is a report).
 */
json_t *personal_json(const mica_table *t, int column, const personal_count *c);

#endif
