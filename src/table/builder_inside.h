/* The builder from inside: values are put into it in builder.c, and become a table in
 * builder_end.c. */
#ifndef TABLE_BUILDER_INSIDE_H
#define TABLE_BUILDER_INSIDE_H

#include "table/builder.h"

void builder_put_missing(mica_column_type type, void *cells, int64_t row);
/* A value is not of the type that its column had in the pass before. */
mica_status builder_fail_changed(table_builder *b, mica_error *err);

#endif
