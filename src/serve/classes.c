/* See classes.h. */
#include "serve/classes.h"

#include "serve/wire.h"
#include "train/classifier.h"

#include <math.h>

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

/* In the order of rank_classes, which sorts whole rows. Here each is inserted into the list of the
 * best until now: rows are wide, lists short. */
int classes_best(const inference *x, int output, int64_t row, int top, int *best) {
    const int64_t n = width(x, output);
    int count = 0;
    for (int i = 0; i < n; i++) {
        const double value = classes_value(x, output, row, i);
        int place = count;
        while (place > 0) {
            if (!score_beats(value, classes_value(x, output, row, best[place - 1]))) break;
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
    const double value = classes_value(x, output, row, index);
    if (isfinite(value))
        json_put_element(out, x->contract->out[output].dtype, at(x, output, row, index), false);
    else strbuf_add(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    strbuf_add(out, name ? ":%d:%s" : ":%d", index, name);
}

mica_status classes_texts(const inference *x, int i, arena *memory, mica_string **texts, shape *s,
                          mica_error *err) {
    const served_value *v = &x->contract->out[i];
    if (v->dtype == MICA_STRING)
        return fail(err, MICA_TYPE, "output \"%s\" is of texts, which have no best classes",
                    v->name);
    const int64_t count = shape_size(&x->out_shape[i]), per_row = count / x->rows;
    const int top = (int)(x->top[i] < per_row ? x->top[i] : per_row);
    int *best = arena_take(memory, (size_t)top * sizeof *best);
    *texts = arena_take(memory, (size_t)(top * x->rows) * sizeof **texts);
    *s = (shape){2, {x->rows, top}};
    if (!best || !*texts) return fail_no_memory(err, "classes");
    for (int64_t row = 0; row < x->rows; row++) {
        const int found = classes_best(x, i, row, top, best);
        for (int k = 0; k < found; k++) {
            strbuf text = {0};
            classes_format(&text, x, i, row, best[k]);
            const char *copy = text.failed ? NULL : arena_copy(memory, text.data, text.length);
            (*texts)[row * top + k] = (mica_string){copy, text.length};
            strbuf_free(&text);
            if (!copy) return fail_no_memory(err, "classes");
        }
    }
    return MICA_OK;
}
