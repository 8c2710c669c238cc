/* Dynamic loss scaling: see optimizer.h. Source: keras.optimizers.LossScaleOptimizer. */
#include "optim/optimizer.h"

#include <stdlib.h>
#include <string.h>

#define OWNER mica_loss_scale_options

static mica_status check_inner(const char *config, const char *what, const char *name,
                               mica_error *err) {
    return MICA_OK; /* optimizer_from_config tells what is wrong with it */
}

static const field loss_scale_fields[] = {
    CONFIG(OWNER, inner_optimizer, NULL, REQUIRED, .check = check_inner,
           .help = "that makes the steps"),
    REAL(OWNER, initial_scale, DEFAULT(32768), .flags = FIELD_POSITIVE, .help = "of the loss"),
    INTEGER(OWNER, dynamic_growth_steps, DEFAULT(2000), .min = 1, .max = INFINITY,
            .help = "good steps until it doubles"),
    TEXT(OWNER, name, NULL, NULLABLE, .help = "unused"), END_OF_FIELDS};

static mica_status scalar(mica_optimizer *o, mica_dtype dtype, double value, const char *name,
                          mica_tensor **out, mica_error *err) {
    char full[160];
    snprintf(full, sizeof full, "%.100s/%s", o->options->name, name);
    mica_tensor *initial = mica_scalar(o->ctx, dtype, value);
    mica_tensor *made = mica_variable(initial, full);
    mica_tensor_destroy(&initial);
    if (made->kind == TENSOR_POISON) return mica_check(o->ctx, err);
    made->variable->frozen = true;
    *out = made;
    return MICA_OK;
}

mica_status optimizer_add_scaling(mica_optimizer *o, double initial_scale, int64_t growth_steps,
                                  bool given, mica_error *err) {
    if (o->scaling) return MICA_OK;
    loss_scaling *s = o->scaling = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, o->kind->name);
    *s = (loss_scaling){
        .initial_scale = initial_scale, .growth_steps = growth_steps, .given = given};
    o->options->loss_scale_factor = NAN; /* the scale takes its place */
    TRY(scalar(o, MICA_FLOAT32, initial_scale, "dynamic_scale", &s->scale, err));
    TRY(scalar(o, MICA_INT64, 0, "step_counter", &s->good, err));
    return scalar(o, MICA_INT64, 0, "skipped_steps", &s->skipped, err);
}

void scaling_free(loss_scaling *s) {
    if (!s) return;
    if (s->scale) mica_tensor_destroy(&s->scale);
    if (s->good) mica_tensor_destroy(&s->good);
    if (s->skipped) mica_tensor_destroy(&s->skipped);
    free(s);
}

mica_optimizer *scaled_from_config(mica_context *ctx, const json_t *config, mica_error *err) {
    arena a = {0};
    OWNER o = {0};
    json_t *inner = NULL;
    mica_optimizer *made = NULL;
    const json_t *own = json_object_get(config, "config");
    static const char *const ignored[] = {"dynamic", NULL};
    const char *what = "compile: optimizer LossScaleOptimizer";
    if (config_class_check(config, what, NULL, err) == MICA_OK &&
        fields_read(loss_scale_fields, &o, own, &a, ignored, what, err) == MICA_OK) {
        inner = *o.inner_optimizer == '{' ? json_loads(o.inner_optimizer, 0, NULL)
                                          : json_string(o.inner_optimizer);
        made = optimizer_from_config(ctx, inner, err);
    }
    if (made && optimizer_add_scaling(made, o.initial_scale, o.dynamic_growth_steps, true, err) !=
                    MICA_OK) {
        optimizer_free(made);
        made = NULL;
    }
    json_decref(inner);
    arena_free(&a);
    return made;
}

json_t *scaled_config(const mica_optimizer *o, json_t *inner) {
    if (!inner || !o->scaling || !o->scaling->given) return inner;
    return json_pack("{s:s, s:s, s:{s:s, s:o, s:f, s:I}, s:n}", "module", "keras.optimizers",
                     "class_name", "LossScaleOptimizer", "config", "name", "loss_scale_optimizer",
                     "inner_optimizer", inner, "initial_scale", o->scaling->initial_scale,
                     "dynamic_growth_steps", (json_int_t)o->scaling->growth_steps,
                     "registered_name");
}

mica_tensor *scaling_divisor(const mica_optimizer *o) {
    return o->scaling ? mica_reciprocal(o->scaling->scale) : NULL;
}

static mica_tensor *all_finite(const mica_optimizer *o, mica_tensor *const *gradients) {
    mica_tensor *finite = NULL;
    for (int i = 0; i < o->count; i++) {
        if (!gradients[i]) continue;
        mica_tensor *own = mica_all(mica_is_finite(gradients[i]), MICA_ALL_AXES, false);
        finite = finite ? mica_logical_and(finite, own) : own;
    }
    return finite;
}

int scaling_guard(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs,
                  int count) {
    loss_scaling *s = o->scaling;
    mica_tensor *finite = s ? all_finite(o, gradients) : NULL;
    if (!finite) return count;
    for (int i = 0; i < count; i++)
        pairs[2 * i + 1] = mica_where(finite, pairs[2 * i + 1], pairs[2 * i]);
    mica_tensor *last = scalar_like(s->good, (double)s->growth_steps - 1);
    mica_tensor *grows = mica_equal(s->good, last), *zero = scalar_like(s->good, 0);
    mica_tensor *larger = mica_where(grows, times(s->scale, 2), s->scale);
    mica_tensor *more = mica_where(grows, zero, plus(s->good, 1));
    mica_tensor *own[] = {s->scale,   mica_where(finite, larger, times(s->scale, 0.5)),
                          s->good,    mica_where(finite, more, zero),
                          s->skipped, mica_where(finite, s->skipped, plus(s->skipped, 1))};
    memcpy(pairs + 2 * count, own, sizeof own);
    return count + 3;
}

mica_loss_scale_options mica_loss_scale_defaults(void) {
    return (mica_loss_scale_options){.size = sizeof(mica_loss_scale_options)};
}

mica_optimizer *mica_loss_scale_optimizer(mica_context *ctx, mica_optimizer *inner,
                                          const mica_loss_scale_options *options) {
    mica_error err = {0};
    OWNER o = mica_loss_scale_defaults();
    arena a = {0};
    if (!inner || inner->failed) return inner;
    mica_status status = options_take(&o, sizeof o, options, "LossScaleOptimizer", &err);
    o.inner_optimizer = inner->kind->name;
    if (status == MICA_OK)
        status = fields_resolve(loss_scale_fields, &o, &a, "optimizer LossScaleOptimizer", &err);
    if (status == MICA_OK)
        status = optimizer_add_scaling(inner, o.initial_scale, o.dynamic_growth_steps, true, &err);
    arena_free(&a);
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return inner;
}

double mica_optimizer_loss_scale(const mica_optimizer *o) {
    return o && o->scaling ? mica_tensor_item(o->scaling->scale) : 1;
}

int64_t mica_optimizer_skipped_steps(const mica_optimizer *o) {
    return o && o->scaling ? (int64_t)mica_tensor_item(o->scaling->skipped) : 0;
}
