/* Operations on categories: whole numbers and strings that stand for things, not for amounts. They
 * take and return handles (tensor.h): a failed call returns poison, and mica_check tells the first
 * error. None has a gradient. The layers that are made of them: layers_features.h. */
#ifndef MICA_CATEGORIES_H
#define MICA_CATEGORIES_H

#include "mica/tensor.h"

MICA_API_BEGIN

/* The values[i] whose keys[i] is x, element by element; `missing` (a scalar) where there is none.
 * keys (N) ascending (strings by their bytes), each once, of x's dtype; values (N). */
mica_tensor *mica_lookup(mica_tensor *x, mica_tensor *keys, mica_tensor *values,
                         mica_tensor *missing);
/* 1 (counts: how often) where k is among the indices along the axis, else 0: (…, N, …) integers to
 * (…, …, depth). Others than 0 … depth - 1 are left out. Source: keras.ops.multi_hot. */
mica_tensor *mica_multi_hot(mica_tensor *indices, int64_t depth, int64_t axis, bool counts,
                            mica_dtype dtype);
/* int64 in 0 … buckets - 1: the fingerprint (FarmHash64) of a string, or of an integer's decimal
 * digits, modulo buckets; with a key of two numbers its SipHash. The same numbers as TensorFlow's
 * to_hash_bucket_fast and to_hash_bucket_strong. */
mica_tensor *mica_hash_bucket(mica_tensor *x, int64_t buckets, const int64_t *key);
/* int64 in 0 … buckets - 1 of the elements of x[0] … x[count - 1] at the same place, as
 * tf.sparse.cross_hashed: integers or strings of one shape, in that order. */
mica_tensor *mica_hash_cross(mica_tensor *const *x, int count, int64_t buckets);

MICA_API_END

#endif
