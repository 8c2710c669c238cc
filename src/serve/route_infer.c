/* An inference by KServe v2's protocol: JSON, or JSON and binary tensors behind it. */
#include "serve/route.h"

#include <stdlib.h>

/* How much of the body is JSON, where tensors come behind it. */
static mica_status json_part(const exchange *x, size_t *length, mica_error *err) {
    const char *text = exchange_header(x, "Inference-Header-Content-Length");
    char *end;
    *length = x->length;
    if (!text) return MICA_OK;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > x->length)
        return fail(err, MICA_VALUE,
                    "Inference-Header-Content-Length is \"%.32s\", expected a number up to the "
                    "body's %zu bytes",
                    text, x->length);
    *length = (size_t)value;
    return MICA_OK;
}

static mica_status parse(exchange *x, mica_error *err) {
    size_t json;
    TRY(json_part(x, &json, err));
    return v2_read(x->work, x->body, x->length, json, err);
}

static mica_status answer(exchange *x, mica_error *err) {
    size_t json;
    TRY(v2_write(x->work, &x->reply, &json, err));
    if (json == x->reply.length) return MICA_OK;
    x->json_length = json;
    x->type = "application/octet-stream";
    return MICA_OK;
}

#define TENSOR                                                                                     \
    "{\"type\":\"object\",\"required\":[\"name\",\"shape\",\"datatype\"],\"properties\":{"         \
    "\"name\":{\"type\":\"string\"},\"shape\":{\"type\":\"array\",\"items\":{\"type\":"            \
    "\"integer\",\"minimum\":1}},\"datatype\":{\"type\":\"string\"},\"parameters\":{\"type\":"     \
    "\"object\"},\"data\":{\"type\":\"array\",\"items\":{}}}}"
#define REQUEST                                                                                    \
    "{\"type\":\"object\",\"required\":[\"inputs\"],\"properties\":{\"id\":{\"type\":\"string\"}," \
    "\"parameters\":{\"type\":\"object\"},\"inputs\":{\"type\":\"array\",\"items\":" TENSOR        \
    "},\"outputs\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\"],"    \
    "\"properties\":{\"name\":{\"type\":\"string\"},\"parameters\":{\"type\":\"object\"}}}}}}"
#define REPLY                                                                                      \
    "{\"type\":\"object\",\"required\":[\"model_name\",\"outputs\"],\"properties\":{"              \
    "\"model_name\":{\"type\":\"string\"},\"model_version\":{\"type\":\"string\"},\"id\":{"        \
    "\"type\":\"string\"},\"outputs\":{\"type\":\"array\",\"items\":" TENSOR "}}}"

ROUTE_OF_MODEL(route_infer, "POST", "/v2", "/infer", "run a model (KServe v2)", .tag = "inference",
               .answer = answer, .parse = parse, .request_schema = REQUEST,
               .response_schema = REPLY);
