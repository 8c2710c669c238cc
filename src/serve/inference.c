/* See inference.h. */
#include "serve/inference.h"

#include "tensor/dtype.h"
#include "train/bind.h"

#include <string.h>

/* Only what a contract's inputs and outputs can have touched: the struct has room for many. */
void inference_clear(inference *x) {
    const contract *c = x->contract;
    arena_clear(&x->memory);
    for (int i = 0; c && i < c->inputs; i++) x->in[i] = NULL;
    for (int i = 0; c && i < c->outputs; i++) {
        x->wanted[i] = x->binary[i] = false;
        x->top[i] = 0;
        x->out[i] = NULL;
    }
    x->contract = NULL;
    x->id[0] = 0;
    x->rows = 0;
    x->priority = 0;
    x->timeout_us = 0;
    x->columns = x->shadow = false;
    x->kept = 0;
    x->given = NULL;
}

void inference_free(inference *x) { arena_free(&x->memory); }

/* The name among the values; its number, or -1 with what there is. */
static int find(const served_value *values, int count, const char *kind, const char *name,
                size_t length, const contract *c, mica_error *err) {
    const char *names[MAX_MODEL_INPUTS + 1] = {0};
    for (int i = 0; i < count; i++) {
        names[i] = values[i].name;
        if (strlen(names[i]) == length && !memcmp(names[i], name, length)) return i;
    }
    char given[65] = {0};
    memcpy(given, name, length < sizeof given - 1 ? length : sizeof given - 1);
    const char *near = nearest_name(given, names);
    fail(err, MICA_NAME, "%s \"%s\" is not known to model %s, which has \"%s\"%s", kind, given,
         c->name, near ? near : names[0], !near && count > 1 ? " and others" : "");
    return -1;
}

int inference_find_input(const inference *x, const char *name, size_t length, mica_error *err) {
    return find(x->contract->in, x->contract->inputs, "input", name, length, x->contract, err);
}

int inference_find_output(const inference *x, const char *name, size_t length, mica_error *err) {
    return find(x->contract->out, x->contract->outputs, "output", name, length, x->contract, err);
}

mica_status inference_place_output(inference *x, int output, const shape *s, size_t row_bytes,
                                   mica_error *err) {
    size_t bytes;
    x->out_shape[output] = *s;
    x->out_shape[output].dims[0] = x->rows;
    if (__builtin_mul_overflow((size_t)x->rows, row_bytes, &bytes) || bytes > MOST_OUTPUT_BYTES)
        return fail(err, MICA_VALUE,
                    "output \"%s\": more than %d MiB for %lld rows, ask for fewer at once",
                    x->contract->out[output].name, MOST_OUTPUT_BYTES >> 20, (long long)x->rows);
    x->out[output] = arena_take(&x->memory, bytes);
    return x->out[output] ? MICA_OK : fail_no_memory(err, "an output");
}

mica_status inference_place(inference *x, int input, const shape *s, mica_error *err) {
    const served_value *v = &x->contract->in[input];
    char got[128], want[128];
    if (x->in[input]) return fail(err, MICA_VALUE, "input \"%s\" is given twice", v->name);
    bool whole = true;
    for (int i = 0; i < s->rank; i++) whole &= s->dims[i] > 0;
    if (!shape_fits(&v->shape, s) || !whole) { /* rows of nothing would cost, and take no byte */
        shape_format(s, got), shape_format(&v->shape, want);
        return fail(err, MICA_SHAPE, "input \"%s\": shape %s, expected %s", v->name, got, want);
    }
    if (x->rows && s->dims[0] != x->rows)
        return fail(err, MICA_SHAPE, "input \"%s\": %lld rows, other inputs have %lld", v->name,
                    (long long)s->dims[0], (long long)x->rows);
    size_t bytes = mica_dtype_size(v->dtype);
    for (int i = 0; i < s->rank; i++)
        if (__builtin_mul_overflow(bytes, (size_t)s->dims[i], &bytes) || bytes > MOST_INPUT_BYTES)
            return fail(err, MICA_VALUE, "input \"%s\": more than %d MiB", v->name,
                        MOST_INPUT_BYTES >> 20);
    if (!(x->in[input] = arena_take(&x->memory, bytes))) return fail_no_memory(err, "an input");
    x->rows = s->dims[0];
    x->in_shape[input] = *s;
    return MICA_OK;
}

mica_status inference_own(inference *x, mica_dtype dtype, void *elements, int64_t count,
                          mica_error *err) {
    mica_string *texts = elements;
    for (int64_t i = 0; dtype == MICA_STRING && i < count; i++) {
        char *own = arena_take(&x->memory, texts[i].size + 1);
        if (!own) return fail_no_memory(err, "texts");
        if (texts[i].size) memcpy(own, texts[i].bytes, texts[i].size);
        texts[i].bytes = own;
    }
    return MICA_OK;
}

/* In a plan a number outside of the table would read zeros. */
static mica_status check_lookups(const inference *x, int input, mica_error *err) {
    const served_value *v = &x->contract->in[input];
    const int64_t count = v->table_rows ? shape_size(&x->in_shape[input]) : 0;
    for (int64_t i = 0; i < count; i++) {
        const char *at = (const char *)x->in[input] + (size_t)i * mica_dtype_size(v->dtype);
        const double value = dtype_load(v->dtype, at);
        if (!in_table(value, v->table_rows))
            return fail(err, MICA_VALUE,
                        "input \"%s\": element %lld is %g, expected 0 to %lld: layer %s has %lld "
                        "rows",
                        v->name, (long long)i, value, (long long)v->table_rows - 1, v->table,
                        (long long)v->table_rows);
    }
    return MICA_OK;
}

mica_status inference_complete(inference *x, mica_error *err) {
    const contract *c = x->contract;
    bool any = false;
    for (int i = 0; i < c->inputs; i++)
        if (!x->in[i]) return fail(err, MICA_VALUE, "input \"%s\" is missing", c->in[i].name);
    for (int i = 0; i < c->inputs; i++) TRY(check_lookups(x, i, err));
    for (int i = 0; i < c->outputs; i++) any |= x->wanted[i];
    for (int i = 0; i < c->outputs && !any; i++) x->wanted[i] = true;
    return MICA_OK;
}
