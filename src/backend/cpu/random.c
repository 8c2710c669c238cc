/* random_normal and random_bernoulli in float32: Philox block by block, four
 * elements each, on all threads. The bits of bernoulli are those of the reference, normal values
 * come from the same bits and differ by the last bit of a float at most. */
#include "backend/cpu/random.h"
#include "backend/kernel.h"
#include "op/random.h"

#include <math.h>

static bool supports(const kernel_spec *s) {
    return (s->op == &op_random_normal || s->op == &op_random_bernoulli) &&
           s->out[0].dtype == MICA_FLOAT32;
}

typedef struct random_call {
    const random_table *table;
    const random_attrs *a;
    uint64_t counter;
    int64_t n;
    uint32_t limit; /* of bernoulli: what 24 random bits must be below */
    float *y;
} random_call;

static void normal_blocks(void *arg, int64_t begin, int64_t end) {
    const random_call *c = arg;
    int64_t whole = c->n / 4 < end ? c->n / 4 : end;
    begin += c->table->normal((uint64_t)c->a->key, c->counter, (uint64_t)begin, whole - begin,
                              c->a->a, c->a->b, c->y + begin * 4);
    for (int64_t block = begin; block < end; block++) {
        double four[4];
        philox_normal((uint64_t)c->a->key, c->counter, (uint64_t)block, four);
        for (int64_t i = block * 4; i < block * 4 + 4 && i < c->n; i++)
            c->y[i] = (float)(c->a->a + c->a->b * four[i % 4]);
    }
}

static void bernoulli_blocks(void *arg, int64_t begin, int64_t end) {
    const random_call *c = arg;
    int64_t whole = c->n / 4 < end ? c->n / 4 : end;
    c->table->bernoulli((uint64_t)c->a->key, c->counter, (uint64_t)begin, whole - begin, c->limit,
                        (float)c->a->b, c->y + begin * 4);
    if (whole == end) return;
    philox4 r = philox((uint64_t)c->a->key, c->counter, (uint64_t)whole);
    for (int64_t i = whole * 4; i < c->n; i++)
        c->y[i] = r.v[i % 4] >> 8 < c->limit ? (float)c->a->b : 0;
}

static void run(const kernel_call *k) {
    const random_attrs *a = k->attrs;
    random_call c = {.table = ISA_CHOOSE(randoms, isa_best()),
                     .a = a,
                     .counter = random_counter(k, 0),
                     .n = shape_size(&k->out_info[0].shape),
                     .y = k->out[0]};
    bool normal = k->op == &op_random_normal;
    /* unit(bits) < probability, asked of whole numbers: unit is a multiple of 2^-24 */
    if (!normal) c.limit = a->a <= 0 ? 0 : a->a >= 1 ? 1u << 24 : (uint32_t)ceil(a->a * 0x1p24);
    parallel_for(k->team, (c.n + 3) / 4, 4096, normal ? normal_blocks : bernoulli_blocks, &c);
}

extern const kernel kernel_cpu_random;
const kernel kernel_cpu_random = {.name = "cpu random", .supports = supports, .run = run};
