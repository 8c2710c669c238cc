/* Kinds that the user registered with a context, beside the built-in ones: see mica/custom.h. */
#ifndef PART_REGISTERED_H
#define PART_REGISTERED_H

#include "mica/custom.h"
#include "part/kind.h"

typedef enum registered_sort {
    REGISTERED_LAYERS,
    REGISTERED_LOSSES,
    REGISTERED_METRICS,
    REGISTERED_ACTIVATIONS,
    REGISTERED_SORTS
} registered_sort;

/* The built-in kinds and, behind them, the context's own; ends in NULL. `builtin` where there are
 * none. */
const void *const *registered_kinds(mica_context *ctx, registered_sort sort,
                                    const void *const *builtin);
/* Adds one, which lives in the registry's arena. */
mica_status registered_add(mica_context *ctx, registered_sort sort, const void *const *builtin,
                           const void *kind, mica_error *err);
/* Memory as old as the context; NULL without. */
arena *registered_arena(mica_context *ctx);
/* The fields of a class: the common ones, then the user's options; NULL without memory. */
const field *registered_fields(arena *a, const field *common, const mica_option *options);

#define REGISTERED(ctx, sort, table)                                                               \
    registered_kinds(ctx, sort, (const void *const *)(const void *)(table))

#endif
