/* True labels of requests that were answered, by their ids. */
#include "serve/recorder.h"
#include "serve/server.h"
#include "serve/true_label.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LABELS = 10000, MOST_ID = 128 };

/* Which version answered that request is the database's to say: the label may be of any. */
static mica_status check_value(const served_list *versions, const json_t *label, mica_error *err) {
    mica_error other;
    mica_status status = MICA_OK;
    for (int i = 0; i < versions->count; i++) {
        status = true_label_check(&versions->at[i]->contract, label, i ? &other : err);
        if (status == MICA_OK) return MICA_OK;
    }
    return status;
}

static mica_status check_label(const served_list *versions, const json_t *one, size_t number,
                               mica_error *err) {
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
    const mica_status status = check_value(versions, label, err);
    return status == MICA_OK ? status : fail_within(err, status, "label %zu", number);
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
static mica_status keep_labels(exchange *x, const served_list *versions, json_t *body,
                               mica_error *err) {
    const bool list = json_is_array(body);
    const size_t count = list ? json_array_size(body) : 1;
    if (!count || count > MOST_LABELS)
        return fail(err, MICA_VALUE, "%zu labels, expected 1 to %d", count, MOST_LABELS);
    for (size_t i = 0; i < count; i++)
        TRY(check_label(versions, list ? json_array_get(body, i) : body, i + 1, err));
    for (size_t i = 0; i < count; i++)
        TRY(keep_label(x, list ? json_array_get(body, i) : body, err));
    strbuf_add(&x->reply, "{\"accepted\":%zu}", count);
    return MICA_OK;
}

static mica_status feedback(exchange *x, mica_error *err) {
    served *v;
    json_t *body;
    served_list versions;
    TRY(exchange_hold(x, &v, err));
    served_release(v);
    if (!x->server->recorder) {
        x->code = 404;
        return fail(err, MICA_NAME, "this server keeps no predictions (--prediction-log)");
    }
    TRY(config_parse(x->body, x->length, "the body", &body, err));
    mica_status status = models_list(x->server->models, x->model, &versions, err);
    if (status == MICA_OK) {
        status = keep_labels(x, &versions, body, err);
        served_list_free(&versions);
    }
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
