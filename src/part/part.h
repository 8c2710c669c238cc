/* What layers, losses, optimizers and metrics share, and the fields that name it. */
#ifndef PART_PART_H
#define PART_PART_H

#include "part/activation.h"
#include "part/constraint.h"
#include "part/initializer.h"
#include "part/regularizer.h"

/* Fields of options that hold a config: checked when they are read. */
#define ACTIVATION_FIELD(owner, member, ...)                                                       \
    CONFIG(owner, member, "linear", .check = check_activation, __VA_ARGS__)
#define INITIALIZER_FIELD(owner, member, default_)                                                 \
    CONFIG(owner, member, default_, .check = check_initializer, .help = "first values")
#define REGULARIZER_FIELD(owner, member)                                                           \
    CONFIG(owner, member, NULL, .check = check_regularizer, .help = "penalty added to the loss")
#define CONSTRAINT_FIELD(owner, member)                                                            \
    CONFIG(owner, member, NULL, .check = check_constraint,                                         \
           .help = "what it becomes after an update")

#endif
