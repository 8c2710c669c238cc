/* See classes.h. */
#include "serve/classes.h"

#include "serve/wire.h"

static int64_t width(const inference *x, int output) {
    return shape_size(&x->out_shape[output]) / x->rows;
}

static const void *at(const inference *x, int output, int64_t row, int index) {
    const size_t bytes = mica_dtype_size(x->contract->out[output].dtype);
    return (const char *)x->out[output] + (size_t)(row * width(x, output) + index) * bytes;
}

double classes_value(const inference *x, int output, int64_t row, int index) {
    return dtype_load(x->contract->out[output].dtype, at(x, output, row, index));
}

/* Inserts each into the list of the best until now: rows are wide, lists short. */
int classes_best(const inference *x, int output, int64_t row, int top, int *best) {
    const int64_t n = width(x, output);
    int count = 0;
    for (int i = 0; i < n; i++) {
        const double value = classes_value(x, output, row, i);
        int place = count;
        while (place > 0) {
            const double other = classes_value(x, output, row, best[place - 1]);
            if (!(value > other || (other != other && value == value))) break;
            place--;
        }
        if (place >= top) continue;
        if (count < top) count++;
        for (int k = count - 1; k > place; k--) best[k] = best[k - 1];
        best[place] = i;
    }
    return count;
}

const char *classes_name(const inference *x, int output, int index) {
    const contract *c = x->contract;
    return c->classes && output == 0 && index < c->class_count ? c->classes[index] : NULL;
}

void classes_format(strbuf *out, const inference *x, int output, int64_t row, int index) {
    const char *name = classes_name(x, output, index);
    json_put_element(out, x->contract->out[output].dtype, at(x, output, row, index), false);
    strbuf_add(out, name ? ":%d:%s" : ":%d", index, name);
}
