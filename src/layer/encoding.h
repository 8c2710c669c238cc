/* What layers that give categories share: how the number of one becomes an output. */
#ifndef LAYER_ENCODING_H
#define LAYER_ENCODING_H

#include "layer/layer.h"

/* "int", "one_hot", "multi_hot", "count"; and with "tf_idf". End in NULL. */
extern const char *const encoding_modes[], *const lookup_modes[];
/* Keras 2's "binary" is "multi_hot" of today, its "tf-idf" is "tf_idf": for kinds' translate. */
mica_status encoding_translate(json_t *config, const char *what, mica_error *err);

/* x, integers of any shape, in a mode: "int" as it is; "one_hot" (…, depth), where a last axis of
 * extent 1 goes first; "multi_hot", "count" which numbers are, or how often, along axis 1 (of rank
 * 1: along 0), the depth last. Numbers outside 0 … depth - 1 are left out. weights: how much each
 * counts, like x; NULL: 1. */
mica_tensor *encode_categories(mica_tensor *x, const char *mode, int64_t depth, mica_dtype dtype,
                               mica_tensor *weights);

#endif
