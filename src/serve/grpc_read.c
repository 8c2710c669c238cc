/* Requests: see grpc_messages.h. A request is looked through twice, for its fields come in any
 * order: the first time for the model's names. What is unknown is passed over, as protobuf says. */
#include "serve/grpc_messages.h"
#include "serve/wire.h"

#include <string.h>

/* Fields of ModelInferRequest, and of its tensors. */
enum { ID = 3, PARAMETERS = 4, INPUTS = 5, OUTPUTS = 6, RAW = 7 };
enum { TENSOR_NAME = 1, TENSOR_TYPE = 2, TENSOR_SHAPE = 3, TENSOR_PARAMETERS = 4, CONTENTS = 5 };

static mica_status take_text(const protobuf *p, char *out, size_t room, const char *what,
                             mica_error *err) {
    if (p->length >= room || memchr(p->bytes, 0, p->length))
        return fail(err, MICA_VALUE, "%s has %zu bytes, expected at most %zu, none of them 0", what,
                    p->length, room - 1);
    memcpy(out, p->bytes, p->length);
    out[p->length] = 0;
    return MICA_OK;
}

mica_status grpc_read_names(const void *message, size_t length, grpc_names *out, mica_error *err) {
    protobuf p = protobuf_of(message, length);
    out->model[0] = out->version[0] = 0;
    while (protobuf_next(&p)) {
        if (protobuf_is(&p, 1, PROTOBUF_BYTES))
            TRY(take_text(&p, out->model, sizeof out->model, "the model's name", err));
        if (protobuf_is(&p, 2, PROTOBUF_BYTES))
            TRY(take_text(&p, out->version, sizeof out->version, "the model's version", err));
    }
    return protobuf_check(&p, "the request", err);
}

/* An entry of map<string, ModelRepositoryParameter>. */
static mica_status read_change_parameter(const protobuf *entry, grpc_names *out, mica_error *err) {
    protobuf p = protobuf_inside(entry), name = {0}, value = {0};
    while (protobuf_next(&p)) {
        if (protobuf_is(&p, 1, PROTOBUF_BYTES)) name = p;
        if (protobuf_is(&p, 2, PROTOBUF_BYTES)) value = protobuf_inside(&p);
    }
    TRY(protobuf_check(&p, "a parameter", err));
    if (!change_parameter_known((const char *)name.bytes, name.length))
        return fail_change_parameter(err, (const char *)name.bytes, name.length);
    if (name.length != 7 || memcmp(name.bytes, "version", 7)) return MICA_OK;
    bool text = false;
    while (protobuf_next(&value)) {
        if (!protobuf_is(&value, 3, PROTOBUF_BYTES)) continue; /* string_param */
        text = true;
        TRY(take_text(&value, out->version, sizeof out->version, "the model's version", err));
    }
    TRY(protobuf_check(&value, "a parameter's value", err));
    return text ? MICA_OK : fail(err, MICA_TYPE, "parameter \"version\": expected a string");
}

mica_status grpc_read_change(const void *message, size_t length, grpc_names *out, mica_error *err) {
    protobuf p = protobuf_of(message, length);
    out->model[0] = out->version[0] = 0;
    while (protobuf_next(&p)) {
        if (protobuf_is(&p, 2, PROTOBUF_BYTES))
            TRY(take_text(&p, out->model, sizeof out->model, "the model's name", err));
        if (protobuf_is(&p, 3, PROTOBUF_BYTES)) TRY(read_change_parameter(&p, out, err));
    }
    return protobuf_check(&p, "the request", err);
}

/* ---- parameters ---- */

typedef struct parameter {
    const char *name;
    size_t length;
    bool whole; /* it has a whole number */
    uint64_t number;
} parameter;

static bool is(const parameter *p, const char *name) {
    return p->length == strlen(name) && !memcmp(p->name, name, p->length);
}

/* An entry of map<string, InferParameter>. */
static mica_status read_parameter(const protobuf *entry, parameter *out, mica_error *err) {
    protobuf p = protobuf_inside(entry);
    *out = (parameter){.name = ""};
    while (protobuf_next(&p)) {
        if (protobuf_is(&p, 1, PROTOBUF_BYTES))
            out->name = (const char *)p.bytes, out->length = p.length;
        if (!protobuf_is(&p, 2, PROTOBUF_BYTES)) continue;
        protobuf value = protobuf_inside(&p);
        while (protobuf_next(&value)) { /* int64_param, uint64_param */
            if (!protobuf_is(&value, 2, PROTOBUF_VARINT) &&
                !protobuf_is(&value, 5, PROTOBUF_VARINT))
                continue;
            out->whole = true;
            out->number = value.number;
        }
        TRY(protobuf_check(&value, "a parameter's value", err));
    }
    return protobuf_check(&p, "a parameter", err);
}

static mica_status take_whole(const parameter *p, int64_t most, int64_t *out, mica_error *err) {
    if (!p->whole || p->number > (uint64_t)most)
        return fail(err, MICA_VALUE, "parameter \"%.*s\": expected a whole number, 0 or more",
                    (int)p->length, p->name);
    *out = (int64_t)p->number;
    return MICA_OK;
}

static mica_status read_own_parameter(inference *x, const protobuf *entry, mica_error *err) {
    parameter p;
    int64_t priority = 0;
    TRY(read_parameter(entry, &p, err));
    if (is(&p, "timeout")) return take_whole(&p, INT64_MAX, &x->timeout_us, err);
    if (!is(&p, "priority")) return MICA_OK;
    TRY(take_whole(&p, INT32_MAX, &priority, err));
    x->priority = (int)priority;
    return MICA_OK;
}

static mica_status refuse_shared_memory(const parameter *p, mica_error *err) {
    if (!is(p, "shared_memory_region")) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "tensors in shared memory are not taken");
}

/* ---- inputs ---- */

typedef struct tensor {
    protobuf name, type, contents;
    bool named, typed, filled;
    shape shape;
    int input;
} tensor;

static mica_status read_extents(const protobuf *field, tensor *t, mica_error *err) {
    protobuf p = protobuf_packed(field);
    uint64_t extent;
    while (protobuf_number(&p, PROTOBUF_VARINT, &extent)) {
        if (t->shape.rank == MAX_RANK)
            return fail(err, MICA_SHAPE, "an input has more than %d extents", MAX_RANK);
        if (extent > INT64_MAX)
            return fail(err, MICA_SHAPE, "an input has an extent of %lld", (long long)extent);
        t->shape.dims[t->shape.rank++] = (int64_t)extent;
    }
    return protobuf_check(&p, "a shape", err);
}

static mica_status read_tensor_field(const protobuf *p, tensor *t, mica_error *err) {
    parameter given;
    if (p->field == TENSOR_SHAPE && (p->type == PROTOBUF_BYTES || p->type == PROTOBUF_VARINT))
        return read_extents(p, t, err);
    if (p->type != PROTOBUF_BYTES) return MICA_OK;
    switch (p->field) {
    case TENSOR_NAME: t->name = *p, t->named = true; break;
    case TENSOR_TYPE: t->type = *p, t->typed = true; break;
    case CONTENTS: t->contents = *p, t->filled = p->length > 0; break;
    case TENSOR_PARAMETERS:
        TRY(read_parameter(p, &given, err));
        return refuse_shared_memory(&given, err);
    default: break;
    }
    return MICA_OK;
}

/* What an input says of itself, held against the model. */
static mica_status read_tensor(const inference *x, const protobuf *field, tensor *t,
                               mica_error *err) {
    protobuf p = protobuf_inside(field);
    *t = (tensor){0};
    while (protobuf_next(&p)) TRY(read_tensor_field(&p, t, err));
    TRY(protobuf_check(&p, "an input", err));
    if (!t->named) return fail(err, MICA_FORMAT, "an input has no name");
    t->input = inference_find_input(x, (const char *)t->name.bytes, t->name.length, err);
    if (t->input < 0) return MICA_NAME;
    const served_value *v = &x->contract->in[t->input];
    const char *type = v2_type(v->dtype);
    if (t->typed && t->type.length == strlen(type) && !memcmp(t->type.bytes, type, t->type.length))
        return MICA_OK;
    return fail(err, MICA_TYPE, "input \"%s\": datatype \"%.*s\", expected \"%s\"", v->name,
                t->typed ? t->type.length < 20 ? (int)t->type.length : 20 : 0,
                t->typed ? (const char *)t->type.bytes : "", type);
}

/* Which field of InferTensorContents a type uses (0: none), and how its numbers are written. */
static uint32_t contents_field(mica_dtype dtype, protobuf_type *type) {
    *type = PROTOBUF_VARINT;
    switch (dtype) {
    case MICA_BOOL: return 1;
    case MICA_INT8:
    case MICA_INT16:
    case MICA_INT32: return 2;
    case MICA_INT64: return 3;
    case MICA_UINT8:
    case MICA_UINT16:
    case MICA_UINT32: return 4;
    case MICA_UINT64: return 5;
    case MICA_FLOAT32: *type = PROTOBUF_32; return 6;
    case MICA_FLOAT64: *type = PROTOBUF_64; return 7;
    case MICA_STRING: *type = PROTOBUF_BYTES; return 8;
    default: return 0;
    }
}

/* One number into an element; false where the element's type has it not. */
static bool put_number(mica_dtype dtype, uint64_t value, void *at) {
    const size_t size = mica_dtype_size(dtype);
    const int64_t whole = (int64_t)value;
    memcpy(at, &value, size); /* little-endian */
    if (size == 8 || dtype == MICA_FLOAT32) return true;
    if (dtype == MICA_BOOL) return value <= 1;
    if (dtype_kind(dtype) == 'u') return value >> 8 * size == 0;
    const int64_t half = (int64_t)1 << (8 * size - 1);
    return whole >= -half && whole < half;
}

/* Goes through the elements; at NULL: they are only counted. */
static mica_status walk_contents(const tensor *t, const served_value *v, char *at, int64_t *count,
                                 mica_error *err) {
    protobuf_type type;
    const uint32_t field = contents_field(v->dtype, &type);
    const size_t size = mica_dtype_size(v->dtype);
    protobuf p = protobuf_inside(&t->contents);
    *count = 0;
    while (protobuf_next(&p)) {
        if (p.field != field || (p.type != type && p.type != PROTOBUF_BYTES)) continue;
        if (type == PROTOBUF_BYTES) {
            if (at) ((mica_string *)at)[*count] = (mica_string){(const char *)p.bytes, p.length};
            ++*count;
            continue;
        }
        protobuf numbers = protobuf_packed(&p);
        for (uint64_t n; protobuf_number(&numbers, type, &n); ++*count)
            if (at && !put_number(v->dtype, n, at + (size_t)*count * size))
                return fail(err, MICA_VALUE, "input \"%s\": element %lld is not of %s", v->name,
                            (long long)*count, v2_type(v->dtype));
        TRY(protobuf_check(&numbers, v->name, err));
    }
    return protobuf_check(&p, v->name, err);
}

/* Texts stay where the request has them, which may go before they are run. */
static mica_status keep_texts(inference *x, int input, int64_t count, mica_error *err) {
    mica_string *texts = x->in[input];
    for (int64_t i = 0; i < count; i++)
        if (texts[i].size &&
            !(texts[i].bytes = arena_copy(&x->memory, texts[i].bytes, texts[i].size)))
            return fail_no_memory(err, "an input");
    return MICA_OK;
}

static mica_status read_contents(inference *x, const tensor *t, mica_error *err) {
    const served_value *v = &x->contract->in[t->input];
    protobuf_type type;
    int64_t count, expected = 1;
    if (!contents_field(v->dtype, &type))
        return fail(err, MICA_TYPE, "input \"%s\": %s comes in raw_input_contents alone", v->name,
                    v2_type(v->dtype));
    TRY(walk_contents(t, v, NULL, &count, err));
    for (int i = 0; i < t->shape.rank; i++)
        if (__builtin_mul_overflow(expected, t->shape.dims[i], &expected)) expected = -1;
    if (count != expected) {
        char text[128];
        shape_format(&t->shape, text);
        return fail(err, MICA_SHAPE, "input \"%s\": %lld elements, but shape %s", v->name,
                    (long long)count, text);
    }
    TRY(inference_place(x, t->input, &t->shape, err));
    TRY(walk_contents(t, v, x->in[t->input], &count, err));
    if (v->dtype == MICA_STRING) return keep_texts(x, t->input, count, err);
    return wire_check(v->name, v->dtype, x->in[t->input], count, err);
}

/* The next of raw_input_contents. */
static bool next_raw(protobuf *raw) {
    while (protobuf_next(raw))
        if (protobuf_is(raw, RAW, PROTOBUF_BYTES)) return true;
    return false;
}

static mica_status read_input(inference *x, const protobuf *field, protobuf *raw, bool any_raw,
                              mica_error *err) {
    tensor t;
    TRY(read_tensor(x, field, &t, err));
    const char *name = x->contract->in[t.input].name;
    if (!any_raw) return read_contents(x, &t, err);
    if (t.filled)
        return fail(err, MICA_FORMAT, "input \"%s\" has contents beside raw_input_contents", name);
    if (!next_raw(raw))
        return fail(err, MICA_FORMAT, "raw_input_contents has nothing for input \"%s\"", name);
    return wire_read_input(x, t.input, &t.shape, (const char *)raw->bytes, raw->length, err);
}

/* ---- outputs ---- */

static mica_status read_output(inference *x, const protobuf *field, mica_error *err) {
    protobuf p = protobuf_inside(field), name = {0};
    int64_t top = 0;
    while (protobuf_next(&p)) {
        parameter given;
        if (protobuf_is(&p, 1, PROTOBUF_BYTES)) name = p;
        if (!protobuf_is(&p, 2, PROTOBUF_BYTES)) continue;
        TRY(read_parameter(&p, &given, err));
        TRY(refuse_shared_memory(&given, err));
        if (is(&given, "classification")) TRY(take_whole(&given, INT32_MAX, &top, err));
    }
    TRY(protobuf_check(&p, "an output", err));
    if (!name.bytes) return fail(err, MICA_FORMAT, "an output has no name");
    const int i = inference_find_output(x, (const char *)name.bytes, name.length, err);
    if (i < 0) return MICA_NAME;
    if (x->wanted[i])
        return fail(err, MICA_VALUE, "output \"%s\" is asked for twice", x->contract->out[i].name);
    x->wanted[i] = true;
    x->top[i] = (int)top;
    return MICA_OK;
}

mica_status grpc_read_infer(inference *x, const void *message, size_t length, bool *any_raw,
                            mica_error *err) {
    protobuf p = protobuf_of(message, length), raw = p, look = p;
    *any_raw = next_raw(&look);
    while (protobuf_next(&p)) {
        if (p.type != PROTOBUF_BYTES) continue;
        if (p.field == ID) TRY(take_text(&p, x->id, sizeof x->id, "the id", err));
        else if (p.field == PARAMETERS) TRY(read_own_parameter(x, &p, err));
        else if (p.field == INPUTS) TRY(read_input(x, &p, &raw, *any_raw, err));
        else if (p.field == OUTPUTS) TRY(read_output(x, &p, err));
    }
    TRY(protobuf_check(&p, "the request", err));
    if (*any_raw && next_raw(&raw))
        return fail(err, MICA_FORMAT, "raw_input_contents has more than the inputs");
    return inference_complete(x, err);
}
