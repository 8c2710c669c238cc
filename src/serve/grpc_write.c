/* Replies: see grpc_messages.h. */
#include "serve/classes.h"
#include "serve/grpc_messages.h"
#include "serve/wire.h"

#include <string.h>

/* Extents, packed; also those that are 0 or -1. */
static void put_shape(strbuf *out, const shape *s) {
    if (!s->rank) return;
    const size_t packed = protobuf_open(out, 3);
    for (int i = 0; i < s->rank; i++) protobuf_put_varint(out, (uint64_t)s->dims[i]);
    protobuf_close(out, packed);
}

/* An output as it is written: its values, or the best of its classes as texts. */
typedef struct written {
    mica_dtype dtype;
    shape shape;
    const void *elements;
    int64_t count;
} written;

static mica_status look(const inference *x, int i, arena *memory, written *w, mica_error *err) {
    *w = (written){x->contract->out[i].dtype, x->out_shape[i], x->out[i], 0};
    if (x->top[i]) {
        mica_string *texts;
        TRY(classes_texts(x, i, memory, &texts, &w->shape, err));
        w->dtype = MICA_STRING;
        w->elements = texts;
    }
    w->count = shape_size(&w->shape);
    return MICA_OK;
}

static void put_raw(strbuf *out, const written *w) {
    const mica_string *texts = w->elements;
    if (w->dtype != MICA_STRING) {
        protobuf_put_bytes(out, 6, w->elements, (size_t)w->count * mica_dtype_size(w->dtype));
        return;
    }
    const size_t raw = protobuf_open(out, 6);
    for (int64_t i = 0; i < w->count; i++) v2_put_text(out, texts[i].bytes, texts[i].size);
    protobuf_close(out, raw);
}

/* InferTensorContents: numbers are packed; small types are written as the 32 or 64 bits that the
 * message has for them. */
static void put_contents(strbuf *out, const written *w) {
    static const unsigned char fields[MICA_DTYPE_COUNT] = {
        [MICA_BOOL] = 1,   [MICA_INT8] = 2,    [MICA_INT16] = 2,  [MICA_INT32] = 2,
        [MICA_INT64] = 3,  [MICA_UINT8] = 4,   [MICA_UINT16] = 4, [MICA_UINT32] = 4,
        [MICA_UINT64] = 5, [MICA_FLOAT32] = 6, [MICA_FLOAT64] = 7};
    const mica_string *texts = w->elements;
    const size_t size = mica_dtype_size(w->dtype), contents = protobuf_open(out, 5);
    if (w->dtype == MICA_STRING) {
        for (int64_t i = 0; i < w->count; i++)
            protobuf_put_bytes(out, 8, texts[i].bytes, texts[i].size);
    } else if (dtype_is_float(w->dtype)) {
        protobuf_put_bytes(out, fields[w->dtype], w->elements, (size_t)w->count * size);
    } else {
        const size_t packed = protobuf_open(out, fields[w->dtype]);
        for (int64_t i = 0; i < w->count; i++)
            protobuf_put_varint(out, (uint64_t)dtype_load_int(w->dtype, (const char *)w->elements +
                                                                            (size_t)i * size));
        protobuf_close(out, packed);
    }
    protobuf_close(out, contents);
}

static void put_output(strbuf *out, const char *name, const written *w, bool raw) {
    const size_t output = protobuf_open(out, 5);
    protobuf_put_text(out, 1, name);
    protobuf_put_text(out, 2, v2_type(w->dtype));
    put_shape(out, &w->shape);
    if (!raw) put_contents(out, w);
    protobuf_close(out, output);
}

/* Half precision has no typed contents; all outputs of a reply are written the same way. */
static bool must_be_raw(const inference *x) {
    for (int i = 0; i < x->contract->outputs; i++)
        if (x->wanted[i] && !x->top[i] && dtype_is_half(x->contract->out[i].dtype)) return true;
    return false;
}

mica_status grpc_write_infer(const inference *x, bool raw, strbuf *out, mica_error *err) {
    arena memory = {0};
    written w[MAX_MODEL_OUTPUTS];
    mica_status status = MICA_OK;
    raw |= must_be_raw(x);
    protobuf_put_text(out, 1, x->contract->name);
    protobuf_put_text(out, 2, x->contract->version);
    protobuf_put_text(out, 3, x->id);
    for (int i = 0; i < x->contract->outputs && status == MICA_OK; i++) {
        if (!x->wanted[i]) continue;
        status = look(x, i, &memory, &w[i], err);
        if (status == MICA_OK) put_output(out, x->contract->out[i].name, &w[i], raw);
    }
    for (int i = 0; i < x->contract->outputs && status == MICA_OK && raw; i++)
        if (x->wanted[i]) put_raw(out, &w[i]);
    if (status == MICA_OK && out->failed) status = fail_no_memory(err, "a reply");
    arena_free(&memory);
    return status;
}

static void put_values(strbuf *out, uint32_t field, const served_value *values, int count) {
    for (int i = 0; i < count; i++) {
        const size_t value = protobuf_open(out, field);
        protobuf_put_text(out, 1, values[i].name);
        protobuf_put_text(out, 2, v2_type(values[i].dtype));
        put_shape(out, &values[i].shape);
        protobuf_close(out, value);
    }
}

void grpc_write_metadata(const contract *c, const char *const *versions, int count, strbuf *out) {
    protobuf_put_text(out, 1, c->name);
    for (int i = 0; i < count; i++) protobuf_put_text(out, 2, versions[i]);
    protobuf_put_text(out, 3, "mica");
    put_values(out, 4, c->in, c->inputs);
    put_values(out, 5, c->out, c->outputs);
}
