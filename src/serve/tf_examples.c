/* A request of TensorFlow Serving's :classify and :regress: {"examples": [{"feature": value or
 * list, …}, …], "context": {…}}. A feature is an input by its name, its values a flat list, as in
 * TensorFlow's Example; features that all examples share may stand in "context". */
#include "serve/tf_inside.h"

#include <string.h>

typedef struct reader {
    inference *x;
    int64_t rows;
    shape row[MAX_MODEL_INPUTS];    /* one flat list */
    size_t bytes[MAX_MODEL_INPUTS]; /* of it */
    void *shared[MAX_MODEL_INPUTS]; /* of the context; NULL: not there */
} reader;

/* One feature's values; a list may be left out where there is one. */
static bool read_values(reader *r, json_scan *s, int input, void *out) {
    const shape one = {0};
    const bool list = scan_peek(s) == '[' || r->row[input].dims[0] != 1;
    return tf_fill(r->x, s, input, list ? &r->row[input] : &one, out);
}

static bool read_context(reader *r, json_scan *s) {
    mica_string name;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        const int input = tf_find(r->x, s, &name);
        if (input < 0) return false;
        if (!r->shared[input] && !(r->shared[input] = arena_take(&r->x->memory, r->bytes[input])))
            return s->status = fail_no_memory(s->err, "a feature"), false;
        if (!read_values(r, s, input, r->shared[input])) return false;
    }
    return !s->status;
}

static bool read_example(reader *r, json_scan *s, int64_t row) {
    inference *x = r->x;
    mica_string name;
    uint64_t seen = 0;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        const int input = tf_find(x, s, &name);
        if (input < 0) return false;
        seen |= 1ULL << input;
        char *out = (char *)x->in[input] + (size_t)row * r->bytes[input];
        if (!read_values(r, s, input, out)) return false;
    }
    for (int i = 0; i < x->contract->inputs && !s->status; i++) {
        if (seen >> i & 1) continue;
        if (!r->shared[i])
            return scan_fail(s, MICA_VALUE, "example %lld has no feature \"%s\"", (long long)row,
                             x->contract->in[i].name);
        memcpy((char *)x->in[i] + (size_t)row * r->bytes[i], r->shared[i], r->bytes[i]);
    }
    return !s->status;
}

/* What a row of each input is: flat, of known length. */
static mica_status describe(reader *r, mica_error *err) {
    const contract *c = r->x->contract;
    for (int i = 0; i < c->inputs; i++) {
        shape rest = c->in[i].shape;
        rest.dims[0] = 1;
        const int64_t count = shape_size(&rest);
        if (count < 0)
            return fail(err, MICA_UNSUPPORTED,
                        "input \"%s\" has free extents: examples are flat lists, use :predict",
                        c->in[i].name);
        r->row[i] = (shape){1, {count}};
        r->bytes[i] = (size_t)count * mica_dtype_size(c->in[i].dtype);
    }
    return MICA_OK;
}

static bool read_examples(reader *r, json_scan *s) {
    shape all;
    int64_t row = 0;
    if (!scan_measure(s, &all)) return false;
    if (!all.rank || !all.dims[0]) return scan_expected(s, "a list of at least one example");
    for (int i = 0; i < r->x->contract->inputs; i++) {
        shape sh = r->x->contract->in[i].shape;
        sh.dims[0] = all.dims[0];
        if (!tf_place(r->x, s, i, &sh)) return false;
    }
    for (int64_t n = 0; scan_element(s, &n); row++)
        if (!read_example(r, s, row)) return false;
    return !s->status;
}

mica_status tf_read_examples(inference *x, const char *body, size_t length, mica_error *err) {
    reader r = {.x = x};
    json_scan s;
    mica_string name;
    const char *examples = NULL, *context = NULL;
    TRY(describe(&r, err));
    scan_open(&s, body, length, &x->memory, err);
    s.base64 = true;
    for (int64_t n = 0; scan_member(&s, &n, &name);) {
        scan_peek(&s);
        if (scan_is(&name, "signature_name")) {
            tf_signature(&s, x->contract);
            continue;
        }
        if (scan_is(&name, "examples")) examples = s.at;
        else if (scan_is(&name, "context")) context = s.at;
        scan_skip(&s);
    }
    TRY(scan_close(&s));
    if (!examples) return fail(err, MICA_FORMAT, "the request has no \"examples\"");
    /* The context first, wherever it stands: examples fall back on it. */
    s.at = context;
    if (context && !read_context(&r, &s)) return s.status;
    s.at = examples;
    if (!read_examples(&r, &s)) return s.status;
    return inference_complete(x, err);
}
