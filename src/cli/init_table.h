/* mica init of a table from inside: what init_table.c and init_target.c share. */
#ifndef CLI_INIT_TABLE_H
#define CLI_INIT_TABLE_H

#include "cli/init.h"

typedef struct table_look {
    init *i;
    const mica_table *t;
    const mica_column_summary *s;
    int target;
    bool classes;
    int64_t class_count;
    json_t *features;
    json_t *texts;         /* of columns of free text the feature's options */
    bool missing, grouped; /* more features than a model has inputs */
} table_look;

/* Whether --ignore names that column. */
bool init_ignores(const init *i, const char *column);
/* Of texts and categories that are numbers but for few: those are meant to be something else. */
mica_status init_warn_of_mixed(table_look *k, int c, mica_error *err);

/* ---- init_target.c ---- */

/* Names that are numbers are a first row of cells more often than names. */
void init_warn_of_names(const table_look *k);
/* By --target, else by its name, else the last one that can be one; the reason is said. */
mica_status init_choose_target(table_look *k, mica_error *err);
/* Whether it is of classes, and what is wrong with it. */
mica_status init_look_at_target(table_look *k, mica_error *err);

#endif
