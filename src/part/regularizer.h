/* Regularizers: a scalar loss of a weight or an output. To add one: a line REGULARIZER(foo) in
 * regularizers.def and `const regularizer_kind regularizer_foo` in regularizer.c or a file of its
 * own. Configs: "l2", {"class_name": "L1L2", "config": {"l1": 0.01, "l2": 0.01}}. */
#ifndef PART_REGULARIZER_H
#define PART_REGULARIZER_H

#include "part/kind.h"
#include "tensor/tensor.h"

typedef struct regularizer_kind {
    KIND_MEMBERS
    /* The penalty, a scalar. */
    mica_tensor *(*call)(const void *options, mica_tensor *x);
} regularizer_kind;

/* The penalty of x, a scalar of its dtype. Failures are in the context. */
mica_tensor *regularize(const char *config, mica_tensor *x);

extern const regularizer_kind *const all_regularizers[];

mica_status check_regularizer(const char *config, const char *what, const char *field_name,
                              mica_error *err);

#endif
