/* Schedules by name: see schedule.h; and the texts for C users. */
#include "part/schedule.h"

#include "mica/math.h"
#include "mica/schedules.h"

#include <stdlib.h>

#define SCHEDULE(name) extern const schedule_kind schedule_##name;
#include "part/schedules.def"
#undef SCHEDULE

#define SCHEDULE(name) &schedule_##name,
const schedule_kind *const all_schedules[] = {
#include "part/schedules.def"
    NULL};
#undef SCHEDULE

static mica_status read(const char *config, const char *what, arena *a, const schedule_kind **k,
                        void **options, mica_error *err) {
    TRY(kind_read_text(KINDS(all_schedules), config, what, "learning_rate", a, (const kind **)k,
                       options, err));
    return (*k)->check ? (*k)->check(*options, what, err) : MICA_OK;
}

mica_status check_schedule(const char *config, const char *what, const char *field_name,
                           mica_error *err) {
    arena a = {0};
    const schedule_kind *k;
    void *options;
    mica_status status = read(config, what, &a, &k, &options, err);
    arena_free(&a);
    return status;
}

mica_tensor *scheduled(const char *config, mica_tensor *step) {
    arena a = {0};
    mica_error err = {0};
    const schedule_kind *k;
    void *options;
    mica_tensor *rate = NULL;
    if (read(config, "optimizer", &a, &k, &options, &err) == MICA_OK)
        rate = k->call(options, mica_cast(step, MICA_FLOAT32));
    arena_free(&a);
    if (rate) return rate;
    context_fail_with(step->ctx, &err);
    return tensor_poison(step->ctx);
}

/* The text of {"class_name": class, "config": config}; takes the config. */
static const char *text_of(mica_context *ctx, const char *class_name, json_t *config) {
    json_t *tree = json_pack("{s:s, s:s, s:o, s:n}", "module", "keras.optimizers.schedules",
                             "class_name", class_name, "config", config, "registered_name");
    char *text = tree ? config_text(tree) : NULL;
    const char *kept = ctx && text ? context_text(ctx, text) : NULL;
    if (!kept) context_fail(ctx, MICA_MEMORY, "schedule %s: memory is not enough", class_name);
    free(text);
    json_decref(tree);
    return kept || !ctx ? kept : class_name;
}

const char *mica_schedule_exponential_decay(mica_context *ctx, double initial, double steps,
                                            double rate, bool staircase) {
    return text_of(ctx, "ExponentialDecay",
                   json_pack("{s:f, s:f, s:f, s:b}", "initial_learning_rate", initial,
                             "decay_steps", steps, "decay_rate", rate, "staircase", staircase));
}

const char *mica_schedule_polynomial_decay(mica_context *ctx, double initial, double steps,
                                           double end, double power) {
    return text_of(ctx, "PolynomialDecay",
                   json_pack("{s:f, s:f, s:f, s:f}", "initial_learning_rate", initial,
                             "decay_steps", steps, "end_learning_rate", end, "power", power));
}

const char *mica_schedule_inverse_time_decay(mica_context *ctx, double initial, double steps,
                                             double rate) {
    return text_of(ctx, "InverseTimeDecay",
                   json_pack("{s:f, s:f, s:f}", "initial_learning_rate", initial, "decay_steps",
                             steps, "decay_rate", rate));
}

const char *mica_schedule_cosine_decay(mica_context *ctx, double initial, double steps,
                                       double alpha) {
    return text_of(ctx, "CosineDecay",
                   json_pack("{s:f, s:f, s:f}", "initial_learning_rate", initial, "decay_steps",
                             steps, "alpha", alpha));
}

const char *mica_schedule_piecewise_constant_decay(mica_context *ctx, const double *boundaries,
                                                   const double *values, int count) {
    if (!ctx) return NULL;
    if (LACKS(ctx, boundaries, "boundaries") || LACKS(ctx, values, "values")) return NULL;
    json_t *at = json_array(), *rates = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(at, json_real(boundaries[i]));
    for (int i = 0; i <= count; i++) json_array_append_new(rates, json_real(values[i]));
    return text_of(ctx, "PiecewiseConstantDecay",
                   json_pack("{s:o, s:o}", "boundaries", at, "values", rates));
}
