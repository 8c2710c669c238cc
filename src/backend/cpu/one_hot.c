/* one_hot of any dtype: zeros, and one element set in each row. */
#include "backend/kernel.h"
#include "op/array.h"

static bool supports(const kernel_spec *s) { return s->op == &op_one_hot; }

static void set_rows(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    mica_dtype from = c->in_info[0].dtype, to = c->out_info[0].dtype;
    int64_t depth = ((const one_hot_attrs *)c->attrs)->depth;
    size_t size = mica_dtype_size(to), row = (size_t)depth * size;
    char *y = c->out[0];
    memset(y + (size_t)begin * row, 0, (size_t)(end - begin) * row);
    for (int64_t i = begin; i < end; i++) {
        int64_t index = dtype_load_int(from,
                                       (const char *)c->in[0] + (size_t)i * mica_dtype_size(from));
        if (index >= 0 && index < depth)
            dtype_store(to, y + (size_t)i * row + (size_t)index * size, 1);
    }
}

static void run(const kernel_call *c) {
    int64_t rows = shape_size(&c->in_info[0].shape);
    int64_t depth = ((const one_hot_attrs *)c->attrs)->depth;
    parallel_for(c->team, rows, 1 + 65536 / (depth + 1), set_rows, (void *)(uintptr_t)c);
}

extern const kernel kernel_cpu_one_hot;
const kernel kernel_cpu_one_hot = {.name = "cpu one_hot", .supports = supports, .run = run};
