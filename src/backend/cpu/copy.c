/* Copies of any dtype: ops that are views (transpose, broadcast, slice, reshape …) where a copy is
 * wanted, by strides; concatenate and split, by runs of contiguous bytes. */
#include "backend/kernel.h"
#include "op/array.h"

#include <stdlib.h>
#include <string.h>

/* out[i0, i1 …] = in[offset + sum of i_k from_k], out row-major; innermost dim first. */
typedef struct strided {
    int rank;
    int64_t extent[MAX_RANK], from[MAX_RANK], offset, rows; /* rows: of the innermost dim */
    size_t size;
} strided;

static bool view_of(const kernel_spec *s, int64_t *strides, int64_t *offset) {
    int64_t own[MAX_RANK];
    if (!s->op->view || s->outputs != 1 || s->in[0].dtype != s->out[0].dtype) return false;
    strides_of(&s->in[0].shape, own);
    view_frame v = {.attrs = s->attrs,
                    .in_shape = &s->in[0].shape,
                    .out_shape = &s->out[0].shape,
                    .in_strides = own,
                    .out_strides = strides,
                    .offset = offset};
    return s->op->view(&v);
}

static bool copy_supports(const kernel_spec *s) {
    int64_t strides[MAX_RANK], offset = 0;
    return view_of(s, strides, &offset);
}

static mica_status copy_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    strided *c = allocate(1, sizeof *c);
    int64_t strides[MAX_RANK];
    if (!c) return fail_memory(err, sizeof *c, "copy");
    const shape *y = &s->out[0].shape;
    view_of(s, strides, &c->offset);
    c->size = mica_dtype_size(s->out[0].dtype);
    for (int d = y->rank - 1; d >= 0; d--) {
        int64_t extent = y->dims[d], inner = c->rank - 1;
        if (extent == 1) continue;
        if (c->rank > 0 && strides[d] == c->from[inner] * c->extent[inner]) {
            c->extent[inner] *= extent; /* goes on where the inner dim ends */
            continue;
        }
        c->extent[c->rank] = extent, c->from[c->rank++] = strides[d];
    }
    if (c->rank == 0) c->extent[0] = c->from[0] = 1, c->rank = 1;
    c->rows = shape_size(y) ? shape_size(y) / c->extent[0] : 0;
    p->state = c;
    return MICA_OK;
}

typedef struct copy_call {
    const strided *c;
    const char *in;
    char *out;
} copy_call;

#define COPY_ROW(type)                                                                             \
    do {                                                                                           \
        const type *x = (const type *)(const void *)in;                                            \
        type *y = (type *)(void *)out;                                                             \
        for (int64_t i = 0; i < n; i++) y[i] = x[i * step];                                        \
    } while (0)

static void copy_row(int64_t n, size_t size, const char *in, int64_t step, char *out) {
    if (step == 1) memcpy(out, in, (size_t)n * size);
    else if (size == 4) COPY_ROW(uint32_t);
    else if (size == 8) COPY_ROW(uint64_t);
    else if (size == 2) COPY_ROW(uint16_t);
    else COPY_ROW(uint8_t);
}

static void copy_rows(void *arg, int64_t begin, int64_t end) {
    const copy_call *m = arg;
    const strided *c = m->c;
    for (int64_t row = begin; row < end; row++) {
        int64_t at = c->offset, rest = row;
        for (int d = 1; d < c->rank; d++) {
            at += rest % c->extent[d] * c->from[d];
            rest /= c->extent[d];
        }
        copy_row(c->extent[0], c->size, m->in + at * (int64_t)c->size, c->from[0],
                 m->out + (size_t)(row * c->extent[0]) * c->size);
    }
}

static void copy_run(const kernel_call *k) {
    const strided *c = k->state;
    copy_call m = {.c = c, .in = k->in[0], .out = k->out[0]};
    if (c->rows) parallel_for(k->team, c->rows, 1 + 65536 / c->extent[0], copy_rows, &m);
}

extern const kernel kernel_cpu_copy;
const kernel kernel_cpu_copy = {.name = "cpu copy",
                                .supports = copy_supports,
                                .prepare = copy_prepare,
                                .run = copy_run,
                                .release = free};
