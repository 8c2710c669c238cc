/* Tables as samples. What the training part tells (columns, categories, classes, imputed values) is
 * one JSON object, the preparation, which lies on a model's card too:
 *
 *   {"table": {"columns": [{"name", "type", "categories": […], "fill"}, …],
 *              "target": {"name", "type", "classes": […]}, "sample_weight": NAME,
 *              "normalize": "NFKC"}}
 *
 * With "joined", the columns that joins brought. "type" is number, date or category; of the target
 * class or number. With "inputs": "columns" each column is an input of its own, and text is a type,
 * of strings. With "inputs": "grouped" there is
 *
 *   "groups": [{"name", "type", "columns": N, "tokens": M}], "left_out": [NAME, …]
 *
 * whose type is number or category; columns are in the order of the groups, each with its "input"
 * and its "place" there. Of a category "first" is the number of what is unknown, behind which its
 * categories' numbers are; "tokens" of the group are all its numbers. */
#ifndef DATA_TABULAR_H
#define DATA_TABULAR_H

#include "base/config.h"
#include "data/dataset.h"
#include "table/table.h"

extern const field tabular_fields[];
extern const char *const tabular_imputes[], *const tabular_target_types[]; /* choices */

/* Which rows of a table. */
typedef struct row_list {
    uint32_t *row;
    int64_t count;
} row_list;

/* The preparation from these rows; `name` is the table's, for errors. */
mica_status tabular_fit(const mica_table *t, const mica_tabular_options *o, row_list rows,
                        const char *name, json_t **out, mica_error *err);
/* Which columns the model is told, by the options; the target and the weight count like others. */
mica_status tabular_told(const mica_table *t, const mica_tabular_options *o, const char *name,
                         bool *told, mica_error *err);
/* The rows as columns x, y, sample_weight of the dataset; texts are brought into the normal form
 * that the preparation names. */
mica_status tabular_apply(mica_dataset *d, const mica_table *t, const json_t *preparation,
                          const mica_tabular_options *o, row_list rows, const char *name,
                          mica_error *err);
/* A copy whose texts have the normal form of that name; *out NULL: t itself will do. */
mica_status tabular_normalize(const mica_table *t, const char *form, const char *name,
                              mica_table **out, mica_error *err);
/* Which rows teach, and which are asked for. */
typedef struct table_parts {
    row_list train, validation, test;
} table_parts;
/* left_out (NULL: none) are rows of no part. */
mica_status tabular_split(const mica_table *t, const mica_tabular_options *o, const bool *left_out,
                          const char *name, table_parts *out, mica_error *err);
void tabular_parts_free(table_parts *p);
/* All of it: joins, splits, fits unless o->fitted says, applies; d->preparation. source: of a list
 * of tables which of them each row of t is of; NULL: it is one. */
mica_status tabular_fill(mica_dataset *d, const mica_table *t, const uint16_t *source,
                         mica_part part, const mica_tabular_options *o, const char *name,
                         mica_error *err);

/* The fingerprint is that of the table's cells: of what queries and joins made, whose sources may
 * change afterwards. */
mica_status tabular_digest(mica_dataset *d, const mica_table *t, mica_error *err);

/* The column of that name; fails with the nearest. */
mica_status tabular_find(const mica_table *t, const char *column, const char *what,
                         const char *name, int *out, mica_error *err);
/* The same of a column that the model was trained with, so that its name is right and the table's
 * may be wrong. */
mica_status tabular_find_trained(const mica_table *t, const char *column, const char *name,
                                 int *out, mica_error *err);
/* Whether each column is an input. */
bool tabular_by_columns(const mica_tabular_options *o);
/* Whether columns of one kind are one input. */
bool tabular_in_groups(const mica_tabular_options *o);
/* Which of the prepared columns fills `place` of that input, of how many; `input` is a number among
 * the inputs that the preparation makes. -1: none. */
int64_t tabular_place(const json_t *table, int input, int64_t place);
/* How many inputs a preparation makes, and their names. */
int tabular_inputs(const json_t *table);
const char *tabular_input_name(const json_t *table, int input);
/* Whether the target's values are classes. */
bool tabular_has_classes(const mica_table *t, const mica_tabular_options *o, int target);
/* The column's cells as an input of strings; what is missing becomes `fill` (NULL: an error). */
mica_status tabular_add_texts(mica_dataset *d, const mica_table *t, int column, row_list rows,
                              const char *fill, const char *name, mica_error *err);
mica_status tabular_missing(const char *name, const char *what, const char *column, int64_t row,
                            mica_error *err);
/* ---- tabular_cells.c: a column that is not of the type that it should be ---- */

typedef enum wanted_cells { WANTED_NUMBERS, WANTED_DATES } wanted_cells;
typedef struct wanted_column {
    const mica_table *table;
    int column;
    wanted_cells wanted;
    const char *name, *what, *why; /* the table's; "column"; "as in the training part" */
} wanted_column;
typedef struct wrong_cells {
    int64_t cells, wrong,
        first;     /* that are there, of them no such ones; the first one's row or -1 */
    char text[80]; /* of that one, cut where it is long */
} wrong_cells;
/* False: no memory. */
bool tabular_count_wrong(const wanted_column *w, wrong_cells *out);
/* The error, which names the first row whose cell is not such a one. */
mica_status tabular_wrong_cell(const wanted_column *w, mica_error *err);

/* What target_above calls its two classes. */
void tabular_above_name(const mica_tabular_options *o, bool above, char out[64]);
/* The class that the target's cell is of; free(). NULL: no memory. */
char *tabular_class(const mica_table *t, const mica_tabular_options *o, int target, int64_t row);
/* ---- tabular_dates.c: "NAME.PART", a part of the dates of a column ---- */

/* Whether a column's name ends so: the length of NAME, and the number of the part; false: no. */
bool tabular_part_of(const char *name, size_t *length, int *part);
/* The part's number in each row, NaN where the date is missing. */
mica_status tabular_part(const mica_table *t, const json_t *how, row_list rows, double *out,
                         const char *name, mica_error *err);
/* A cell's text as categories are compared; free(). NULL: no memory. */
char *tabular_text(const mica_table *t, int column, int64_t row);
/* A cell as a number of x: dates in days. NaN where it is missing or text. */
double tabular_number(const mica_table *t, int column, int64_t row);

#endif
