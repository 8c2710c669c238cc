/* AlphaDropout: in training y = a (x m + p (1 - m)) + b, m 1 with probability 1 - rate, else 0;
 * p = -1.6733 * 1.0507 is what SELU tends to, a = ((1 - rate) (1 + rate p^2))^-1/2 and b = -a p
 * rate keep mean 0 and variance 1; in inference y = x. Source: keras.layers.AlphaDropout; Klambauer
 * et al. (2017). */
#include "layer/noise.h"
#include "op/emit.h"

#define SELU_ALPHA 1.6732632423543772848170429916717
#define SELU_SCALE 1.0507009873554804934193349852946
#define OWNER mica_alpha_dropout_options

static const field alpha_dropout_fields[] = {
    LAYER_FIELDS(OWNER),
    REAL(OWNER, rate, REQUIRED, .min = 0, .max = 1, .help = "share that is dropped"),
    NOISE_SHAPE_FIELD(OWNER), SEED_FIELD(OWNER), END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    double rate = ((const OWNER *)options)->rate;
    return rate < 1 ? MICA_OK : fail(err, MICA_VALUE, "%s: rate is 1, expected below 1", what);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return noise_check(&OPTIONS_OF(l, alpha_dropout)->noise_shape, in, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, alpha_dropout);
    mica_tensor *x = f->in[0];
    double rate = o->rate, p = -SELU_ALPHA * SELU_SCALE;
    double a = 1 / sqrt((1 - rate) * (1 + rate * p * p)), b = -a * p * rate;
    f->out[0] = x;
    if (!f->training || rate == 0) return;
    mica_tensor *drawn = mica_dropout(noise_pattern(x, &o->noise_shape), f->counter, rate,
                                      noise_key(l, o->seed, "alpha_dropout"));
    mica_tensor *kept = mica_greater(drawn, scalar_like(drawn, 0));
    mica_tensor *y = mica_multiply(mica_where(kept, x, scalar_like(x, p)), scalar_like(x, a));
    f->out[0] = mica_add(y, scalar_like(x, b));
}

const layer_kind layer_alpha_dropout = {.name = "AlphaDropout",
                                        .fields = alpha_dropout_fields,
                                        .options_size = sizeof(OWNER),
                                        .check = check,
                                        .build = build,
                                        .call = call};

LAYER_CONSTRUCTOR(alpha_dropout)
