/* Models of the user's own: see mica/custom.h. The call is made once, on symbols. */
#include "mica/custom.h"

#include "model/model.h"

mica_model *mica_model_custom(mica_context *ctx, const char *name, const mica_shape *inputs,
                              int input_count, int output_count,
                              void (*call)(void *user, mica_tensor *const *x, mica_tensor **y),
                              void *user) {
    if (!ctx) return NULL;
    if (LACKS(ctx, inputs, "inputs") || LACKS(ctx, call, "call")) return NULL;
    mica_tensor *x[MAX_MODEL_INPUTS], *y[MAX_MODEL_OUTPUTS];
    if (input_count < 1 || input_count > MAX_MODEL_INPUTS || output_count < 1 ||
        output_count > MAX_MODEL_OUTPUTS) {
        context_fail(ctx, MICA_VALUE, "model %s: %d inputs and %d outputs, expected 1 to %d",
                     name ? name : "custom", input_count, output_count, MAX_MODEL_OUTPUTS);
        mica_model *m = model_new(ctx, name ? name : "custom", false);
        if (m) m->failed = true;
        return m;
    }
    for (int i = 0; i < input_count; i++) x[i] = mica_input(ctx, inputs[i], NULL);
    for (int i = 0; i < output_count; i++) y[i] = tensor_poison(ctx);
    call(user, x, y);
    for (int i = 0; i < output_count; i++)
        if (!y[i]) y[i] = tensor_poison(ctx);
    return mica_model_new(ctx, x, input_count, y, output_count, name ? name : "custom");
}
