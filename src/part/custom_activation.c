/* Activations of the user's own: see mica/custom.h. */
#include "part/activation.h"
#include "part/registered.h"

#include <string.h>

mica_status mica_register_activation(mica_context *ctx, const char *name,
                                     mica_tensor *(*function)(mica_tensor *x), mica_error *err) {
    REQUIRE(ctx, "context");
    REQUIRE(function, "call");
    if (!name || !strchr(name, '>') || !function)
        return fail(err, MICA_VALUE,
                    "mica_register_activation: '%s', expected a name like Custom>swish2, and a "
                    "function",
                    name ? name : "");
    kinds known = KINDS(REGISTERED(ctx, REGISTERED_ACTIVATIONS, all_activations));
    if (kind_find(known, name))
        return fail(err, MICA_NAME, "mica_register_activation: there is an activation %s already",
                    name);
    arena *a = registered_arena(ctx);
    activation_kind *k = a ? arena_take(a, sizeof *k) : NULL;
    if (!k || !(k->name = arena_text(a, name))) return fail_memory(err, sizeof *k, name);
    k->class_name = k->name;
    k->function = function;
    return registered_add(ctx, REGISTERED_ACTIVATIONS,
                          (const void *const *)(const void *)all_activations, k, err);
}
