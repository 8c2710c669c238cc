/* Learning rates that change with the step. To add one: a line SCHEDULE(foo) in schedules.def and
 * `const schedule_kind schedule_foo` in schedules.c or a file of its own. */
#ifndef PART_SCHEDULE_H
#define PART_SCHEDULE_H

#include "part/kind.h"
#include "tensor/tensor.h"

typedef struct schedule_kind {
    KIND_MEMBERS
    mica_tensor *(*call)(const void *options, mica_tensor *step); /* float32 scalars */
    mica_status (*check)(const void *options, const char *what, mica_error *err); /* may be NULL */
} schedule_kind;

/* The rate at `step` (steps made so far, a scalar), as float32. Failures are in the context. */
mica_tensor *scheduled(const char *config, mica_tensor *step);

extern const schedule_kind *const all_schedules[];

mica_status check_schedule(const char *config, const char *what, const char *field_name,
                           mica_error *err);

#endif
