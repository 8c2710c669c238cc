/* Making tables of tables: rows and columns picked, columns with other cells. Only for tables that
 * are being made: what is read or given to others does not change any more. */
#ifndef TABLE_EDIT_H
#define TABLE_EDIT_H

#include "base/config.h"
#include "base/strbuf.h"
#include "table/dictionary.h"

/* Different texts and their numbers, in the order of their coming. Zero-initialised is empty. */
typedef struct text_maker {
    dictionary words;
    arena bytes;
} text_maker;

/* The text's number; it is copied where it is new. -1: no memory. */
int32_t text_maker_add(text_maker *m, const char *text, size_t length);
void text_maker_free(text_maker *m);

/* Those columns (NULL: all) and those rows (NULL: all) of a table as a new one; row -1 is a row of
 * missing cells. Types stay. */
mica_status table_pick(const mica_table *t, const int *columns, int column_count,
                       const int64_t *rows, int64_t row_count, mica_table **out, mica_error *err);
/* The rows where !leave_out[row]. */
mica_status table_without(const mica_table *t, const bool *leave_out, mica_table **out,
                          mica_error *err);

/* The table with one column more at its end, of these whole numbers (taken, as column_room gives
 * them, MISSING_INTEGER missing). */
mica_status table_with_integers(const mica_table *t, const char *name, int64_t *cells,
                                mica_table **out, mica_error *err);

/* Keeps a report for mica_table_report; false: no memory. */
bool table_set_report(mica_table *t, const json_t *report);
/* The end of making *t: it gets the report (freed); where `status`, which is given back, or that is
 * a failure it is destroyed. */
mica_status table_end_report(mica_table **t, json_t *report, mica_status status, mica_error *err);

/* How many of the column's cells are missing. */
int64_t column_missing(const table_column *c, int64_t rows);
/* Room for so many cells of a type, as columns keep them; NULL: no memory. */
void *column_room(mica_column_type type, int64_t rows);
/* The column gets these cells (taken), of that type; texts must be set before or after. */
void column_set(mica_table *t, int i, mica_column_type type, void *cells);
/* Of texts: codes (taken) in m, which is left empty; category or text as reading decides it.
 * False: no memory. */
bool column_set_texts(mica_table *t, int i, int32_t *codes, text_maker *m);

/* Puts what becomes of a cell's text into `out`, which is empty; nothing or a spelling of missing
 * makes it missing. Is asked once for each different text. */
typedef mica_status text_change(void *arg, const char *text, size_t length, strbuf *out,
                                mica_error *err);
/* The column as texts that were changed so; as it was where none was changed. *changed grows by
 * how many cells were. */
mica_status column_change_texts(mica_table *t, int i, text_change *change, void *arg,
                                int64_t *changed, mica_error *err);
/* The cells as numbers, NaN missing; dates in microseconds. Texts have none. */
void column_numbers(const mica_table *t, int i, double *out);
/* Whether that cell is missing, without a look at what is asked. */
static inline bool cell_missing(const table_column *c, int64_t row) {
    switch (c->type) {
    case MICA_COLUMN_MISSING: return true;
    case MICA_COLUMN_BOOLEAN: return ((int8_t *)c->cells)[row] < 0;
    case MICA_COLUMN_NUMBER: return ((double *)c->cells)[row] != ((double *)c->cells)[row];
    case MICA_COLUMN_INTEGER:
    case MICA_COLUMN_DATE: return ((int64_t *)c->cells)[row] == MISSING_INTEGER;
    default: return ((int32_t *)c->cells)[row] < 0;
    }
}
/* Numbers that are equal where cells are, missing ones too (-0 equals 0): one a row. */
void column_keys(const mica_table *t, int i, int64_t *out);

#endif
