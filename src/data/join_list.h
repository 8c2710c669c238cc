/* Tables that are joined to one before it becomes samples: the option `join` of
 * mica_tabular_options. */
#ifndef DATA_JOIN_LIST_H
#define DATA_JOIN_LIST_H

#include "base/config.h"
#include "data/tabular.h"

typedef struct join_list_request {
    mica_context *ctx;
    const mica_tabular_options *o; /* join, fitted, predicting */
    const char *name;              /* the table's, for errors */
} join_list_request;

/* The table with those of o->join beside it, one after the other. *out NULL: t itself will do, for
 * nothing is to be joined, or it has the joined columns already. */
mica_status join_list(const join_list_request *r, const mica_table *t, mica_table **out,
                      mica_error *err);
/* The columns that the joins brought, a list for the preparation. */
json_t *join_list_names(const mica_table *before, const mica_table *joined);
/* The entries: o->join may be one of them alone, or a list. free it; *out NULL: none. */
mica_status join_list_read(const char *text, json_t **out, mica_error *err);

#endif
