/* Layers that change images at random: see augment.h. */
#include "layer/augment.h"

#include "base/philox.h"
#include "op/emit.h"
#include "op/random.h"

#include <string.h>

const char *const fill_modes[] = {[MICA_FILL_CONSTANT] = "constant",
                                  [MICA_FILL_NEAREST] = "nearest",
                                  [MICA_FILL_REFLECT] = "reflect",
                                  [MICA_FILL_WRAP] = "wrap",
                                  NULL};
const char *const between_pixels[] = {"nearest", "bilinear", NULL};
const char *const augment_ignored[] = {"bounding_box_format", NULL};

/* ---- ranges ---- */

range factor_range(const mica_reals *factor, double least) {
    double a = factor->values[0], b = factor->values[1];
    if (factor->count == 1) return (range){fmax(-fabs(a), least), fabs(a)};
    return (range){fmin(a, b), fmax(a, b)};
}

mica_status check_range(const char *what, const char *name, const mica_reals *factor, double least,
                        double most, mica_error *err) {
    double a = factor->values[0], b = factor->values[1];
    bool fits = factor->count == 1 ? a >= least && a <= most : a <= most && b >= least;
    if (factor->count == 0 || (factor->count <= 2 && fits)) return MICA_OK;
    if (factor->count == 1)
        return fail(err, MICA_VALUE, "%s: %s is %g, expected %g to %g", what, name, a, least, most);
    return fail(err, MICA_VALUE, "%s: %s is %g to %g, expected a range within %g to %g", what, name,
                a, b, least, most);
}

mica_status check_numbers(const char *what, const char *name, const mica_reals *numbers, range r,
                          bool above, mica_error *err) {
    for (int i = 0; i < numbers->count; i++) {
        double x = numbers->values[i];
        if (x >= r.low && x <= r.high && !(above && x == r.low)) continue;
        return fail(err, MICA_VALUE, "%s: %s is %g, expected %s%g%s to %g", what, name, x,
                    above ? "above " : "", r.low, above ? "," : "", r.high);
    }
    return MICA_OK;
}

mica_status check_value_range(const char *what, const mica_reals *values, mica_error *err) {
    if (values->count == 0 || (values->count == 2 && values->values[0] < values->values[1]))
        return MICA_OK;
    return fail(err, MICA_VALUE, "%s: value_range is not two numbers, the lower first", what);
}

void default_range(mica_reals *values, double low, double high) {
    if (values->count == 0) *values = low == high ? MICA_REALS(low) : MICA_REALS(low, high);
}

/* ---- calls ---- */

void augment_images(mica_layer *l, layer_frame *f, image_change *change) {
    mica_tensor *x = f->in[0];
    bool one = x->shape.rank == 3;
    f->out[0] = x;
    if (!f->training) return;
    x = change(l, f, one ? mica_expand_dims(x, 0) : x);
    f->out[0] = one ? mica_squeeze(x, MICA_AXES(0)) : x;
}

mica_tensor *draw_like(const mica_layer *l, const layer_frame *f, mica_tensor *like, int64_t seed,
                       const char *purpose, range r) {
    uint64_t own = seed == NO_INTEGER ? l->key : philox_key((uint64_t)seed, l->kind->name);
    const random_attrs a = {
        .key = (int64_t)philox_key(own, purpose), .dtype = like->dtype, .a = r.low, .b = r.high};
    return EMIT(&op_random_uniform, &a, f->counter, like);
}

mica_tensor *draw_each(const mica_layer *l, const layer_frame *f, mica_tensor *images, int64_t seed,
                       const char *purpose, range r) {
    static const int64_t end[] = {MICA_END, 1, 1, 1};
    mica_tensor *like = mica_cast(mica_slice(images, 4, NULL, end, NULL), MICA_FLOAT32);
    return draw_like(l, f, like, seed, purpose, r);
}

mica_tensor *draw_sign(const mica_layer *l, const layer_frame *f, mica_tensor *images, int64_t seed,
                       const char *purpose) {
    mica_tensor *u = draw_each(l, f, images, seed, purpose, (range){0, 1});
    return mica_where(mica_greater(u, scalar_like(u, 0.5)), scalar_like(u, -1), scalar_like(u, 1));
}

/* ---- colours ---- */

mica_status require_colours(const shape *in, const char *data_format, bool one_too,
                            mica_error *err) {
    int axis = in->rank - (layout_of(data_format) == MICA_CHANNELS_FIRST ? 3 : 1);
    int64_t channels = in->dims[axis];
    if (channels == 3 || (one_too && channels == 1)) return MICA_OK;
    char text[128];
    shape_format(in, text);
    return fail(err, MICA_SHAPE, "input %s, expected 3 channels%s", text, one_too ? " or 1" : "");
}

mica_tensor *colour_mask(mica_tensor *images, const char *data_format, int i) {
    shape s = {4, {1, 1, 1, 1}};
    bool mask[3] = {i == 0, i == 1, i == 2};
    s.dims[channel_axis_of(data_format, 4)] = 3;
    return mica_tensor_new(images->ctx, MICA_BOOL, s, mask);
}

/* ---- places ---- */

mica_tensor *extent_of(mica_tensor *images, int axis) {
    return mica_cast(mica_size(images, MICA_AXES(axis)), MICA_FLOAT32);
}

static mica_tensor *any_of(mica_tensor *const numbers[6]) {
    for (int i = 0; i < 6; i++)
        if (numbers[i] && numbers[i]->shape.rank) return numbers[i];
    return NULL;
}

mica_tensor *transform_images(mica_tensor *images, mica_tensor *const numbers[6],
                              const char *interpolation, const char *fill_mode, double fill_value,
                              const char *data_format) {
    mica_tensor *zeros = mica_zeros_like(any_of(numbers)), *columns[8];
    for (int i = 0; i < 8; i++)
        columns[i] = i < 6 && numbers[i] ? mica_add(zeros, numbers[i]) : zeros;
    mica_tensor *transforms = mica_squeeze(mica_concatenate(columns, 8, 1),
                                           MICA_AXES(2, 3)); /* (B, 8) */
    int mode = 0;
    while (strcmp(fill_modes[mode], fill_mode)) mode++;
    return mica_affine_transform(images, transforms, method_of(interpolation), (mica_fill_mode)mode,
                                 fill_value, layout_of(data_format));
}
