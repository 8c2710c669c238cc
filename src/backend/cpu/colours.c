/* rgb_to_hsv and hsv_to_rgb in float32, where no gradient is asked. */
#include "backend/cpu/colours.h"

#include "backend/kernel.h"
#include "op/array.h"

static bool supports(const kernel_spec *s) {
    return (s->op == &op_rgb_to_hsv || s->op == &op_hsv_to_rgb) && s->out[0].dtype == MICA_FLOAT32;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    const colours_table *t = ISA_CHOOSE(colours, isa_best());
    p->state = (void *)t; /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct colours_call {
    const float *from;
    float *to;
    int64_t inner; /* behind the axis: how far the colours of a pixel are apart */
    colours_function *run;
} colours_call;

/* Pixels begin … end, of one stretch behind the axis after another. */
static void run_pixels(void *arg, int64_t begin, int64_t end) {
    const colours_call *c = arg;
    if (c->inner == 1) {
        c->run(end - begin, 1, c->from + 3 * begin, c->to + 3 * begin);
        return;
    }
    while (begin < end) {
        int64_t inside = begin % c->inner, n = c->inner - inside;
        int64_t at = begin / c->inner * 3 * c->inner + inside;
        if (n > end - begin) n = end - begin;
        c->run(n, c->inner, c->from + at, c->to + at);
        begin += n;
    }
}

static void run(const kernel_call *k) {
    const shape *s = &k->out_info[0].shape;
    const colours_table *t = k->state;
    colours_call c = {k->in[0], k->out[0], 1, k->op == &op_rgb_to_hsv ? t->to_hsv : t->to_rgb};
    int axis = 0;
    axis_resolve(((const along_attrs *)k->attrs)->axis, s->rank, &axis);
    for (int i = axis + 1; i < s->rank; i++) c.inner *= s->dims[i];
    if (shape_size(s) == 0) return;
    parallel_for(k->team, shape_size(s) / 3, 4096, run_pixels, &c);
}

extern const kernel kernel_cpu_colours;
const kernel kernel_cpu_colours = {
    .name = "cpu colours", .supports = supports, .prepare = prepare, .run = run};
