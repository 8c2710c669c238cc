/* Normalization: y = (x - mean) / max(sqrt(variance), 1e-7), with invert y = x max(sqrt(variance),
 * 1e-7) + mean; mean and variance have an element for each index of the kept axes. They are given
 * as options (JSON: a number, or nested lists whose dims fit the kept axes from the right), or
 * weights that adapt sets: mean (zeros), variance (ones), and count, which nothing reads (Keras has
 * it for its older files).  Mask: passed on.  Source: keras.layers.Normalization. */
#include "layer/axes.h"
#include "layer/moments.h"
#include "op/emit.h"

#include <stdlib.h>
#include <string.h>

#define OWNER mica_normalization_options
#define KERAS_EPSILON 1e-7

/* ---- given numbers: nested lists ---- */

/* The dims of nested lists into s; false where they are no numbers, or not all of one shape. */
static bool dims_of(const json_t *value, int depth, shape *s) {
    if (json_is_number(value)) {
        if (s->rank < 0) s->rank = depth;
        return s->rank == depth;
    }
    int64_t n = (int64_t)json_array_size(value);
    if (n < 1 || depth >= MAX_RANK || s->rank == depth) return false;
    if (s->dims[depth] == 0) s->dims[depth] = n;
    if (s->dims[depth] != n) return false;
    for (int64_t i = 0; i < n; i++)
        if (!dims_of(json_array_get(value, (size_t)i), depth + 1, s)) return false;
    return true;
}

static double *put_numbers(const json_t *value, double *at) {
    if (json_is_number(value)) return *at = json_number_value(value), at + 1;
    for (size_t i = 0; i < json_array_size(value); i++)
        at = put_numbers(json_array_get(value, i), at);
    return at;
}

/* The tree (NULL: none of the kind) and its shape. */
static json_t *parse(const char *text, shape *s) {
    json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL);
    *s = (shape){.rank = -1};
    if (tree && dims_of(tree, 0, s)) return tree;
    json_decref(tree);
    return NULL;
}

static mica_status check_numbers(const char *value, const char *what, const char *name,
                                 mica_error *err) {
    shape s;
    json_t *tree = parse(value, &s);
    if (!tree)
        return fail(err, MICA_VALUE,
                    "%s: %s is '%.60s', expected a number or nested lists of numbers", what, name,
                    value);
    json_decref(tree);
    return MICA_OK;
}

static const field normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    SHAPE_FIELD(OWNER, axis, DEFAULT(-1), .flags = FIELD_NULLABLE,
                .help = "whose indices have their own mean; null: one for all"),
    BOOLEAN(OWNER, invert, .help = "undoes it"),
    CONFIG(OWNER, mean, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS, .check = check_numbers,
           .help = "JSON of numbers; null: adapt sets it"),
    CONFIG(OWNER, variance, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS, .check = check_numbers,
           .help = "JSON of numbers; null: adapt sets it"),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    shape mean, variance;
    char found[128], expected[128];
    if (!o->mean && !o->variance) return MICA_OK;
    if (!o->mean || !o->variance)
        return fail(err, MICA_VALUE,
                    "%s: %s is missing, expected mean and variance of Normalization, or neither",
                    what, o->mean ? "variance" : "mean");
    json_decref(parse(o->mean, &mean));
    json_decref(parse(o->variance, &variance));
    if (shape_equal(&mean, &variance)) return MICA_OK;
    shape_format(&variance, found), shape_format(&mean, expected);
    return fail(err, MICA_SHAPE, "%s: variance has shape %s, expected mean's %s", what, found,
                expected);
}

/* ---- build and call ---- */

static mica_status check_given(const OWNER *o, const shape *kept, mica_error *err) {
    shape given;
    char found[128], expected[128];
    json_decref(parse(o->mean, &given));
    bool fits = given.rank <= kept->rank;
    for (int i = 1; i <= given.rank && fits; i++) {
        int64_t dim = given.dims[given.rank - i];
        fits = dim == 1 || dim == kept->dims[kept->rank - i];
    }
    if (fits) return MICA_OK;
    shape_format(&given, found), shape_format(kept, expected);
    return fail(err, MICA_SHAPE, "mean has shape %s, expected that of the kept axes, %s", found,
                expected);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, normalization);
    mica_axes axes;
    TRY(axes_check(&o->axis, in, &axes, err));
    shape kept = axes_dims(&axes, in);
    if (axes.count && axes.axes[0] == 0)
        return fail(err, MICA_VALUE, "axis is that of the batch, expected others");
    if (o->mean) return check_given(o, &kept, err);
    TRY(layer_add_weight(l, "mean", &kept, "zeros", NULL, NULL, false, err));
    TRY(layer_add_weight(l, "variance", &kept, "ones", NULL, NULL, false, err));
    mica_dtype own = l->variable_dtype;
    l->variable_dtype = MICA_INT32;
    mica_status status = layer_add_weight(l, "count", &(shape){0}, "zeros", NULL, NULL, false, err);
    l->variable_dtype = own;
    return status;
}

/* The given numbers with dims that broadcast against x. */
static mica_tensor *given(const char *text, const mica_axes *axes, mica_tensor *x) {
    shape dims, wide = {.rank = x->shape.rank};
    json_t *tree = parse(text, &dims);
    double *values = tree ? allocate((size_t)shape_size(&dims) + 1, sizeof *values) : NULL;
    if (!values) {
        json_decref(tree);
        context_fail(x->ctx, MICA_MEMORY, "Normalization: no memory for its mean");
        return tensor_poison(x->ctx);
    }
    put_numbers(tree, values);
    json_decref(tree);
    for (int i = 0; i < wide.rank; i++) wide.dims[i] = 1;
    for (int i = 1; i <= dims.rank; i++)
        wide.dims[axes->axes[axes->count - i]] = dims.dims[dims.rank - i];
    mica_tensor *t = mica_tensor_new(x->ctx, MICA_FLOAT64, wide, values);
    free(values);
    return mica_cast(t, x->dtype);
}

static mica_tensor *learned(mica_layer *l, const char *name, const mica_axes *axes,
                            mica_tensor *x) {
    shape wide = {.rank = x->shape.rank};
    for (int i = 0; i < wide.rank; i++) wide.dims[i] = 1;
    for (int i = 0; i < axes->count; i++) wide.dims[axes->axes[i]] = x->shape.dims[axes->axes[i]];
    return mica_reshape(layer_weight(l, name), wide);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, normalization);
    mica_tensor *x = f->in[0], *mean, *variance;
    mica_axes axes = axes_for(&o->axis, x);
    mean = o->mean ? given(o->mean, &axes, x) : learned(l, "mean", &axes, x);
    variance = o->mean ? given(o->variance, &axes, x) : learned(l, "variance", &axes, x);
    mica_tensor *width = mica_maximum(mica_sqrt(variance), scalar_like(variance, KERAS_EPSILON));
    f->out[0] = o->invert ? mica_add(mean, mica_multiply(x, width))
                          : mica_divide(mica_subtract(x, mean), width);
}

/* ---- adapt ---- */

static mica_status set_weight(mica_layer *l, const char *name, const double *values,
                              mica_error *err) {
    mica_tensor *variable = layer_variable(l, name);
    int64_t n = mica_tensor_size(variable);
    void *bytes = allocate((size_t)n + 1, mica_dtype_size(variable->dtype));
    if (!bytes) return fail_memory(err, (size_t)n, name);
    convert(MICA_FLOAT64, values, variable->dtype, bytes, n);
    mica_tensor *value = mica_tensor_new(l->ctx, variable->dtype, variable->shape, bytes);
    free(bytes);
    mica_status status = mica_check(l->ctx, err);
    if (status == MICA_OK) status = variable_set(variable, value, err);
    mica_tensor_destroy(&value);
    return status;
}

static mica_status build_for(mica_layer *l, const column *c, mica_error *err) {
    shape in = {c->shape.rank + 1, {-1}};
    for (int i = 0; i < c->shape.rank; i++) in.dims[i + 1] = c->shape.dims[i];
    return layer_build(l, &in, 1, err);
}

static mica_status adapt(mica_layer *l, const mica_dataset *d, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, normalization);
    int at = dataset_column(d, COLUMN_INPUT, 0);
    if (o->mean)
        return fail(err, MICA_STATE, "layer %s: its mean is given, expected none to adapt",
                    l->name);
    TRY(build_for(l, &d->column[at], err));
    mica_axes axes;
    shape in = {d->column[at].shape.rank + 1, {0}};
    TRY(axes_check(&o->axis, &in, &axes, err));
    size_t n = (size_t)mica_tensor_size(layer_variable(l, "mean"));
    double *mean = allocate(2 * n + 1, sizeof *mean);
    if (!mean) return fail_memory(err, 2 * n * sizeof *mean, l->name);
    mica_status status = moments_of_rows(d, at, &axes, mean, mean + n, err);
    if (status == MICA_OK) status = set_weight(l, "mean", mean, err);
    if (status == MICA_OK) status = set_weight(l, "variance", mean + n, err);
    free(mean);
    return status;
}

static bool knows(const mica_layer *l) { return OPTIONS_OF(l, normalization)->mean != NULL; }

const layer_kind layer_normalization = {.name = "Normalization",
                                        .fields = normalization_fields,
                                        .options_size = sizeof(OWNER),
                                        .check = check,
                                        .build = build,
                                        .call = call,
                                        .prepares = PREPARES_NUMBERS,
                                        .adapt = adapt,
                                        .knows = knows,
                                        .min_rank = 1};

LAYER_CONSTRUCTOR(normalization)
