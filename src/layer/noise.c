/* Random layers: see noise.h. Every draw is a function of the layer's key, the step's counter and
 * the element's place, so that a resumed run draws the same. */
#include "layer/noise.h"

#include "base/philox.h"
#include "op/emit.h"
#include "op/random.h"

uint64_t noise_key(const mica_layer *l, int64_t seed, const char *purpose) {
    return seed == NO_INTEGER ? l->key : philox_key((uint64_t)seed, purpose);
}

mica_status noise_check(const shape *noise, const shape *in, mica_error *err) {
    bool fits = noise->rank == 0 || noise->rank == in->rank;
    for (int i = 0; fits && i < noise->rank; i++)
        fits = noise->dims[i] < 0 || noise->dims[i] == 1 || in->dims[i] < 0 ||
               noise->dims[i] == in->dims[i];
    if (fits) return MICA_OK;
    char found[128], wanted[128];
    shape_format(noise, found), shape_format(in, wanted);
    return fail(err, MICA_SHAPE, "noise_shape is %s, expected dims of the input %s or 1", found,
                wanted);
}

mica_tensor *noise_pattern(mica_tensor *x, const shape *noise) {
    int64_t end[MAX_RANK];
    for (int i = 0; i < noise->rank; i++) end[i] = noise->dims[i] == 1 ? 1 : MICA_END;
    if (noise->rank) x = mica_slice(x, noise->rank, NULL, end, NULL);
    return mica_ones_like(x);
}

mica_tensor *noise_drop(layer_frame *f, mica_tensor *x, const shape *noise, double rate,
                        uint64_t key) {
    if (!f->training || rate == 0) return x;
    if (rate == 1) return mica_zeros_like(x);
    if (noise->rank == 0) return mica_dropout(x, f->counter, rate, key);
    return mica_multiply(x, mica_dropout(noise_pattern(x, noise), f->counter, rate, key));
}

mica_tensor *noise_normal(const layer_frame *f, mica_tensor *x, double mean, double stddev,
                          uint64_t key) {
    const random_attrs a = {.key = (int64_t)key, .dtype = x->dtype, .a = mean, .b = stddev};
    return EMIT(&op_random_normal, &a, f->counter, x);
}
