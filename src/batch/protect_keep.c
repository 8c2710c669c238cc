/* keep: the column stays as it is. The policy says that it was thought of. */
#include "batch/protection.h"

static const field keep_fields[] = {END_OF_FIELDS};

const protection protect_keep = {
    .name = "keep", .what = "stays as it is", .fields = keep_fields, .options_size = 1};
