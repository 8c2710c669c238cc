/* The reply of KServe v2: {"model_name", "model_version", "id", "outputs"}, then the tensors that
 * were asked for as bytes. Numbers that are not finite are null: JSON has none, and clients that
 * want them ask for bytes. Classes are texts "value:index:label", as Triton's. */
#include "serve/classes.h"
#include "serve/wire.h"

static void put_member(strbuf *out, const char *name, const char *value) {
    strbuf_put(out, ",", 1);
    json_put_text(out, name);
    strbuf_put(out, ":", 1);
    json_put_text(out, value);
}

static void put_shape(strbuf *out, const shape *s) {
    strbuf_put(out, ",\"shape\":[", 10);
    for (int i = 0; i < s->rank; i++) strbuf_add(out, i ? ",%lld" : "%lld", (long long)s->dims[i]);
    strbuf_put(out, "]", 1);
}

static void put_bytes(strbuf *binary, mica_dtype dtype, const void *elements, int64_t count) {
    const mica_string *texts = elements;
    if (dtype != MICA_STRING) strbuf_put(binary, elements, (size_t)count * mica_dtype_size(dtype));
    else
        for (int64_t i = 0; i < count; i++) v2_put_text(binary, texts[i].bytes, texts[i].size);
}

static mica_status write_output(const inference *x, int i, strbuf *out, strbuf *binary,
                                mica_error *err) {
    const served_value *v = &x->contract->out[i];
    mica_dtype dtype = v->dtype;
    shape s = x->out_shape[i];
    arena memory = {0};
    const void *elements = x->out[i];
    mica_status status = MICA_OK;
    if (x->top[i]) {
        mica_string *texts;
        status = classes_texts(x, i, &memory, &texts, &s, err);
        elements = texts;
        dtype = MICA_STRING;
    }
    const int64_t count = shape_size(&s);
    strbuf_put(out, "{\"name\":", 8);
    json_put_text(out, v->name);
    put_member(out, "datatype", v2_type(dtype));
    put_shape(out, &s);
    if (status == MICA_OK && x->binary[i]) {
        const size_t before = binary->length;
        put_bytes(binary, dtype, elements, count);
        strbuf_add(out, ",\"parameters\":{\"binary_data_size\":%zu}", binary->length - before);
    } else if (status == MICA_OK) {
        strbuf_put(out, ",\"data\":", 8);
        if (!json_put_list(out, dtype, elements, count))
            status = fail(err, MICA_TYPE,
                          "output \"%s\" has a text that is no UTF-8: ask for "
                          "\"binary_data\"",
                          v->name);
    }
    strbuf_put(out, "}", 1);
    arena_free(&memory);
    return status;
}

mica_status v2_write(const inference *x, strbuf *out, size_t *json_length, mica_error *err) {
    const size_t before = out->length;
    strbuf binary = {0};
    mica_status status = MICA_OK;
    strbuf_put(out, "{\"model_name\":", 14);
    json_put_text(out, x->contract->name);
    put_member(out, "model_version", x->contract->version);
    if (*x->id) put_member(out, "id", x->id);
    strbuf_put(out, ",\"outputs\":[", 12);
    bool first = true;
    for (int i = 0; i < x->contract->outputs && status == MICA_OK; i++) {
        if (!x->wanted[i]) continue;
        if (!first) strbuf_put(out, ",", 1);
        first = false;
        status = write_output(x, i, out, &binary, err);
    }
    strbuf_put(out, "]}", 2);
    *json_length = out->length - before;
    if (binary.length) strbuf_put(out, binary.data, binary.length);
    if (status == MICA_OK && (out->failed || binary.failed))
        status = fail_no_memory(err, "a reply");
    strbuf_free(&binary);
    return status;
}

static void put_values(strbuf *out, const char *name, const served_value *values, int count) {
    strbuf_add(out, ",\"%s\":[", name);
    for (int i = 0; i < count; i++) {
        strbuf_put(out, &",{\"name\":"[!i], 9 - (size_t)!i);
        json_put_text(out, values[i].name);
        put_member(out, "datatype", v2_type(values[i].dtype));
        put_shape(out, &values[i].shape);
        strbuf_put(out, "}", 1);
    }
    strbuf_put(out, "]", 1);
}

void v2_write_metadata(const contract *c, const char *const *versions, int count, const char *names,
                       strbuf *out) {
    strbuf_put(out, "{\"name\":", 8);
    json_put_text(out, c->name);
    strbuf_put(out, ",\"versions\":[", 13);
    for (int i = 0; i < count; i++) {
        if (i) strbuf_put(out, ",", 1);
        json_put_text(out, versions[i]);
    }
    strbuf_put(out, "],\"platform\":\"mica\"", 19);
    put_values(out, "inputs", c->in, c->inputs);
    put_values(out, "outputs", c->out, c->outputs);
    strbuf_add(out, ",\"parameters\":{\"classifier\":%s", c->classifier ? "true" : "false");
    put_member(out, "version", c->version);
    strbuf_add(out, ",%s}}", names);
}
