/* Tables as samples. What the training part tells (columns, categories, classes, imputed values) is
 * one JSON object, the preparation, which lies on a model's card too:
 *
 *   {"table": {"columns": [{"name", "type", "categories": […], "fill"}, …],
 *              "target": {"name", "type", "classes": […]}, "sample_weight": NAME}}
 *
 * "type" is number, date or category; of the target class or number. */
#ifndef DATA_TABULAR_H
#define DATA_TABULAR_H

#include "base/config.h"
#include "data/dataset.h"
#include "table/table.h"

extern const field tabular_fields[];

/* Which rows of a table. */
typedef struct row_list {
    uint32_t *row;
    int64_t count;
} row_list;

/* The preparation from these rows; `name` is the table's, for errors. */
mica_status tabular_fit(const mica_table *t, const mica_tabular_options *o, row_list rows,
                        const char *name, json_t **out, mica_error *err);
/* The rows as columns x, y, sample_weight of the dataset. */
mica_status tabular_apply(mica_dataset *d, const mica_table *t, const json_t *preparation,
                          const mica_tabular_options *o, row_list rows, const char *name,
                          mica_error *err);
/* The rows of both parts; the caller frees. */
mica_status tabular_split(const mica_table *t, const mica_tabular_options *o, const char *name,
                          row_list *train, row_list *test, mica_error *err);
/* All of it: splits, fits unless o->fitted says, applies; d->preparation. */
mica_status tabular_fill(mica_dataset *d, const mica_table *t, mica_part part,
                         const mica_tabular_options *o, const char *name, mica_error *err);

/* The column of that name; fails with the nearest. */
mica_status tabular_find(const mica_table *t, const char *column, const char *what,
                         const char *name, int *out, mica_error *err);
/* Whether the target's values are classes. */
bool tabular_has_classes(const mica_table *t, const mica_tabular_options *o, int target);
/* A cell's text as categories are compared; free(). NULL: no memory. */
char *tabular_text(const mica_table *t, int column, int64_t row);
/* A cell as a number of x: dates in days. NaN where it is missing or text. */
double tabular_number(const mica_table *t, int column, int64_t row);

#endif
