/* Initializers by name, and filling a weight: see initializer.h. */
#include "part/initializer.h"

#include "base/philox.h"
#include "mica/initializers.h"

#include <stdlib.h>
#include <string.h>

#define INITIALIZER(name) extern const initializer_kind initializer_##name;
#include "part/initializers.def"
#undef INITIALIZER

#define INITIALIZER(name) &initializer_##name,
const initializer_kind *const all_initializers[] = {
#include "part/initializers.def"
    NULL};
#undef INITIALIZER

void fans_of(const shape *s, double *fan_in, double *fan_out) {
    *fan_in = *fan_out = 1;
    if (s->rank == 0) return;
    if (s->rank == 1) {
        *fan_in = *fan_out = (double)s->dims[0];
        return;
    }
    double receptive_field = 1;
    for (int i = 0; i < s->rank - 2; i++) receptive_field *= (double)s->dims[i];
    *fan_in = receptive_field * (double)s->dims[s->rank - 2];
    *fan_out = receptive_field * (double)s->dims[s->rank - 1];
}

static mica_status read(const char *config, const char *what, const char *sort, arena *a,
                        const initializer_kind **k, void **options, mica_error *err) {
    return kind_read_text(KINDS(all_initializers), config, what, sort, a, (const kind **)k, options,
                          err);
}

mica_status check_initializer(const char *config, const char *what, const char *field_name,
                              mica_error *err) {
    arena a = {0};
    const initializer_kind *k;
    void *options;
    mica_status status = read(config, what, field_name, &a, &k, &options, err);
    arena_free(&a);
    return status;
}

static void fill(const initializer_kind *k, const fill_frame *f, mica_tensor *t) {
    double block[1024];
    int64_t size = mica_tensor_size(t), step = (int64_t)LENGTH(block);
    char *bytes = tensor_bytes(t);
    for (int64_t first = 0; first < size; first += step) {
        int64_t n = size - first < step ? size - first : step;
        k->fill(f, first, n, block);
        convert(MICA_FLOAT64, block, t->dtype, bytes + (size_t)first * mica_dtype_size(t->dtype),
                n);
    }
}

static mica_status fill_whole(const initializer_kind *k, const fill_frame *f, mica_tensor *t,
                              mica_error *err) {
    size_t size = (size_t)mica_tensor_size(t);
    double *values = allocate(size + 1, sizeof *values);
    if (!values) return fail_memory(err, size * sizeof *values, k->name);
    mica_status status = k->whole(f, values, err);
    if (status == MICA_OK) convert(MICA_FLOAT64, values, t->dtype, tensor_bytes(t), (int64_t)size);
    free(values);
    return status;
}

mica_status initialize(mica_context *ctx, const char *config, uint64_t key, mica_dtype dtype,
                       const shape *s, mica_tensor **out, mica_error *err) {
    arena a = {0};
    const initializer_kind *k;
    fill_frame f = {.key = key, .shape = s};
    void *options;
    mica_status status = read(config, "weights", "initializer", &a, &k, &options, err);
    f.options = options;
    fans_of(s, &f.fan_in, &f.fan_out);
    if (status == MICA_OK) {
        *out = tensor_alloc(ctx, dtype, s);
        if ((*out)->kind == TENSOR_POISON) status = mica_check(ctx, err);
        else if (k->whole) status = fill_whole(k, &f, *out, err);
        else fill(k, &f, *out);
    }
    arena_free(&a);
    return status;
}

/* The text of a kind's config with the caller's options; it lives as long as the context. */
static const char *config_in(mica_context *ctx, const initializer_kind *k, const void *options) {
    if (!ctx) return NULL;
    mica_error err = {0};
    json_t *tree = kind_write((const kind *)k, "keras.initializers", options, &err);
    char *text = tree ? config_text(tree) : NULL;
    const char *kept = text ? context_text(ctx, text) : NULL;
    if (!kept) context_fail(ctx, MICA_MEMORY, "initializer %s: memory is not enough", k->name);
    free(text);
    json_decref(tree);
    return kept ? kept : k->name;
}

const char *mica_initializer_random_normal(mica_context *ctx, double mean, double stddev) {
    return config_in(ctx, &initializer_random_normal, &(normal_options){mean, stddev, NO_INTEGER});
}

const char *mica_initializer_random_uniform(mica_context *ctx, double low, double high) {
    return config_in(ctx, &initializer_random_uniform, &(uniform_options){low, high, NO_INTEGER});
}

const char *mica_initializer_truncated_normal(mica_context *ctx, double mean, double stddev) {
    return config_in(ctx, &initializer_truncated_normal,
                     &(normal_options){mean, stddev, NO_INTEGER});
}

const char *mica_initializer_constant(mica_context *ctx, double value) {
    return config_in(ctx, &initializer_constant, &(constant_options){value});
}

const char *mica_initializer_orthogonal(mica_context *ctx, double gain) {
    return config_in(ctx, &initializer_orthogonal, &(gain_options){gain, NO_INTEGER});
}

const char *mica_initializer_identity(mica_context *ctx, double gain) {
    return config_in(ctx, &initializer_identity, &(gain_options){gain, NO_INTEGER});
}
