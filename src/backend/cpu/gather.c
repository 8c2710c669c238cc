/* gather of any dtype, and scatter_rows in float32: whole slices. Each part of scatter_rows' result
 * is made by one thread, which adds the slices in the order of the indices: the bits do not depend
 * on the number of threads. */
#include "backend/kernel.h"
#include "op/array.h"

#include <string.h>

static bool supports(const kernel_spec *s) {
    return s->op == &op_gather || (s->op == &op_scatter_rows && s->out[0].dtype == MICA_FLOAT32);
}

typedef struct gather_call {
    const operand *info;
    const void *indices;
    int64_t n, outer, extent, inner; /* x is outer x extent x inner, the slices outer x n x inner */
    size_t size;
    const char *from;
    char *to;
    int64_t part, parts; /* scatter_rows: rows of a part, parts of an extent */
} gather_call;

/* Element i of the indices, from 0 to extent; -1: none of these. */
static inline int64_t index_at(const gather_call *c, int64_t i) {
    if (c->info->dtype != MICA_INT64) return gather_index(c->info, c->indices, i, c->extent);
    int64_t index = ((const int64_t *)c->indices)[i];
    if (index < 0) index += c->extent;
    return index >= 0 && index < c->extent ? index : -1;
}

/* Slices that lie behind one another, as a window's do, are copied as one. */
static void gather_rows(void *arg, int64_t begin, int64_t end) {
    const gather_call *c = arg;
    const size_t row = (size_t)c->inner * c->size;
    for (int64_t i = begin, next; i < end; i = next) {
        const int64_t o = i / c->n, last = (o + 1) * c->n < end ? (o + 1) * c->n : end;
        const int64_t index = index_at(c, i - o * c->n);
        for (next = i + 1; next < last; next++) {
            const int64_t follows = index_at(c, next - o * c->n);
            if (index < 0 ? follows >= 0 : follows != index + next - i) break;
        }
        char *to = c->to + (size_t)i * row;
        if (index < 0) memset(to, 0, (size_t)(next - i) * row);
        else memcpy(to, c->from + (size_t)(o * c->extent + index) * row, (size_t)(next - i) * row);
    }
}

static void scatter_parts(void *arg, int64_t begin, int64_t end) {
    const gather_call *c = arg;
    for (int64_t p = begin; p < end; p++) {
        int64_t o = p / c->parts, first = p % c->parts * c->part, last = first + c->part;
        if (last > c->extent) last = c->extent;
        float *to = (float *)(void *)c->to + o * c->extent * c->inner;
        const float *from = (const float *)(const void *)c->from + o * c->n * c->inner;
        memset(to + first * c->inner, 0, (size_t)((last - first) * c->inner) * sizeof *to);
        for (int64_t i = 0; i < c->n; i++) {
            int64_t index = gather_index(c->info, c->indices, i, c->extent);
            if (index < first || index >= last) continue;
            for (int64_t k = 0; k < c->inner; k++)
                to[index * c->inner + k] += from[i * c->inner + k];
        }
    }
}

static void run(const kernel_call *k) {
    bool gather = k->op == &op_gather;
    const shape *x = gather ? &k->in_info[0].shape : &k->out_info[0].shape;
    gather_call c = {.info = &k->in_info[1],
                     .indices = k->in[1],
                     .outer = 1,
                     .inner = 1,
                     .n = shape_size(&k->in_info[1].shape),
                     .from = k->in[0],
                     .to = k->out[0],
                     .size = mica_dtype_size(k->out_info[0].dtype)};
    int axis = 0;
    axis_resolve(((const along_attrs *)k->attrs)->axis, x->rank, &axis);
    for (int i = 0; i < axis; i++) c.outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++) c.inner *= x->dims[i];
    c.extent = x->dims[axis];
    if (shape_size(&k->out_info[0].shape) == 0) return;
    if (gather) {
        parallel_for(k->team, c.outer * c.n, 1 + 16384 / c.inner, gather_rows, &c);
        return;
    }
    c.part = 1 + 16384 / c.inner;
    if (c.extent / c.part > 16) c.part = (c.extent + 15) / 16; /* every part reads all indices */
    c.parts = (c.extent + c.part - 1) / c.part;
    parallel_for(k->team, c.outer * c.parts, 1, scatter_parts, &c);
}

extern const kernel kernel_cpu_gather;
const kernel kernel_cpu_gather = {.name = "cpu gather", .supports = supports, .run = run};
