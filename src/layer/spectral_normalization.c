/* SpectralNormalization: in training, before each call, W := W / sigma, where sigma = v W u^T is
 * W's greatest singular value as power_iterations of v = u W^T / |u W^T|, u = v W / |v W| find it;
 * W is the inner layer's kernel as a matrix (…, columns), u a weight (1, columns) that goes on from
 * call to call. Then y = layer(x). The gradient is that of the layer with the W that it used. A W
 * of zeros stays.  Errors: VALUE for a layer without a kernel or embeddings. Source:
 * keras.layers.SpectralNormalization; Miyato et al. (2018). */
#include "layer/layer.h"
#include "mica/layers_norm.h"
#include "mica/linalg.h"
#include "mica/mica.h"

#include <string.h>

#define OWNER mica_spectral_normalization_options

static const field spectral_normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, power_iterations, DEFAULT(1), .min = 1, .max = 1e6, .help = "before each call"),
    END_OF_FIELDS};

static const inner_layer inner[] = {{"layer", offsetof(OWNER, layer), 1, false},
                                    {NULL, 0, 0, false}};

static mica_tensor *weight_of(const mica_layer *l, const char *name) {
    for (size_t i = 0; i < l->weight_count; i++)
        if (!strcmp(l->weights[i].name, name)) return l->weights[i].variable;
    return NULL;
}

/* The weight that Keras's layer calls kernel, else its embeddings; NULL: neither. */
static mica_tensor *kernel_of(const mica_layer *l) {
    mica_tensor *kernel = weight_of(l, "kernel");
    if (!kernel && !weight_of(l, "pointwise_kernel")) kernel = weight_of(l, "depthwise_kernel");
    return kernel ? kernel : weight_of(l, "embeddings");
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    static const char near_zero[] =
        "{\"class_name\": \"TruncatedNormal\", \"config\": {\"mean\": 0.0, \"stddev\": 0.02}}";
    mica_layer *own = layer_inner(l, 0);
    TRY(layer_build(own, in, inputs, err));
    mica_tensor *kernel = kernel_of(own);
    if (!kernel)
        return fail(err, MICA_VALUE, "layer %s has no kernel and no embeddings, expected one",
                    own->name);
    if (l->weight_count) return MICA_OK;
    TRY(layer_borrow(l, own, true, err));
    const shape u = {2, {1, kernel->shape.dims[kernel->shape.rank - 1]}};
    TRY(layer_add_weight(l, "vector_u", &u, near_zero, NULL, NULL, false, err));
    return layer_borrow(l, own, false, err);
}

static mica_tensor *normalized(mica_tensor *x) {
    mica_tensor *norm = mica_norm(x, 2, MICA_ALL_AXES, false);
    return mica_divide(x, mica_maximum(norm, scalar_like(x, 1e-12)));
}

static void set(mica_layer *l, mica_tensor *variable, mica_tensor *value) {
    mica_error err = {0};
    if (mica_assign(variable, value, &err) != MICA_OK) context_fail_with(l->ctx, &err);
}

/* The kernel is given its own value plus a difference that no gradient sees: what the gradient of
 * the new value is, is the kernel's. */
static void normalize(mica_layer *l) {
    mica_tensor *kernel = kernel_of(layer_inner(l, 0)), *start = layer_variable(l, "vector_u");
    const int64_t columns = start->shape.dims[1];
    mica_tensor *fixed = mica_stop_gradient(kernel), *v = NULL, *u = start;
    mica_tensor *w = mica_reshape(fixed, MICA_SHAPE(-1, columns));
    mica_tensor *turned = mica_transpose(w, MICA_ALL_AXES);
    for (int64_t i = 0; i < OPTIONS_OF(l, spectral_normalization)->power_iterations; i++) {
        v = normalized(mica_matmul(u, turned));
        u = normalized(mica_matmul(v, w));
    }
    mica_tensor *sigma = mica_sum(mica_multiply(mica_matmul(v, w), u), MICA_ALL_AXES, false);
    mica_tensor *some = mica_any(mica_not_equal(fixed, scalar_like(fixed, 0)), MICA_ALL_AXES,
                                 false);
    mica_tensor *change = mica_subtract(mica_divide(fixed, sigma), fixed);
    change = mica_where(some, change, scalar_like(change, 0));
    set(l, start, mica_where(some, u, start));
    set(l, kernel, mica_add(kernel, mica_stop_gradient(change)));
}

static void call(mica_layer *l, layer_frame *f) {
    if (f->training) normalize(l);
    layer_frame one = {.inputs = f->inputs,
                       .outputs = 1,
                       .in = f->in,
                       .masks = f->masks,
                       .out = f->out,
                       .out_masks = f->out_masks};
    layer_call_inner(f, layer_inner(l, 0), &one);
    f->outputs = one.outputs;
}

const layer_kind layer_spectral_normalization = {.name = "SpectralNormalization",
                                                 .fields = spectral_normalization_fields,
                                                 .options_size = sizeof(OWNER),
                                                 .inner = inner,
                                                 .build = build,
                                                 .call = call,
                                                 .keeps_integers = true,
                                                 .ends_mask = true,
                                                 .borrows_weights = true};

LAYER_CONSTRUCTOR(spectral_normalization)
