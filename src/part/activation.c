/* Activations by name: see activation.h. */
#include "part/activation.h"

#include "mica/math.h"
#include "op/emit.h"
#include "part/registered.h"

#include <string.h>

#define ACTIVATION(name) extern const activation_kind activation_##name;
#include "part/activations.def"
#undef ACTIVATION

#define ACTIVATION(name) &activation_##name,
const activation_kind *const all_activations[] = {
#include "part/activations.def"
    NULL};
#undef ACTIVATION

static mica_status read(kinds all, const char *config, const char *what, const char *sort, arena *a,
                        const activation_kind **k, void **options, mica_error *err) {
    return kind_read_text(all, config, what, sort, a, (const kind **)k, options, err);
}

mica_status check_activation(const char *config, const char *what, const char *field_name,
                             mica_error *err) {
    arena a = {0};
    const activation_kind *k;
    void *options;
    if (config[0] != '{' && strchr(config, '>'))
        return MICA_OK; /* a user's: whether the context has it shows in the call */
    mica_status status = read(KINDS(all_activations), config, what, field_name, &a, &k, &options,
                              err);
    arena_free(&a);
    return status;
}

mica_tensor *activate(const char *config, mica_tensor *x) {
    if (!config || !strcmp(config, "linear")) return x;
    if (!strcmp(config, "relu")) return mica_relu(x); /* most common: no parsing */
    arena a = {0};
    mica_error err = {0};
    const activation_kind *k;
    void *options;
    mica_tensor *y = NULL;
    kinds all = KINDS(REGISTERED(x->ctx, REGISTERED_ACTIVATIONS, all_activations));
    if (read(all, config, "activation", "activation", &a, &k, &options, &err) == MICA_OK)
        y = k->call ? k->call(options, x) : k->function(x);
    arena_free(&a);
    if (y) return y;
    context_fail_with(x->ctx, &err);
    return tensor_poison(x->ctx);
}

mica_tensor *general_relu(mica_tensor *x, double slope, double max_value, double threshold) {
    bool bounded = max_value == max_value;
    if (slope != 0 && !bounded && threshold == 0) return mica_leaky_relu(x, slope);
    mica_tensor *y, *t = scalar_like(x, threshold);
    if (threshold != 0) y = mica_where(mica_greater(x, t), x, scalar_like(x, 0));
    else y = bounded && max_value == 6 ? mica_relu6(x) : mica_relu(x);
    if (bounded && !(threshold == 0 && max_value == 6)) y = mica_clip(y, 0, max_value);
    if (slope == 0) return y;
    mica_tensor *below = mica_relu(mica_subtract(t, x));
    return mica_subtract(y, mica_multiply(below, scalar_like(x, slope)));
}
