/* A request of KServe v2 (Open Inference Protocol) with Triton's extensions for binary tensors and
 * classification. Members may come in any order: where "data" stands before the name, shape and
 * datatype, it is looked at again when they are known. What is unknown is passed over, as servers
 * of this protocol do. Source: kserve.github.io, "Open Inference Protocol"; Triton's
 * extension_binary_data.md, extension_classification.md. */
#include "serve/json_scan.h"
#include "serve/wire.h"

#include <string.h>

typedef struct request {
    inference *x;
    json_scan s;
    const char *binary, *end;       /* tensors behind the JSON, and what of them is not taken */
    bool binary_output;             /* of outputs that do not say */
    bool chosen[MAX_MODEL_OUTPUTS]; /* "binary_data" was given */
    unsigned seen;                  /* members of the request that were read */
} request;

/* One tensor of "inputs" while it is read. */
typedef struct tensor {
    mica_string name, type;
    shape shape;
    bool named, typed, shaped, read;
    int input;        /* its number, once it is placed */
    const char *data; /* where its elements are; NULL: not in the JSON */
    int depth;        /* there */
    int64_t binary;   /* bytes; -1: none */
} tensor;

static mica_status known(const request *r) { return r->s.status; }

/* Leaves the error of a call that does not know where in the text it is. */
static bool failed(request *r, mica_status status) {
    r->s.status = status;
    return false;
}

static bool read_shape(request *r, tensor *t) {
    json_scan *s = &r->s;
    for (int64_t n = 0; scan_element(s, &n);) {
        if (n > MAX_RANK) return scan_fail(s, MICA_SHAPE, "more than %d extents", MAX_RANK);
        int64_t *extent = &t->shape.dims[n - 1];
        if (!scan_whole(s, extent)) return false;
        if (*extent < 0) return scan_fail(s, MICA_SHAPE, "an extent of %lld", (long long)*extent);
        t->shape.rank = (int)n;
    }
    return t->shaped = !s->status;
}

/* Parameters are texts, numbers and booleans; a null is as if it were not there. */
static bool skip_parameter(json_scan *s) {
    char c = scan_peek(s);
    if (c == '[' || c == '{') return scan_expected(s, "a text, a number or a boolean");
    return scan_skip(s);
}

static bool read_input_parameters(request *r, tensor *t) {
    mica_string name;
    json_scan *s = &r->s;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        if (scan_is(&name, "shared_memory_region"))
            return scan_fail(s, MICA_UNSUPPORTED, "tensors in shared memory are not taken");
        if (!scan_is(&name, "binary_data_size")) skip_parameter(s);
        else if (scan_whole(s, &t->binary) && t->binary < 0)
            return scan_fail(s, MICA_VALUE, "binary_data_size %lld", (long long)t->binary);
    }
    return !s->status;
}

/* Finds the input that t names; its type is the model's. */
static bool find(request *r, tensor *t) {
    inference *x = r->x;
    t->input = inference_find_input(x, t->name.bytes, t->name.size, r->s.err);
    if (t->input < 0) return failed(r, MICA_NAME);
    const served_value *v = &x->contract->in[t->input];
    const char *type = v2_type(v->dtype);
    if (scan_is(&t->type, type)) return true;
    return failed(r,
                  fail(r->s.err, MICA_TYPE, "input \"%s\": datatype \"%.*s\", expected \"%s\"",
                       v->name, t->type.size < 20 ? (int)t->type.size : 20, t->type.bytes, type));
}

/* How many elements a text of that length can hold at most, with commas between them. */
static int64_t most_elements(const json_scan *s, mica_dtype dtype) {
    return (s->end - s->at) / (dtype == MICA_STRING ? 3 : dtype == MICA_BOOL ? 5 : 2) + 1;
}

/* The elements at s, of t whose name, type and shape are known. */
static bool read_data(request *r, tensor *t, json_scan *s) {
    const served_value *v = &r->x->contract->in[t->input];
    int64_t count = 1;
    if (scan_peek(s) != '[') {
        scan_expected(s, "data as a list");
        return failed(r, fail_within(r->s.err, s->status, "input \"%s\"", v->name));
    }
    for (int i = 0; i < t->shape.rank; i++)
        if (__builtin_mul_overflow(count, t->shape.dims[i], &count)) count = INT64_MAX;
    t->read = true;
    if (count > most_elements(s, v->dtype) && shape_fits(&v->shape, &t->shape)) {
        char text[128];
        shape_format(&t->shape, text);
        return failed(r, fail(r->s.err, MICA_SHAPE,
                              "input \"%s\": shape %s, but data is too short for that", v->name,
                              text));
    }
    mica_status status = inference_place(r->x, t->input, &t->shape, r->s.err);
    if (status) return failed(r, status);
    if (scan_array(s, v->dtype, &t->shape, true, r->x->in[t->input])) return true;
    return failed(r, fail_within(r->s.err, s->status, "input \"%s\"", v->name));
}

static bool read_binary(request *r, tensor *t) {
    size_t size = (size_t)t->binary, left = (size_t)(r->end - r->binary);
    const served_value *v = &r->x->contract->in[t->input];
    if (size > left)
        return failed(r, fail(r->s.err, MICA_FORMAT,
                              "input \"%s\": binary_data_size %zu, but %zu bytes are left", v->name,
                              size, left));
    const char *bytes = r->binary;
    r->binary += size;
    mica_status status = wire_read_input(r->x, t->input, &t->shape, bytes, size, r->s.err);
    return !status || failed(r, status);
}

/* What an input says of itself is complete: its elements, where they were not read on the way. */
static bool finish_input(request *r, tensor *t) {
    json_scan *s = &r->s;
    const char *lacks = !t->named ? "name" : !t->typed ? "datatype" : !t->shaped ? "shape" : NULL;
    if (lacks) return scan_fail(s, MICA_FORMAT, "the input that ends here has no \"%s\"", lacks);
    if (!t->read && !find(r, t)) return false;
    const char *name = r->x->contract->in[t->input].name;
    if ((t->data != NULL) == (t->binary >= 0))
        return failed(r, fail(s->err, MICA_FORMAT, "input \"%s\": %s", name,
                              t->data ? "both \"data\" and \"binary_data_size\" are given"
                                      : "neither \"data\" nor \"binary_data_size\" is given"));
    if (t->binary >= 0) return read_binary(r, t);
    if (t->read) return true;
    json_scan again = *s;
    again.at = t->data;
    return read_data(r, t, &again);
}

static bool read_input(request *r) {
    tensor t = {.binary = -1};
    mica_string name;
    json_scan *s = &r->s;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        if (scan_is(&name, "name")) {
            t.named = scan_text(s, &t.name);
        } else if (scan_is(&name, "datatype")) {
            t.typed = scan_text(s, &t.type);
        } else if (scan_is(&name, "shape")) {
            read_shape(r, &t);
        } else if (scan_is(&name, "parameters")) {
            read_input_parameters(r, &t);
        } else if (scan_is(&name, "data") && !t.data) {
            scan_peek(s);
            t.data = s->at;
            if (!t.named || !t.typed || !t.shaped || t.binary >= 0) scan_skip(s);
            else if (!find(r, &t) || !read_data(r, &t, s)) return false;
        } else {
            scan_skip(s);
        }
    }
    return !s->status && finish_input(r, &t);
}

static bool read_output_parameters(request *r, bool *chosen, bool *binary, int64_t *top) {
    mica_string name;
    json_scan *s = &r->s;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        if (scan_is(&name, "binary_data")) *chosen = scan_boolean(s, binary);
        else if (scan_is(&name, "classification")) {
            if (scan_whole(s, top) && (*top < 0 || *top > INT32_MAX))
                return scan_fail(s, MICA_VALUE, "classification %lld", (long long)*top);
        } else if (scan_is(&name, "shared_memory_region")) {
            return scan_fail(s, MICA_UNSUPPORTED, "outputs in shared memory are not given");
        } else {
            skip_parameter(s);
        }
    }
    return !s->status;
}

static bool read_output(request *r) {
    mica_string name, output = {0};
    bool chosen = false, binary = false;
    int64_t top = 0;
    json_scan *s = &r->s;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        if (scan_is(&name, "name")) scan_text(s, &output);
        else if (scan_is(&name, "parameters")) read_output_parameters(r, &chosen, &binary, &top);
        else scan_skip(s);
    }
    if (s->status) return false;
    if (!output.bytes)
        return scan_fail(s, MICA_FORMAT, "the output that ends here has no \"name\"");
    int i = inference_find_output(r->x, output.bytes, output.size, s->err);
    if (i < 0) return failed(r, MICA_NAME);
    if (r->x->wanted[i])
        return failed(r, fail(s->err, MICA_VALUE, "output \"%s\" is asked for twice",
                              r->x->contract->out[i].name));
    r->x->wanted[i] = true;
    r->chosen[i] = chosen;
    r->x->binary[i] = binary;
    r->x->top[i] = (int)top;
    return true;
}

static bool read_parameters(request *r) {
    mica_string name;
    json_scan *s = &r->s;
    int64_t priority = 0;
    for (int64_t n = 0; scan_member(s, &n, &name);) {
        if (scan_is(&name, "binary_data_output")) scan_boolean(s, &r->binary_output);
        else if (scan_is(&name, "priority")) {
            if (scan_whole(s, &priority) && (priority < 0 || priority > INT32_MAX))
                return scan_fail(s, MICA_VALUE, "priority %lld", (long long)priority);
        } else if (scan_is(&name, "timeout")) {
            if (scan_whole(s, &r->x->timeout_us) && r->x->timeout_us < 0)
                return scan_fail(s, MICA_VALUE, "timeout %lld", (long long)r->x->timeout_us);
        } else {
            skip_parameter(s);
        }
    }
    r->x->priority = (int)priority;
    return !s->status;
}

static bool read_id(request *r) {
    mica_string id;
    if (!scan_text(&r->s, &id)) return false;
    if (id.size >= sizeof r->x->id || memchr(id.bytes, 0, id.size))
        return scan_fail(&r->s, MICA_VALUE, "the id has %zu bytes, at most %zu are kept", id.size,
                         sizeof r->x->id - 1);
    memcpy(r->x->id, id.bytes, id.size);
    return true;
}

static bool each(request *r, bool (*read)(request *r)) {
    for (int64_t n = 0; scan_element(&r->s, &n);)
        if (!read(r)) return false;
    return !r->s.status;
}

static bool read_inputs(request *r) { return each(r, read_input); }
static bool read_outputs(request *r) { return each(r, read_output); }

static bool read_request(request *r) {
    static const struct {
        const char *name;
        bool (*read)(request *r);
    } members[] = {{"id", read_id},
                   {"inputs", read_inputs},
                   {"outputs", read_outputs},
                   {"parameters", read_parameters}};
    mica_string name;
    for (int64_t n = 0; scan_member(&r->s, &n, &name);) {
        size_t i = 0;
        while (i < LENGTH(members) && !scan_is(&name, members[i].name)) i++;
        if (i == LENGTH(members)) scan_skip(&r->s);
        else if (r->seen & 1U << i)
            return scan_fail(&r->s, MICA_FORMAT, "\"%s\" is given twice", members[i].name);
        else if (!members[i].read(r)) return false;
        if (i < LENGTH(members)) r->seen |= 1U << i;
    }
    return !r->s.status;
}

mica_status v2_read(inference *x, const char *body, size_t length, size_t json_length,
                    mica_error *err) {
    request r = {.x = x, .binary = body + json_length, .end = body + length};
    if (json_length > length)
        return fail(err, MICA_FORMAT, "the JSON has %zu bytes by the header, the body %zu",
                    json_length, length);
    scan_open(&r.s, body, json_length, &x->memory, err);
    if (!read_request(&r)) return known(&r);
    TRY(scan_close(&r.s));
    if (r.binary < r.end)
        return fail(err, MICA_FORMAT, "%zu bytes follow the last tensor",
                    (size_t)(r.end - r.binary));
    TRY(inference_complete(x, err));
    for (int i = 0; i < x->contract->outputs; i++)
        if (!r.chosen[i]) x->binary[i] = r.binary_output;
    return MICA_OK;
}
