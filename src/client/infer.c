/* Predictions: see mica/client.h. */
#include "client/client.h"
#include "client/reply.h"
#include "client/rows.h"
#include "tensor/open_inference.h"

#include <string.h>

mica_ask_options mica_ask_defaults(void) {
    return (mica_ask_options){.size = sizeof(mica_ask_options)};
}

static mica_status take_options(mica_ask_options *o, const mica_ask_options *given,
                                mica_error *err) {
    *o = mica_ask_defaults();
    TRY(options_take(o, sizeof *o, given, "ask", err));
    const int64_t numbers[] = {o->priority, o->deadline_ms, o->top};
    for (size_t i = 0; i < LENGTH(numbers); i++)
        if (numbers[i] < 0 || numbers[i] > INT32_MAX)
            return fail(err, MICA_VALUE, "ask: %s is %lld, expected 1 or more",
                        i == 0   ? "priority"
                        : i == 1 ? "deadline_ms"
                                 : "top",
                        (long long)numbers[i]);
    if (o->outputs.count < 0 || o->outputs.count > (int)LENGTH(o->outputs.values))
        return fail(err, MICA_VALUE, "ask: outputs has %d names", o->outputs.count);
    return MICA_OK;
}

/* ---- tensors ---- */

static mica_status check_tensor(const mica_client_tensor *t, int64_t *count, mica_error *err) {
    char text[128];
    if (!t->name) return fail(err, MICA_VALUE, "an input without a name");
    if ((unsigned)t->dtype >= MICA_DTYPE_COUNT)
        return fail(err, MICA_TYPE, "input \"%s\": dtype number %d", t->name, (int)t->dtype);
    bool good = t->shape.rank >= 0 && t->shape.rank <= MICA_MAX_RANK;
    int64_t bytes = (int64_t)mica_dtype_size(t->dtype);
    *count = 1;
    for (int i = 0; i < t->shape.rank && good; i++)
        good = t->shape.dims[i] >= 0 && !__builtin_mul_overflow(*count, t->shape.dims[i], count) &&
               !__builtin_mul_overflow(bytes, t->shape.dims[i], &bytes);
    if (good && (t->data || !*count)) return MICA_OK;
    if (good) return fail(err, MICA_VALUE, "input \"%s\": data is NULL", t->name);
    shape_format(&t->shape, text);
    return fail(err, MICA_SHAPE, "input \"%s\": shape %s", t->name, text);
}

static size_t binary_size(const mica_client_tensor *t, int64_t count) {
    const mica_string *texts = t->data;
    size_t bytes = (size_t)count * 4;
    if (t->dtype != MICA_STRING) return (size_t)count * mica_dtype_size(t->dtype);
    for (int64_t i = 0; i < count; i++) bytes += texts[i].size;
    return bytes;
}

static void put_head(strbuf *out, const mica_client_tensor *t, int64_t count) {
    strbuf_add(out, "{\"name\":");
    strbuf_put_quoted(out, t->name, strlen(t->name));
    strbuf_add(out, ",\"datatype\":\"%s\",\"shape\":[", v2_type(t->dtype));
    for (int i = 0; i < t->shape.rank; i++)
        strbuf_add(out, i ? ",%lld" : "%lld", (long long)t->shape.dims[i]);
    strbuf_add(out, "],\"parameters\":{\"binary_data_size\":%zu}}", binary_size(t, count));
}

static void put_tensor(strbuf *out, const mica_client_tensor *t, int64_t count) {
    const mica_string *texts = t->data;
    if (t->dtype != MICA_STRING && count) strbuf_put(out, t->data, binary_size(t, count));
    for (int64_t i = 0; i < count && t->dtype == MICA_STRING; i++)
        v2_put_text(out, texts[i].bytes ? texts[i].bytes : "", texts[i].size);
}

static void put_wishes(mica_client *c, const mica_ask_options *o) {
    strbuf *out = &c->body;
    const int64_t left = client_left(c);
    const int64_t ms = o->deadline_ms && o->deadline_ms < left ? o->deadline_ms : left;
    strbuf_add(out, "{\"parameters\":{\"binary_data_output\":true,\"timeout\":%lld",
               (long long)(ms ? ms : 1) * 1000);
    if (o->priority) strbuf_add(out, ",\"priority\":%lld", (long long)o->priority);
    strbuf_add(out, "}");
    for (int i = 0; i < o->outputs.count; i++) {
        const char *name = o->outputs.values[i] ? o->outputs.values[i] : "";
        strbuf_add(out, i ? ",{\"name\":" : ",\"outputs\":[{\"name\":");
        strbuf_put_quoted(out, name, strlen(name));
        strbuf_add(out, i + 1 < o->outputs.count ? "}" : "}]");
    }
}

static mica_status write_request(mica_client *c, const mica_client_tensor *inputs, int count,
                                 const mica_ask_options *o, size_t *json_length, mica_error *err) {
    int64_t elements;
    put_wishes(c, o);
    for (int i = 0; i < count; i++) {
        TRY(check_tensor(&inputs[i], &elements, err));
        strbuf_add(&c->body, i ? "," : ",\"inputs\":[");
        put_head(&c->body, &inputs[i], elements);
    }
    strbuf_add(&c->body, "]}");
    *json_length = c->body.length;
    for (int i = 0; i < count; i++) {
        TRY(check_tensor(&inputs[i], &elements, err));
        put_tensor(&c->body, &inputs[i], elements);
    }
    return c->body.failed ? fail_no_memory(err, "a request") : MICA_OK;
}

mica_status mica_client_infer(mica_client *c, const char *model, const mica_client_tensor *inputs,
                              int count, const mica_ask_options *options,
                              const mica_answer **answer, mica_error *err) {
    mica_ask_options o;
    courier_reply r;
    question q = {.model = model, .type = "application/octet-stream"};
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(inputs, "inputs");
    REQUIRE(answer, "answer");
    if (count < 1) return fail(err, MICA_VALUE, "client_infer: %d inputs", count);
    client_begin(c);
    TRY(take_options(&o, options, err));
    q.request_id = o.request_id;
    TRY(client_path(c, "/v2/models/", model, o.version, err));
    strbuf_add(&c->path, "/infer");
    TRY(write_request(c, inputs, count, &o, &q.json_length, err));
    TRY(client_ask(c, &q, &r, err));
    TRY(reply_tensors(r.body, r.length, r.json_length, &c->memory, &c->answer, err));
    *answer = &c->answer;
    return MICA_OK;
}

/* ---- pictures, sounds and rows, which the server prepares ---- */

/* The body is there; `what` is the last word of the path. */
static mica_status ask_prepared(mica_client *c, const char *model, const char *what,
                                const char *type, const mica_ask_options *o,
                                const mica_answer **answer, mica_error *err) {
    courier_reply r;
    TRY(client_path(c, "/v2/models/", model, o->version, err));
    strbuf_add(&c->path, "/%s?outputs=true", what);
    if (o->top) strbuf_add(&c->path, "&top=%lld", (long long)o->top);
    if (c->path.failed || c->body.failed) return fail_no_memory(err, "a request");
    const question q = {.model = model, .type = type, .request_id = o->request_id};
    TRY(client_ask(c, &q, &r, err));
    TRY(reply_predictions(r.body, r.length, what[0] != 'r', &c->memory, &c->answer, err));
    *answer = &c->answer;
    return MICA_OK;
}

static mica_status ask_bytes(mica_client *c, const char *model, const char *what, const void *bytes,
                             size_t size, const mica_ask_options *options,
                             const mica_answer **answer, mica_error *err) {
    mica_ask_options o;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(bytes, "bytes");
    REQUIRE(answer, "answer");
    client_begin(c);
    TRY(take_options(&o, options, err));
    strbuf_put(&c->body, bytes, size);
    return ask_prepared(c, model, what, "application/octet-stream", &o, answer, err);
}

mica_status mica_client_picture(mica_client *c, const char *model, const void *bytes, size_t size,
                                const mica_ask_options *options, const mica_answer **answer,
                                mica_error *err) {
    return ask_bytes(c, model, "picture", bytes, size, options, answer, err);
}

mica_status mica_client_sound(mica_client *c, const char *model, const void *bytes, size_t size,
                              const mica_ask_options *options, const mica_answer **answer,
                              mica_error *err) {
    return ask_bytes(c, model, "sound", bytes, size, options, answer, err);
}

mica_status mica_client_rows(mica_client *c, const char *model, const mica_table *rows,
                             const mica_ask_options *options, const mica_answer **answer,
                             mica_error *err) {
    mica_ask_options o;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(rows, "rows");
    REQUIRE(answer, "answer");
    client_begin(c);
    TRY(take_options(&o, options, err));
    TRY(rows_write(rows, &c->body, err));
    return ask_prepared(c, model, "rows", "application/json", &o, answer, err);
}

mica_status mica_client_rows_json(mica_client *c, const char *model, const char *rows,
                                  const mica_ask_options *options, const mica_answer **answer,
                                  mica_error *err) {
    mica_ask_options o;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(rows, "rows");
    REQUIRE(answer, "answer");
    client_begin(c);
    TRY(take_options(&o, options, err));
    strbuf_put(&c->body, rows, strlen(rows));
    return ask_prepared(c, model, "rows", "application/json", &o, answer, err);
}
