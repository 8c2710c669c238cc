/* Ranks that meet: see ranks.h. */
#include "part/ranks.h"

#include "mica/array.h"

bool last_is_one(const mica_tensor *t) {
    return t->shape.rank > 0 && t->shape.dims[t->shape.rank - 1] == 1;
}

/* longer has one dim more: drops its last 1, or gives one to a shorter of rank 1. */
static void meet(mica_tensor **longer, mica_tensor **shorter) {
    if (!last_is_one(*longer)) return;
    if ((*shorter)->shape.rank == 1) *shorter = mica_expand_dims(*shorter, -1);
    else *longer = mica_squeeze(*longer, MICA_AXES(-1));
}

void same_rank(mica_tensor **a, mica_tensor **b) {
    if ((*a)->shape.rank == (*b)->shape.rank + 1) meet(a, b);
    else if ((*b)->shape.rank == (*a)->shape.rank + 1) meet(b, a);
}

mica_tensor *weights_like(mica_tensor *weights, mica_tensor *values) {
    weights = mica_cast(weights, values->dtype);
    if (weights->shape.rank == values->shape.rank + 1 && last_is_one(weights))
        weights = mica_squeeze(weights, MICA_AXES(-1));
    while (weights->shape.rank > 0 && weights->shape.rank < values->shape.rank)
        weights = mica_expand_dims(weights, -1);
    return weights;
}
