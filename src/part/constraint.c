/* With n the norms of w along the axes:
 *   MaxNorm     w clip(n, 0, max) / (e + n)
 *   MinMaxNorm  w (rate clip(n, min, max) + (1 - rate) n) / (e + n)
 *   UnitNorm    w / (e + n)
 *   NonNeg      w where w >= 0, else 0
 * e = 1e-7.  Source: keras.constraints. */
#include "part/constraint.h"

#include "mica/math.h"
#include "op/emit.h"

#define CONSTRAINT(name) extern const constraint_kind constraint_##name;
#include "part/constraints.def"
#undef CONSTRAINT

#define CONSTRAINT(name) &constraint_##name,
const constraint_kind *const all_constraints[] = {
#include "part/constraints.def"
    NULL};
#undef CONSTRAINT

typedef struct norm_options {
    double min_value, max_value, rate;
    field_dims axis; /* none: 0 */
} norm_options;

static mica_tensor *norms_of(const field_dims *axis, mica_tensor *w) {
    mica_axes axes = MICA_AXES(0);
    if (axis->count > 0) axes.count = (int)axis->count;
    for (int i = 0; i < (int)axis->count; i++) axes.axes[i] = axis->dims[i];
    return mica_sqrt(mica_sum(mica_square(w), axes, true));
}

/* w wanted / (e + n) */
static mica_tensor *scaled(mica_tensor *w, mica_tensor *wanted, mica_tensor *norms) {
    return mica_multiply(w, mica_divide(wanted, mica_add(norms, scalar_like(norms, 1e-7))));
}

static mica_tensor *max_norm(const void *options, mica_tensor *w) {
    const norm_options *o = options;
    mica_tensor *norms = norms_of(&o->axis, w);
    return scaled(w, mica_clip(norms, 0, o->max_value), norms);
}

static mica_tensor *min_max_norm(const void *options, mica_tensor *w) {
    const norm_options *o = options;
    mica_tensor *norms = norms_of(&o->axis, w),
                *wanted = mica_clip(norms, o->min_value, o->max_value);
    if (o->rate != 1)
        wanted = mica_add(mica_multiply(wanted, scalar_like(w, o->rate)),
                          mica_multiply(norms, scalar_like(w, 1 - o->rate)));
    return scaled(w, wanted, norms);
}

static mica_tensor *unit_norm(const void *options, mica_tensor *w) {
    mica_tensor *norms = norms_of(&((const norm_options *)options)->axis, w);
    return mica_divide(w, mica_add(norms, scalar_like(norms, 1e-7)));
}

static mica_tensor *non_neg(const void *options, mica_tensor *w) { return mica_relu(w); }

#define AXIS DIMS(norm_options, axis, .help = "along which the norm is taken")
#define BOUND(member, value)                                                                       \
    REAL(norm_options, member, DEFAULT(value), .min = 0, .max = INFINITY, .help = "of the norms")

static const field max_norm_fields[] = {BOUND(max_value, 2), AXIS, END_OF_FIELDS};
static const field min_max_norm_fields[] = {
    BOUND(min_value, 0), BOUND(max_value, 1),
    REAL(norm_options, rate, DEFAULT(1), .min = 0, .max = 1, .help = "how far a step goes"), AXIS,
    END_OF_FIELDS};
static const field unit_norm_fields[] = {AXIS, END_OF_FIELDS};

const constraint_kind constraint_max_norm = {.name = "max_norm",
                                             .class_name = "MaxNorm",
                                             .fields = max_norm_fields,
                                             .options_size = sizeof(norm_options),
                                             .call = max_norm};
const constraint_kind constraint_min_max_norm = {.name = "min_max_norm",
                                                 .class_name = "MinMaxNorm",
                                                 .fields = min_max_norm_fields,
                                                 .options_size = sizeof(norm_options),
                                                 .call = min_max_norm};
const constraint_kind constraint_unit_norm = {.name = "unit_norm",
                                              .class_name = "UnitNorm",
                                              .fields = unit_norm_fields,
                                              .options_size = sizeof(norm_options),
                                              .call = unit_norm};
const constraint_kind constraint_non_neg = {
    .name = "non_neg", .class_name = "NonNeg", .aliases = {"nonneg"}, .call = non_neg};

static mica_status read(const char *config, const char *what, const char *sort, arena *a,
                        const constraint_kind **k, void **options, mica_error *err) {
    return kind_read_text(KINDS(all_constraints), config, what, sort, a, (const kind **)k, options,
                          err);
}

mica_status check_constraint(const char *config, const char *what, const char *field_name,
                             mica_error *err) {
    arena a = {0};
    const constraint_kind *k;
    void *options;
    mica_status status = read(config, what, field_name, &a, &k, &options, err);
    arena_free(&a);
    return status;
}

mica_tensor *constrain(const char *config, mica_tensor *w) {
    if (!config) return w;
    arena a = {0};
    mica_error err = {0};
    const constraint_kind *k;
    void *options;
    mica_tensor *y = NULL;
    if (read(config, "constraint", "constraint", &a, &k, &options, &err) == MICA_OK)
        y = k->call(options, w);
    arena_free(&a);
    if (y) return y;
    context_fail_with(w->ctx, &err);
    return tensor_poison(w->ctx);
}
