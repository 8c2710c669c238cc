/* Merging layers: several inputs become one, element by element. */
#ifndef LAYER_MERGE_H
#define LAYER_MERGE_H

#include "layer/layer.h"

/* For build: at least one input (of Subtract: two), shapes that broadcast, equal batches. */
mica_status merge_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
mica_status merge_build_two(mica_layer *l, const shape *in, int inputs, mica_error *err);
/* For call: gives inputs of lower rank dims of 1 after the batch. True if there were such: then
 * their masks no longer fit them, and values are merged without (as Keras). */
bool merge_expand(layer_frame *f);
/* For call: the mask of the output: any of the inputs', if all have one. */
void merge_masks(layer_frame *f);
/* For call: out = op(op(x0, x1), x2) …, with the masks that merge_masks gives. */
void merge_fold(layer_frame *f, mica_tensor *(*op)(mica_tensor *, mica_tensor *));
/* For call: the same of the values that count: where one input is masked out, the other is taken.
 */
void merge_fold_masked(layer_frame *f, mica_tensor *(*op)(mica_tensor *, mica_tensor *));
/* mask (B, …) as one value for every element of x: dims of 1 behind. */
mica_tensor *merge_mask_like(mica_tensor *mask, mica_tensor *x);

#define MERGE_LAYER(x, class_name, ...)                                                            \
    static const field x##_fields[] = {LAYER_FIELDS(mica_##x##_options), END_OF_FIELDS};           \
    const layer_kind layer_##x = {.name = class_name,                                              \
                                  .fields = x##_fields,                                            \
                                  .options_size = sizeof(mica_##x##_options),                      \
                                  .inputs = VARIADIC,                                              \
                                  .call = call,                                                    \
                                  __VA_ARGS__};                                                    \
    LAYER_CONSTRUCTOR(x)

#endif
