/* What gather_elements and scatter_elements, gather_nd and scatter_nd share. */
#ifndef OP_ELEMENTS_H
#define OP_ELEMENTS_H

#include "op/array.h"

typedef struct scatter_attrs {
    int64_t axis;   /* of scatter_elements; else 0 */
    int64_t action; /* a mica_scatter_action */
} scatter_attrs;

extern const field scatter_fields[];

/* Known action; updates of x's dtype. in: x, indices, updates. */
mica_status scatter_check(shape_frame *f);
/* Element i of the output set to, or added to by, element j of in 2. */
void scatter_element(const kernel_call *c, int64_t i, int64_t j);
/* gather_elements: where element i of the indices, whose shape is `shape`, points to in x; -1:
 * nowhere. */
int64_t element_place(const operand *x, const operand *info, const void *indices, int axis,
                      int64_t i, const int64_t index[MAX_RANK]);
/* gather_nd: the first element of the slice of x that row i of the indices names; -1: nowhere. */
int64_t slice_place(const shape *x, const operand *info, const void *indices, int64_t i,
                    int64_t *size);

#endif
