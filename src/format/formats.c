/* The table of model formats: see format.h. */
#include "format/format.h"

#include <stddef.h>

const format *const all_formats[] = {
#define FORMAT(name) &format_##name,
#include "format/formats.def"
#undef FORMAT
    NULL};
