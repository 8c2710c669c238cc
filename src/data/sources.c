/* Every kind of source, in the order in which a path is tried. */
#include "data/dataset.h"

#define SOURCE(name) extern const source source_##name;
#include "data/sources.def"
#undef SOURCE

const source *const all_sources[] = {
#define SOURCE(name) &source_##name,
#include "data/sources.def"
#undef SOURCE
    NULL,
};
