/* random_normal and random_bernoulli in float32: Philox block by block, four
 * elements each, on all threads; the bits of the reference. */
#include "op/random.h"
#include "backend/kernel.h"

static bool supports(const kernel_spec *s) {
    return (s->op == &op_random_normal || s->op == &op_random_bernoulli) &&
           s->out[0].dtype == MICA_FLOAT32;
}

typedef struct random_call {
    const op *op;
    const random_attrs *a;
    uint64_t counter;
    int64_t n;
    float *y;
} random_call;

static void make_block(const random_call *c, int64_t block, double out[4]) {
    const random_attrs *a = c->a;
    if (c->op == &op_random_normal) {
        philox_normal((uint64_t)a->key, c->counter, (uint64_t)block, out);
        for (int i = 0; i < 4; i++) out[i] = a->a + a->b * out[i];
        return;
    }
    philox4 r = philox((uint64_t)a->key, c->counter, (uint64_t)block);
    for (int i = 0; i < 4; i++) out[i] = (double)philox_unit(r.v[i]) < a->a ? a->b : 0;
}

static void make_blocks(void *arg, int64_t begin, int64_t end) {
    const random_call *c = arg;
    for (int64_t block = begin; block < end; block++) {
        double four[4];
        make_block(c, block, four);
        for (int64_t i = block * 4; i < block * 4 + 4 && i < c->n; i++)
            c->y[i] = (float)four[i % 4];
    }
}

static void run(const kernel_call *k) {
    random_call c = {.op = k->op,
                     .a = k->attrs,
                     .counter = random_counter(k, 0),
                     .n = shape_size(&k->out_info[0].shape),
                     .y = k->out[0]};
    parallel_for(k->team, (c.n + 3) / 4, 4096, make_blocks, &c);
}

extern const kernel kernel_cpu_random;
const kernel kernel_cpu_random = {.name = "cpu random", .supports = supports, .run = run};
