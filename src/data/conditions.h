/* Conditions on a table's columns, of which rows are told that stay: [{"column": "year", "op":
 * ">=", "value": 2010}, …], all of which must hold. "year >= 2010" is the same. */
#ifndef DATA_CONDITIONS_H
#define DATA_CONDITIONS_H

#include "base/config.h"
#include "table/table.h"

typedef enum condition_op {
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_AT_MOST,
    OP_MORE,
    OP_AT_LEAST,
    OP_IN,
    OP_NOT_IN,
    OP_MISSING,
    OP_NOT_MISSING
} condition_op;

typedef struct condition {
    const char *column;
    condition_op op;
    const json_t *values; /* a list: of one, of those of `in`; NULL: of `missing` */
} condition;

typedef struct conditions {
    json_t *tree;
    condition *list;
    int count;
} conditions;

/* Of JSON text: a list, or one alone; NULL: none. Zero-initialised before. */
mica_status conditions_read(const char *text, conditions *out, mica_error *err);
void conditions_free(conditions *c);
/* Whether all columns are there. */
mica_status conditions_check(const conditions *c, const mica_table *t, const char *name,
                             mica_error *err);
/* leave_out[row] becomes true where one does not hold. Texts are compared by their bytes, dates
 * with texts that are dates. Of a missing cell != and not in hold, as in pandas, and no other
 * comparison. Error: TYPE for values that the column's cells cannot be. */
mica_status conditions_mark(const conditions *c, const mica_table *t, const char *name,
                            bool *leave_out, mica_error *err);

#endif
