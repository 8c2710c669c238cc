/* Optimizers by name, made and freed; their configs: see optimizer.h. */
#include "optim/optimizer.h"

#include <stdlib.h>
#include <string.h>

#define OPTIMIZER(name) &optimizer_##name,
const optimizer_kind *const all_optimizers[] = {
#include "optim/optimizers.def"
    NULL};
#undef OPTIMIZER

const char *const optimizer_ignored[] = {"jit_compile", "is_legacy_optimizer", NULL};

const optimizer_kind *optimizer_kind_by_name(const char *name) {
    return (const optimizer_kind *)kind_find(KINDS(all_optimizers), name);
}

static mica_optimizer **first_optimizer(mica_context *ctx) {
    return (mica_optimizer **)&ctx->slots[SLOT_OPTIMIZERS].data;
}

/* All that depends on what it trains, and how far. */
static void release_state(mica_optimizer *o) {
    if (o->compiled && o->compiled_free) o->compiled_free(o->compiled);
    for (int i = 0; i < o->count * o->slots_each && o->slots; i++)
        if (o->slots[i]) mica_tensor_destroy(&o->slots[i]);
    for (int i = 0; i < o->count; i++) variable_drop(&o->parameters[i]);
    if (o->iterations) mica_tensor_destroy(&o->iterations);
    if (o->learning_rate) mica_tensor_destroy(&o->learning_rate);
    if (o->product) mica_tensor_destroy(&o->product);
    scaling_free(o->scaling);
    free(o->slots);
    free(o->parameters);
}

static void release(mica_optimizer *o) {
    release_state(o);
    arena_free(&o->arena);
    free(o);
}

static void destroy_all(void *first) {
    for (mica_optimizer *o = first, *next; o; o = next) {
        next = o->next;
        release(o);
    }
}

void optimizer_free(mica_optimizer *o) {
    if (!o) return;
    mica_optimizer **at = first_optimizer(o->ctx);
    while (*at && *at != o) at = &(*at)->next;
    if (*at) *at = o->next;
    release(o);
}

void mica_optimizer_destroy(mica_optimizer **optimizer) {
    mica_optimizer *gone = optimizer ? *optimizer : NULL;
    if (optimizer) *optimizer = NULL;
    if (gone) gone->of_user = false;
    if (gone && !gone->models) optimizer_free(gone);
}

void optimizer_take(mica_optimizer *o) { o->models++; }

void optimizer_drop(mica_optimizer *o, bool for_good) {
    if (--o->models) return;
    if (!o->of_user) optimizer_free(o);
    else if (for_good && !o->failed) optimizer_begin_anew(o);
}

static mica_optimizer *optimizer_alloc(mica_context *ctx) {
    mica_optimizer *o = allocate(1, sizeof *o);
    if (!o) return NULL;
    *o = (mica_optimizer){.ctx = ctx, .next = *first_optimizer(ctx)};
    *first_optimizer(ctx) = o;
    ctx->slots[SLOT_OPTIMIZERS].destroy = destroy_all;
    return o;
}

/* A scalar variable that lives outside all scopes. */
static mica_status scalar_variable(mica_context *ctx, mica_dtype dtype, double value,
                                   const char *optimizer, const char *name, mica_tensor **out,
                                   mica_error *err) {
    char full[160];
    snprintf(full, sizeof full, "%s/%s", optimizer, name);
    mica_tensor *initial = mica_scalar(ctx, dtype, value);
    *out = mica_variable(initial, full);
    mica_tensor_destroy(&initial);
    if ((*out)->kind != TENSOR_POISON) {
        (*out)->variable->frozen = true;
        return MICA_OK;
    }
    *out = NULL;
    return mica_check(ctx, err);
}

static mica_status complete(mica_optimizer *o, mica_error *err) {
    const mica_optimizer_options *s = o->options;
    if ((s->clipnorm > 0) + (s->global_clipnorm > 0) + (s->clipvalue > 0) > 1)
        return fail(err, MICA_VALUE,
                    "optimizer %s: expected one of clipnorm, global_clipnorm and "
                    "clipvalue, found several",
                    o->kind->name);
    TRY(scalar_variable(o->ctx, MICA_INT64, 0, s->name, "iterations", &o->iterations, err));
    TRY(scalar_variable(o->ctx, MICA_FLOAT32, s->learning_rate, s->name, "learning_rate",
                        &o->learning_rate, err));
    if (!o->kind->product) return MICA_OK;
    return scalar_variable(o->ctx, MICA_FLOAT32, o->kind->product(s, 0), s->name, "product",
                           &o->product, err);
}

void optimizer_begin_anew(mica_optimizer *o) {
    mica_error err = {0};
    loss_scaling *given = o->scaling && o->scaling->given ? o->scaling : NULL;
    double initial_scale = given ? given->initial_scale : 0;
    int64_t growth_steps = given ? given->growth_steps : 0;
    release_state(o);
    o->compiled = NULL, o->compiled_free = NULL;
    o->iterations = o->learning_rate = o->product = NULL;
    o->parameters = o->slots = NULL;
    o->scaling = NULL;
    o->count = o->slots_each = o->kind_slots = 0;
    o->failed = complete(o, &err) != MICA_OK ||
                (given &&
                 optimizer_add_scaling(o, initial_scale, growth_steps, true, &err) != MICA_OK);
    if (o->failed) context_fail_with(o->ctx, &err);
}

mica_optimizer *optimizer_new(mica_context *ctx, const optimizer_kind *k, const void *options) {
    mica_error err = {0};
    if (!ctx) return NULL;
    mica_optimizer *o = optimizer_alloc(ctx);
    char what[160];
    snprintf(what, sizeof what, "optimizer %s", k->name);
    mica_status status = o ? MICA_OK : fail_memory(&err, sizeof *o, what);
    if (o) {
        void *own;
        o->kind = k;
        o->of_user = true;
        status = kind_options((const kind *)k, options, what, &o->arena, &own, &err);
        o->options = own;
        if (status == MICA_OK) status = complete(o, &err);
        o->failed = status != MICA_OK;
    }
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return o;
}

const renamed_key optimizer_renamed[] = {{"lr", "learning_rate"}, {NULL, NULL}};

/* Keras 2's decay of the learning rate; only its files are read with one (keras_h5_load.c). */
static mica_status check_decay(const json_t *config, mica_error *err) {
    const json_t *decay = json_object_get(json_object_get(config, "config"), "decay");
    if (!decay || json_is_null(decay) || json_number_value(decay) == 0) return MICA_OK;
    char *found = config_text(decay);
    fail(err, MICA_NAME,
         "compile: optimizer %s: decay is %s, which Keras 3 has no more: expected learning_rate "
         "with a schedule ({\"class_name\": \"InverseTimeDecay\", \"config\": {…}}), or "
         "weight_decay",
         json_string_value(json_object_get(config, "class_name")), found ? found : "?");
    free(found);
    return err->code;
}

/* Files say a schedule in place of the number. */
static json_t *translated(const json_t *config) {
    json_t *own = json_deep_copy(config), *inner = json_object_get(own, "config");
    json_object_del(inner, "decay");
    json_t *rate = json_object_get(inner, "learning_rate");
    if (!json_is_object(rate)) return own;
    json_object_set(inner, "learning_rate_schedule", rate);
    json_object_del(inner, "learning_rate");
    return own;
}

static mica_status read(mica_optimizer *o, const json_t *config, mica_error *err) {
    void *options;
    TRY(check_decay(config, err));
    json_t *own = translated(config);
    if (!own) return fail_no_memory(err, "optimizer");
    mica_status status = kind_read(KINDS(all_optimizers), own, "compile", "optimizer", &o->arena,
                                   (const kind **)&o->kind, &options, err);
    json_decref(own);
    TRY(status);
    o->options = options;
    o->options->size = o->kind->options_size;
    return complete(o, err);
}

static bool is_scaled(const json_t *config) {
    const char *name = json_string_value(json_object_get(config, "class_name"));
    return name && (!strcmp(name, "LossScaleOptimizer") || !strcmp(name, "loss_scale_optimizer"));
}

mica_optimizer *optimizer_from_config(mica_context *ctx, const json_t *config, mica_error *err) {
    if (is_scaled(config)) return scaled_from_config(ctx, config, err);
    mica_optimizer *o = optimizer_alloc(ctx);
    mica_status status = o ? read(o, config, err) : fail_memory(err, sizeof *o, "optimizer");
    if (status == MICA_OK) return o;
    optimizer_free(o);
    return NULL;
}

mica_optimizer *mica_optimizer_from_config(mica_context *ctx, const char *name, const char *json) {
    if (!ctx) return NULL;
    if (LACKS(ctx, name, "name")) return NULL;
    mica_error err = {0};
    json_t *config = NULL;
    mica_optimizer *o = NULL;
    if (!json || config_parse(json, strlen(json), name, &config, &err) == MICA_OK) {
        json_t *tree = json_pack("{s:s, s:o*}", "class_name", name, "config", config);
        if (tree) o = optimizer_from_config(ctx, tree, &err);
        else fail_no_memory(&err, name);
        json_decref(tree);
    }
    if (!o) {
        context_fail_with(ctx, &err);
        o = optimizer_alloc(ctx);
        if (o) o->failed = true;
    }
    if (o) o->of_user = true;
    return o;
}

/* Keras 2 refuses what it does not know and Keras 3 fills in what is missing: only what is used is
 * written. */
static void drop_unused(json_t *config, const mica_optimizer_options *o) {
    static const char *const averages[] = {"use_ema", "ema_momentum", "ema_overwrite_frequency"};
    const char *key;
    json_t *value;
    void *next;
    for (size_t i = 0; i < LENGTH(averages) && !o->use_ema; i++)
        json_object_del(config, averages[i]);
    json_object_foreach_safe(config, next, key, value) if (json_is_null(value))
        json_object_del(config, key);
}

json_t *optimizer_config(const mica_optimizer *o, mica_error *err) {
    json_t *tree = kind_write((const kind *)o->kind, "keras.optimizers", o->options, err);
    json_t *config = json_object_get(tree, "config");
    json_t *schedule = json_object_get(config, "learning_rate_schedule");
    double rate = mica_optimizer_learning_rate(o);
    if (json_is_object(schedule)) json_object_set(config, "learning_rate", schedule);
    else if (rate != (double)(float)o->options->learning_rate) /* changed since */
        json_object_set_new(config, "learning_rate", json_real(rate));
    json_object_del(config, "learning_rate_schedule");
    drop_unused(config, o->options);
    return tree;
}

double mica_optimizer_learning_rate(const mica_optimizer *o) {
    if (!o || !o->learning_rate) return NAN;
    if (!o->options->learning_rate_schedule) return mica_tensor_item(o->learning_rate);
    mica_scope *scope = mica_scope_open(o->ctx);
    double rate = mica_tensor_item(scheduled(o->options->learning_rate_schedule, o->iterations));
    mica_scope_close(&scope);
    return rate;
}

mica_status mica_optimizer_set_learning_rate(mica_optimizer *o, double learning_rate,
                                             mica_error *err) {
    if (!o || o->failed) return fail(err, MICA_STATE, "the optimizer was not made");
    if (!(learning_rate >= 0) || learning_rate == INFINITY)
        return fail(err, MICA_VALUE, "optimizer %s: learning_rate is %g, expected at least 0",
                    o->kind->name, learning_rate);
    if (o->options->learning_rate_schedule)
        return fail(err, MICA_STATE, "optimizer %s: a schedule sets its learning rate",
                    o->kind->name);
    mica_tensor *value = mica_scalar(o->ctx, MICA_FLOAT32, learning_rate);
    mica_status status = mica_assign(o->learning_rate, value, err);
    mica_tensor_destroy(&value);
    return status;
}

mica_status optimizer_set_product(mica_optimizer *o, mica_error *err) {
    if (!o->product) return MICA_OK;
    int64_t accumulated = o->options->gradient_accumulation_steps;
    int64_t updates = (int64_t)mica_tensor_item(o->iterations) /
                      (accumulated == NO_INTEGER ? 1 : accumulated);
    mica_tensor *value = mica_scalar(o->ctx, MICA_FLOAT32, o->kind->product(o->options, updates));
    mica_status status = mica_assign(o->product, value, err);
    mica_tensor_destroy(&value);
    return status;
}

void mica_optimizer_exclude_from_weight_decay(mica_optimizer *o, const char *const *names) {
    size_t count = 0;
    if (!o || o->failed) return;
    while (names && names[count]) count++;
    const char **own = arena_take(&o->arena, (count + 1) * sizeof *own);
    bool done = own != NULL;
    for (size_t i = 0; i < count && done; i++)
        done = (own[i] = arena_text(&o->arena, names[i])) != NULL;
    if (done) o->undecayed = own;
    else context_fail(o->ctx, MICA_MEMORY, "optimizer %s: memory is not enough", o->kind->name);
}
