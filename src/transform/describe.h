/* Statistics of columns, with the meaning that pandas gives them (describe, nunique). */
#ifndef TRANSFORM_DESCRIBE_H
#define TRANSFORM_DESCRIBE_H

#include "base/parallel.h"
#include "table/table.h"

/* One summary for each column, which the team's threads share. */
mica_status describe_table(const mica_table *t, team *team, mica_column_summary *out,
                           mica_error *err);
mica_status describe_column(const mica_table *t, int column, mica_column_summary *out,
                            mica_error *err);
/* Sorts keys; `spare` has as much room. */
void sort_keys(uint64_t *keys, uint64_t *spare, size_t count);
/* The quantile q of sorted numbers by linear interpolation, as NumPy. */
double quantile_between(double below, double above, double part);

#endif
