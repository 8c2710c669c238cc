/* L1: l1 sum |x|.  L2: l2 sum x^2.  L1L2: both.  Source: keras.regularizers. */
#include "part/regularizer.h"

#include "mica/math.h"
#include "mica/regularizers.h"
#include "op/emit.h"

#include <stdlib.h>

#define REGULARIZER(name) extern const regularizer_kind regularizer_##name;
#include "part/regularizers.def"
#undef REGULARIZER

#define REGULARIZER(name) &regularizer_##name,
const regularizer_kind *const all_regularizers[] = {
#include "part/regularizers.def"
    NULL};
#undef REGULARIZER

typedef struct norm_options {
    double l1, l2;
} norm_options;

static mica_tensor *scaled_sum(mica_tensor *x, double scale) {
    return mica_multiply(mica_sum(x, MICA_ALL_AXES, false), scalar_like(x, scale));
}

static mica_tensor *l1(const void *options, mica_tensor *x) {
    return scaled_sum(mica_abs(x), ((const norm_options *)options)->l1);
}

static mica_tensor *l2(const void *options, mica_tensor *x) {
    return scaled_sum(mica_square(x), ((const norm_options *)options)->l2);
}

static mica_tensor *l1_l2(const void *options, mica_tensor *x) {
    const norm_options *o = options;
    if (o->l1 == 0) return l2(o, x);
    return o->l2 == 0 ? l1(o, x) : mica_add(l1(o, x), l2(o, x));
}

#define FACTOR(member, default_)                                                                   \
    REAL(norm_options, member, DEFAULT(default_), .min = 0, .max = INFINITY, .help = "factor")

static const field l1_fields[] = {FACTOR(l1, 0.01), END_OF_FIELDS};
static const field l2_fields[] = {FACTOR(l2, 0.01), END_OF_FIELDS};
static const field l1_l2_fields[] = {FACTOR(l1, 0), FACTOR(l2, 0), END_OF_FIELDS};

#define KIND(id, class, ...)                                                                       \
    const regularizer_kind regularizer_##id = {.name = #id,                                        \
                                               .class_name = class,                                \
                                               .fields = id##_fields,                              \
                                               .options_size = sizeof(norm_options),               \
                                               .call = id,                                         \
                                               .aliases = {__VA_ARGS__}};

KIND(l1, "L1", NULL)
KIND(l2, "L2", NULL)
KIND(l1_l2, "L1L2", NULL)

static mica_status read(const char *config, const char *what, const char *sort, arena *a,
                        const regularizer_kind **k, void **options, mica_error *err) {
    return kind_read_text(KINDS(all_regularizers), config, what, sort, a, (const kind **)k, options,
                          err);
}

mica_status check_regularizer(const char *config, const char *what, const char *field_name,
                              mica_error *err) {
    arena a = {0};
    const regularizer_kind *k;
    void *options;
    mica_status status = read(config, what, field_name, &a, &k, &options, err);
    arena_free(&a);
    return status;
}

mica_tensor *regularize(const char *config, mica_tensor *x) {
    arena a = {0};
    mica_error err = {0};
    const regularizer_kind *k;
    void *options;
    mica_tensor *y = NULL;
    if (read(config, "regularizer", "regularizer", &a, &k, &options, &err) == MICA_OK)
        y = k->call(options, x);
    arena_free(&a);
    if (y) return y;
    context_fail_with(x->ctx, &err);
    return tensor_poison(x->ctx);
}

const char *mica_regularizer_l1_l2(mica_context *ctx, double l1_factor, double l2_factor) {
    if (!ctx) return NULL;
    mica_error err = {0};
    json_t *tree = kind_write((const kind *)&regularizer_l1_l2, "keras.regularizers",
                              &(norm_options){l1_factor, l2_factor}, &err);
    char *text = tree ? config_text(tree) : NULL;
    const char *kept = text ? context_text(ctx, text) : NULL;
    if (!kept) context_fail(ctx, MICA_MEMORY, "regularizer l1_l2: memory is not enough");
    free(text);
    json_decref(tree);
    return kept ? kept : "l2";
}
