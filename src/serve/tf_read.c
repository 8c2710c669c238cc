/* A request of TensorFlow Serving's REST interface, :predict: {"instances": [row, …]} or
 * {"inputs": columns}, where a row or the columns are the value of the only input or
 * {"name": value, …}, and a text may be {"b64": "…"}. Extents come from the first element of each
 * list; every other must be like it. Source: tensorflow.org/tfx/serving/api_rest. */
#include "serve/tf_inside.h"

bool tf_signature(json_scan *s, const contract *c) {
    mica_string name;
    if (!scan_text(s, &name)) return false;
    if (!name.size || scan_is(&name, "serving_default")) return true;
    return scan_fail(s, MICA_NAME,
                     "signature \"%.*s\" is not known to model %s, which has "
                     "\"serving_default\"",
                     name.size < 64 ? (int)name.size : 64, name.bytes, c->name);
}

static bool failed(json_scan *s, mica_status status) {
    s->status = status;
    return false;
}

int tf_find(inference *x, json_scan *s, const mica_string *name) {
    int input = inference_find_input(x, name->bytes, name->size, s->err);
    if (input < 0) failed(s, MICA_NAME);
    return input;
}

bool tf_place(inference *x, json_scan *s, int input, const shape *sh) {
    const served_value *v = &x->contract->in[input];
    int64_t count = 1, most = (s->end - s->at) / 2 + 1;
    for (int i = 0; i < sh->rank; i++)
        if (__builtin_mul_overflow(count, sh->dims[i], &count)) count = INT64_MAX;
    if (count > most)
        return failed(s, fail(s->err, MICA_SHAPE,
                              "input \"%s\": lists of different lengths in one list", v->name));
    mica_status status = inference_place(x, input, sh, s->err);
    return !status || failed(s, status);
}

bool tf_fill(inference *x, json_scan *s, int input, const shape *sh, void *out) {
    const served_value *v = &x->contract->in[input];
    if (scan_array(s, v->dtype, sh, false, out)) return true;
    return failed(s, fail_within(s->err, s->status, "input \"%s\"", v->name));
}

/* Whether what comes is an object of inputs: not a text as {"b64": …}. */
static bool is_named(const json_scan *s) {
    json_scan look = *s;
    mica_string name;
    int64_t n = 0;
    look.err = NULL;
    return scan_peek(&look) == '{' && scan_member(&look, &n, &name) && !scan_is(&name, "b64");
}

/* The only input: what has no name. */
static bool has_one_input(inference *x, json_scan *s) {
    const contract *c = x->contract;
    return c->inputs == 1 ||
           scan_fail(s, MICA_VALUE,
                     "a value without a name, but model %s has %d inputs: \"%s\", "
                     "\"%s\"%s",
                     c->name, c->inputs, c->in[0].name, c->in[1].name,
                     c->inputs > 2 ? " and others" : "");
}

/* A whole input at s. */
static bool read_column(inference *x, json_scan *s, int input) {
    shape sh;
    return scan_measure(s, &sh) && tf_place(x, s, input, &sh) &&
           tf_fill(x, s, input, &sh, x->in[input]);
}

static bool read_columns(inference *x, json_scan *s) {
    mica_string name;
    x->columns = true;
    if (!is_named(s)) return has_one_input(x, s) && read_column(x, s, 0);
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        int input = tf_find(x, s, &name);
        if (input < 0 || !read_column(x, s, input)) return false;
    }
    return !s->status;
}

/* The value of `input` in one row; the first row says what all are like. */
static bool read_cell(inference *x, json_scan *s, int input, int64_t row, int64_t rows) {
    shape sh;
    if (row == 0) {
        if (!scan_measure(s, &sh)) return false;
        if (sh.rank == MAX_RANK) return scan_fail(s, MICA_SHAPE, "too many lists in each other");
        for (int i = sh.rank++; i > 0; i--) sh.dims[i] = sh.dims[i - 1];
        sh.dims[0] = rows;
        if (!tf_place(x, s, input, &sh)) return false;
    } else if (!x->in[input]) {
        return scan_fail(s, MICA_VALUE, "row %lld has input \"%s\", which row 0 has not",
                         (long long)row, x->contract->in[input].name);
    }
    sh = (shape){.rank = x->in_shape[input].rank - 1};
    for (int i = 0; i < sh.rank; i++) sh.dims[i] = x->in_shape[input].dims[i + 1];
    size_t bytes = (size_t)shape_size(&sh) * mica_dtype_size(x->contract->in[input].dtype);
    return tf_fill(x, s, input, &sh, (char *)x->in[input] + (size_t)row * bytes);
}

static bool read_named_row(inference *x, json_scan *s, int64_t row, int64_t rows) {
    mica_string name;
    uint64_t seen = 0;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        int input = tf_find(x, s, &name);
        if (input < 0) return false;
        if (seen >> input & 1)
            return scan_fail(s, MICA_VALUE, "row %lld has input \"%s\" twice", (long long)row,
                             x->contract->in[input].name);
        seen |= 1ULL << input;
        if (!read_cell(x, s, input, row, rows)) return false;
    }
    for (int i = 0; i < x->contract->inputs && !s->status; i++)
        if (!(seen >> i & 1))
            return scan_fail(s, MICA_VALUE, "row %lld has no input \"%s\"", (long long)row,
                             x->contract->in[i].name);
    return !s->status;
}

static bool read_rows(inference *x, json_scan *s) {
    shape all;
    json_scan first = *s;
    int64_t n = 0, row = 0;
    first.err = NULL;
    if (!scan_element(&first, &n)) return scan_expected(s, "a list of at least one row");
    if (!is_named(&first)) return has_one_input(x, s) && read_column(x, s, 0);
    if (!scan_measure(s, &all)) return false;
    for (n = 0; scan_element(s, &n); row++)
        if (!read_named_row(x, s, row, all.dims[0])) return false;
    return !s->status;
}

mica_status tf_read(inference *x, const char *body, size_t length, mica_error *err) {
    json_scan s;
    mica_string name;
    bool given = false;
    scan_open(&s, body, length, &x->memory, err);
    s.base64 = true;
    for (int64_t n = 0; scan_member(&s, &n, &name);) {
        bool rows = scan_is(&name, "instances");
        if (rows || scan_is(&name, "inputs")) {
            if (given) scan_fail(&s, MICA_FORMAT, "one of \"instances\" and \"inputs\", once");
            else if (rows) read_rows(x, &s);
            else read_columns(x, &s);
            given = true;
        } else if (scan_is(&name, "signature_name")) {
            tf_signature(&s, x->contract);
        } else {
            scan_skip(&s);
        }
    }
    TRY(scan_close(&s));
    if (!given)
        return fail(err, MICA_FORMAT, "the request has neither \"instances\" nor \"inputs\"");
    return inference_complete(x, err);
}
