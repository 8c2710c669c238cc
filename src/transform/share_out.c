/* See share_out.h. */
#include "transform/share_out.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef struct leftover {
    double rest;
    int64_t lot, class;
} leftover;

static int by_rest(const void *a, const void *b) {
    const leftover *x = a, *y = b;
    if (x->rest != y->rest) return x->rest < y->rest ? 1 : -1;
    return (x->lot > y->lot) - (x->lot < y->lot);
}

mica_status share_out(const int64_t *there, int64_t classes, int64_t draws, const uint32_t *lot,
                      int64_t *taken, mica_error *err) {
    int64_t total = 0, missing = draws;
    leftover *r = allocate((size_t)classes + 1, sizeof *r);
    if (!r) return fail_no_memory(err, "a division by classes");
    for (int64_t c = 0; c < classes; c++) total += there[c];
    for (int64_t c = 0; c < classes; c++) {
        double share = (double)there[c] / (double)total * (double)draws;
        taken[c] = (int64_t)floor(share);
        r[c] = (leftover){share - floor(share), lot ? lot[c] : c, c};
        missing -= taken[c];
    }
    if (missing > 0) qsort(r, (size_t)classes, sizeof *r, by_rest);
    for (int64_t i = 0; i < classes && i < missing; i++) taken[r[i].class]++;
    free(r);
    return MICA_OK;
}
