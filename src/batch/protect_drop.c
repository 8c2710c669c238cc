/* drop: the column is left out. */
#include "batch/protection.h"

static const field drop_fields[] = {END_OF_FIELDS};

const protection protect_drop = {
    .name = "drop", .what = "is left out", .fields = drop_fields, .options_size = 1, .drops = true};
