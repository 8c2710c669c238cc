/* Constraints: what a weight becomes after every update. To add one: a line CONSTRAINT(foo) in
 * constraints.def and `const constraint_kind constraint_foo`. Configs: "non_neg",
 * {"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}}. */
#ifndef PART_CONSTRAINT_H
#define PART_CONSTRAINT_H

#include "part/kind.h"
#include "tensor/tensor.h"

typedef struct constraint_kind {
    KIND_MEMBERS
    mica_tensor *(*call)(const void *options, mica_tensor *w);
} constraint_kind;

/* w after the constraint; NULL: w itself. Failures are in the context. */
mica_tensor *constrain(const char *config, mica_tensor *w);

extern const constraint_kind *const all_constraints[];

mica_status check_constraint(const char *config, const char *what, const char *field_name,
                             mica_error *err);

#endif
