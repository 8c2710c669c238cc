/* Several tables that are read as one. */
#ifndef DATA_TABLE_LIST_H
#define DATA_TABLE_LIST_H

#include "data/dataset.h"
#include "mica/table.h"

/* Reads one of them, with these options. */
typedef mica_status table_reader(void *arg, const char *path, const mica_table_options *options,
                                 mica_table **out, mica_error *err);

typedef struct table_list_request {
    const char *const *paths;
    int count;
    const char *name; /* of all of them, for errors */
    const mica_table_options *options;
    table_reader *read;
    void *arg;
    int64_t *rows; /* gets how many each has */
} table_list_request;

/* Their rows one after the other. They have the same columns, in any order, which have the types
 * that one file of all the rows would have. */
mica_status table_list_read(const table_list_request *r, mica_table **out, mica_error *err);

#endif
