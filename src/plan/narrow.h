/* Scans without what nobody reads. */
#ifndef PLAN_NARROW_H
#define PLAN_NARROW_H

#include "op/scan.h"
#include "plan/rewrite.h"

typedef struct narrowed {
    graph *body; /* NULL: the node stays as it is */
    scan_attrs attrs;
    bool in[MAX_INPUTS], out[MAX_OUTPUTS]; /* what stays */
} narrowed;

/* Which outputs of a scan stay, where live says whose values are read, and which inputs those need;
 * shapes are known. */
mica_status narrow_scan(rewrite *r, const node *n, const bool *live, narrowed *out);
/* Appends the narrowed scan in the place of n. */
mica_status narrowed_append(rewrite *r, const node *n, const narrowed *as);

#endif
