/* batch_norm_backward: with r = 1 / sqrt(variance + epsilon), h = (x - mean) r, and means and sums
 * over all axes but the channels':
 *   dx = gamma r (dy - mean(dy) - h mean(dy h)),  dgamma = sum(dy h),  dbeta = sum(dy).
 * In: dy, x, gamma, mean, variance. mean and variance are those of x: dx holds their part too.
 * Source: Ioffe and Szegedy, Batch Normalization (2015). */
#include "mica/math.h"
#include "op/norm.h"

static mica_status batch_norm_backward_shape(shape_frame *f) {
    TRY(batch_norm_check(f, &f->in[1], 2, 4));
    if (f->in[0].dtype != f->in[1].dtype)
        return type_fail(f, "gradient is %s, expected %s", mica_dtype_name(f->in[0].dtype),
                         mica_dtype_name(f->in[1].dtype));
    TRY(require_shape(f, 0, &f->in[1].shape));
    f->out[0] = (operand){.dtype = f->in[1].dtype, .shape = f->in[1].shape};
    f->out[1] = f->out[2] = (operand){.dtype = f->in[2].dtype, .shape = f->in[2].shape};
    return MICA_OK;
}

/* With G, b, c the gradients of dx, dgamma, dbeta, and S the sum over a channel of N elements,
 *   L = S(G dx) + b dgamma + c dbeta = gamma r T + b S(dy h) + c S(dy)
 *   T = S(G dy) - S(G) S(dy) / N - S(G h) S(dy h) / N
 * for each channel; the rest is the chain rule through h and r. */
static void batch_norm_backward_gradient(gradient_frame *g) {
    const batch_norm_attrs *a = g->attrs;
    int64_t axis = a->axis;
    mica_tensor *dy = g->in[0], *x = g->in[1], *gamma = g->in[2];
    mica_tensor *G = g->dout[0] ? g->dout[0] : mica_zeros_like(x);
    mica_tensor *b = g->dout[1] ? g->dout[1] : mica_zeros_like(gamma);
    mica_tensor *c = g->dout[2] ? g->dout[2] : mica_zeros_like(gamma);
    mica_tensor *n = mica_cast(channel_size(x, axis), gamma->dtype);
    mica_tensor *r = inverse_deviation(g->in[4], a->epsilon), *scale = mica_multiply(gamma, r);
    mica_tensor *centred = mica_subtract(x, per_channel(g->in[3], x, axis));
    mica_tensor *h = mica_multiply(centred, per_channel(r, x, axis));
    mica_tensor *sum_dy = channel_sum(dy, axis), *sum_g = channel_sum(G, axis);
    mica_tensor *sum_dyh = channel_sum(mica_multiply(dy, h), axis);
    mica_tensor *sum_gh = channel_sum(mica_multiply(G, h), axis);
    mica_tensor *mean_gh = mica_divide(sum_gh, n), *mean_dyh = mica_divide(sum_dyh, n);
    mica_tensor *t = mica_subtract(mica_subtract(channel_sum(mica_multiply(G, dy), axis),
                                                 mica_divide(mica_multiply(sum_g, sum_dy), n)),
                                   mica_multiply(sum_gh, mean_dyh));
    /* d / d dy = scale (G - mean(G)) + h (b - scale mean(G h)) + c */
    mica_tensor *ddy = mica_add(
        mica_multiply(mica_subtract(G, per_channel(mica_divide(sum_g, n), x, axis)),
                      per_channel(scale, x, axis)),
        mica_add(
            mica_multiply(h, per_channel(mica_subtract(b, mica_multiply(scale, mean_gh)), x, axis)),
            per_channel(c, x, axis)));
    /* d / d h = dy (b - scale mean(G h)) - G scale mean(dy h) */
    mica_tensor *dh = mica_subtract(
        mica_multiply(dy, per_channel(mica_subtract(b, mica_multiply(scale, mean_gh)), x, axis)),
        mica_multiply(G, per_channel(mica_multiply(scale, mean_dyh), x, axis)));
    mica_tensor *dr = mica_add(mica_multiply(gamma, t),
                               channel_sum(mica_multiply(dh, centred), axis));
    mica_tensor *cube = mica_multiply(mica_square(r), r);
    g->din[0] = mica_cast(ddy, dy->dtype);
    g->din[1] = mica_cast(mica_multiply(dh, per_channel(r, x, axis)), x->dtype);
    g->din[2] = mica_multiply(r, t);
    g->din[3] = mica_negative(mica_multiply(r, channel_sum(dh, axis)));
    g->din[4] = mica_multiply(mica_multiply(dr, cube), scalar_like(cube, -0.5));
}

static void batch_norm_backward_reference(const kernel_call *c) {
    const batch_norm_attrs *a = c->attrs;
    channel_walk w = channel_walk_of(&c->in_info[1].shape, a->axis);
    for (int64_t k = 0; k < w.channels; k++) {
        double mean = element(c, 3, k), r = 1 / sqrt(element(c, 4, k) + a->epsilon);
        double sum = 0, product = 0, n = (double)w.count;
        for (int64_t i = 0; i < w.count; i++) {
            double dy = element(c, 0, channel_at(&w, k, i));
            sum += dy;
            product += dy * (element(c, 1, channel_at(&w, k, i)) - mean) * r;
        }
        double scale = element(c, 2, k) * r;
        for (int64_t i = 0; i < w.count; i++) {
            int64_t at = channel_at(&w, k, i);
            double h = (element(c, 1, at) - mean) * r;
            set_element(c, 0, at, scale * (element(c, 0, at) - sum / n - h * product / n));
        }
        set_element(c, 1, k, product);
        set_element(c, 2, k, sum);
    }
}

static bool batch_norm_backward_samples(int number, sample *s) {
    shape x, channels;
    if (!batch_norm_case(number, s->attrs, &x, &channels)) return false;
    sample_real(s, x);
    sample_real(s, x);
    sample_real(s, channels);
    sample_real(s, channels);
    struct sample_input *variance = sample_real(s, channels);
    variance->low = 0.5;
    variance->high = 2;
    return true;
}

const op op_batch_norm_backward = {
    .name = "batch_norm_backward",
    .inputs = 5,
    .outputs = 3,
    .traits = PURE,
    .fields = batch_norm_fields,
    .attrs_size = sizeof(batch_norm_attrs),
    .shape = batch_norm_backward_shape,
    .gradient = batch_norm_backward_gradient,
    .reference = batch_norm_backward_reference,
    .samples = batch_norm_backward_samples,
    .tolerance = 1e-4,
};
