/* Statistics of columns, with the meaning that pandas gives them (describe, nunique). */
#ifndef TRANSFORM_DESCRIBE_H
#define TRANSFORM_DESCRIBE_H

#include "base/parallel.h"
#include "table/blocks.h"
#include "transform/frequent.h"

/* One summary for each column, which the team's threads share. tops (may be NULL): opened
 * for each column, they get its most frequent values, but of numbers. Of a table that does not lie
 * in memory at most `most` different values of a column are held (0: as many as the columns'
 * share of an eighth of the memory that is free has room for, at least 2^20 divided by the columns,
 * or a 32nd of the rows where that is more): for more of them the blocks are gone through again. */
mica_status describe_blocks(table_blocks *b, size_t most, team *team, mica_column_summary *out,
                            frequent_values *tops, mica_error *err);
/* How many they are then. */
size_t described_values(const table_blocks *b);

#endif
