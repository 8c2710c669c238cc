/* How alike the rows of a table are in the columns that a policy names, block by block. */
#ifndef BATCH_ALIKE_H
#define BATCH_ALIKE_H

#include "batch/policy.h"
#include "transform/protect.h"

typedef struct alike alike;

/* Over the columns that no rule drops, where `after` says so; else over all. */
mica_status alike_open(const policy *p, bool after, alike **out, mica_error *err);
mica_status alike_add(alike *a, const mica_table *block, mica_error *err);
/* The blocks once more; group becomes the group of each row: see likeness_again. */
mica_status alike_again(alike *a, const mica_table *block, uint32_t *group, mica_error *err);
const likeness *alike_groups(const alike *a);
void alike_close(alike *a);

#endif
