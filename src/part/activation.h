/* Activations by name, as layers take them: "relu", "softmax", or {"class_name": "LeakyReLU",
 * "config": {"negative_slope": 0.1}}. To add one: a line ACTIVATION(foo) in activations.def and
 * `const activation_kind activation_foo` in activations.c. */
#ifndef PART_ACTIVATION_H
#define PART_ACTIVATION_H

#include "part/kind.h"
#include "tensor/tensor.h"

typedef struct activation_kind {
    KIND_MEMBERS
    mica_tensor *(*call)(const void *options, mica_tensor *x);
    mica_tensor *(*function)(mica_tensor *x); /* of the user, where call is NULL */
} activation_kind;

/* activation(x). NULL and "linear" give x itself. Failures are in the context. */
mica_tensor *activate(const char *config, mica_tensor *x);

/* keras.activations.relu with its options: (x > threshold ? min(x, max_value) : 0)
 * - slope relu(threshold - x); max_value NaN: no bound. */
mica_tensor *general_relu(mica_tensor *x, double slope, double max_value, double threshold);

extern const activation_kind *const all_activations[];

mica_status check_activation(const char *config, const char *what, const char *field_name,
                             mica_error *err);

#endif
