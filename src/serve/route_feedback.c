/* True labels of requests that were answered, by their ids. */
#include "serve/recorder.h"
#include "serve/server.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LABELS = 10000, MOST_ID = 128 };

static mica_status check_label(const json_t *one, size_t number, mica_error *err) {
    const json_t *id = json_object_get(one, "id"), *label = json_object_get(one, "label");
    char shown[CONFIG_SHOWN];
    if (!json_is_object(one))
        return fail(err, MICA_TYPE, "label %zu: expected {\"id\": …, \"label\": …}, found %s",
                    number, config_kind(one));
    if (!json_is_string(id) || !json_string_length(id) || json_string_length(id) > MOST_ID)
        return fail(err, MICA_VALUE,
                    "label %zu: \"id\" is %s, expected a request's id: a text of 1 to %d bytes",
                    number, id ? config_show(id, shown) : "not there", MOST_ID);
    if (!label || json_is_null(label))
        return fail(err, MICA_VALUE, "label %zu: \"label\" is %s, expected the true value", number,
                    label ? "null" : "not there");
    return MICA_OK;
}

static mica_status keep_label(exchange *x, const json_t *one, mica_error *err) {
    char *label = config_text(json_object_get(one, "label"));
    const mica_status status = label ? recorder_label(x->server->recorder, x->model,
                                                      json_string_value(json_object_get(one, "id")),
                                                      label, identity_who(x->who), err)
                                     : fail_no_memory(err, "a label");
    free(label);
    if (status == MICA_BUSY) x->code = 503;
    return status;
}

/* All are checked before the first is kept. */
static mica_status keep_labels(exchange *x, json_t *body, mica_error *err) {
    const bool list = json_is_array(body);
    const size_t count = list ? json_array_size(body) : 1;
    if (!count || count > MOST_LABELS)
        return fail(err, MICA_VALUE, "%zu labels, expected 1 to %d", count, MOST_LABELS);
    for (size_t i = 0; i < count; i++)
        TRY(check_label(list ? json_array_get(body, i) : body, i + 1, err));
    for (size_t i = 0; i < count; i++)
        TRY(keep_label(x, list ? json_array_get(body, i) : body, err));
    strbuf_add(&x->reply, "{\"accepted\":%zu}", count);
    return MICA_OK;
}

static mica_status feedback(exchange *x, mica_error *err) {
    served *v;
    json_t *body;
    TRY(exchange_hold(x, &v, err));
    served_release(v);
    if (!x->server->recorder) {
        x->code = 404;
        return fail(err, MICA_NAME, "this server keeps no predictions (--prediction-log)");
    }
    TRY(config_parse(x->body, x->length, "the body", &body, err));
    const mica_status status = keep_labels(x, body, err);
    json_decref(body);
    return status;
}

#define LABEL                                                                                      \
    "{\"type\":\"object\",\"required\":[\"id\",\"label\"],\"properties\":{\"id\":{\"type\":"       \
    "\"string\",\"minLength\":1,\"maxLength\":128},\"label\":{}}}"

ROUTE_AT(route_feedback, "POST", "/v2/models/{model}/feedback",
         "true labels of requests, by their ids; a later one of "
         "the same id takes the place of the one before",
         .tag = "monitoring", .answer = feedback,
         .request_schema = "{\"oneOf\":[" LABEL ",{\"type\":\"array\","
                           "\"minItems\":1,\"maxItems\":10000,\"items\":" LABEL "}]}",
         .response_schema = "{\"type\":\"object\",\"required\":[\"accepted\"],"
                            "\"properties\":{\"accepted\":{\"type\":"
                            "\"integer\"}}}",
         .deed = "feedback");
