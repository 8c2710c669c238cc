/* random_bernoulli: the value with the probability, else 0; the mask of dropout.
 * Source: Philox4x32-10, element i from word i mod 4 of block i / 4. */
#include "op/random.h"

static mica_status random_bernoulli_shape(shape_frame *f) {
    const random_attrs *a = f->attrs;
    TRY(shape_of_random(f));
    if (!(a->a >= 0 && a->a <= 1)) return value_fail(f, "probability %g, expected 0 to 1", a->a);
    return MICA_OK;
}

static void random_bernoulli_reference(const kernel_call *c) {
    const random_attrs *a = c->attrs;
    uint64_t counter = random_counter(c, 0);
    philox4 r = {{0}};
    for (int64_t i = 0, n = shape_size(&c->out_info[0].shape); i < n; i++) {
        if (i % 4 == 0) r = philox((uint64_t)a->key, counter, (uint64_t)i / 4);
        set_element(c, 0, i, (double)philox_unit(r.v[i % 4]) < a->a ? a->b : 0);
    }
}

const op op_random_bernoulli = {
    .name = "random_bernoulli",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = RANDOM,
    .shape_inputs = 1 << 1,
    .fields = random_fields,
    .attrs_size = sizeof(random_attrs),
    .shape = random_bernoulli_shape,
    .reference = random_bernoulli_reference,
    .samples = random_samples,
};
