/* What the training part tells, from inside: what tabular_fit.c and tabular_groups.c share. */
#ifndef DATA_TABULAR_FIT_H
#define DATA_TABULAR_FIT_H

#include "data/tabular.h"

typedef struct table_fitting {
    const mica_table *t;
    const mica_tabular_options *o;
    row_list rows;
    const char *name;
    bool *taken;    /* columns that are no features */
    bool *chosen;   /* by features, where they are given */
    bool *category; /* by categorical */
} table_fitting;

/* Whether it names a part of the dates of a column. */
bool fitting_is_part(const table_fitting *f, const char *name);
/* What is learned of a column, or of a part of dates, into `out`. */
mica_status fitting_category(const table_fitting *f, int column, json_t *out, mica_error *err);
mica_status fitting_number(const table_fitting *f, int column, json_t *out, mica_error *err);
mica_status fitting_part(const table_fitting *f, const char *name, json_t *out, mica_error *err);
/* A column of texts among numbers: where most cells are numbers, the first one that is none is what
 * is wrong. */
mica_status fitting_fail_text(const table_fitting *f, int column, mica_error *err);

/* tabular_groups.c: the columns as groups of one kind. */
mica_status fit_groups(const table_fitting *f, json_t *table, mica_error *err);

#endif
