/* TensorFlow Serving's REST interface. */
#include "serve/server.h"
#include "serve/wire.h"

static mica_status read_predict(exchange *x, mica_error *err) {
    return tf_read(x->work, x->body, x->length, err);
}

static mica_status read_examples(exchange *x, mica_error *err) {
    return tf_read_examples(x->work, x->body, x->length, err);
}

static mica_status predict(exchange *x, mica_error *err) {
    return tf_write(x->work, &x->reply, err);
}

static mica_status classify(exchange *x, mica_error *err) {
    return tf_write_classes(x->work, &x->reply, err);
}

static mica_status regress(exchange *x, mica_error *err) {
    return tf_write_regression(x->work, &x->reply, err);
}

static mica_status metadata(exchange *x, mica_error *err) {
    served *v;
    TRY(exchange_hold(x, &v, err));
    tf_write_metadata(&v->contract, &x->reply);
    served_release(v);
    return MICA_OK;
}

/* Of one version, or of all. */
static mica_status state(exchange *x, mica_error *err) {
    served_list all = {0};
    served *v;
    TRY(exchange_hold(x, &v, err));
    mica_status status = MICA_OK;
    if (!x->version) status = models_list(x->server->models, x->model, &all, err);
    const int count = x->version ? 1 : all.count;
    strbuf_add(&x->reply, "{\"model_version_status\":[");
    for (int i = 0; i < count; i++) {
        strbuf_add(&x->reply, "%s{\"version\":", i ? "," : "");
        json_put_text(&x->reply, (x->version ? v : all.at[i])->contract.version);
        strbuf_add(&x->reply, ",\"state\":\"AVAILABLE\",\"status\":{\"error_code\":\"OK\","
                              "\"error_message\":\"\"}}");
    }
    strbuf_add(&x->reply, "]}");
    served_list_free(&all);
    served_release(v);
    return status;
}

#define SIGNATURE "\"signature_name\":{\"type\":\"string\",\"enum\":[\"serving_default\"]}"
#define PREDICT                                                                                    \
    "{\"type\":\"object\",\"properties\":{" SIGNATURE ",\"instances\":{\"type\":\"array\","        \
    "\"items\":{},\"minItems\":1},\"inputs\":{}}}"
#define PREDICTED                                                                                  \
    "{\"type\":\"object\",\"properties\":{\"predictions\":{\"type\":\"array\","                    \
    "\"items\":{}},\"outputs\":{}}}"
#define EXAMPLES                                                                                   \
    "{\"type\":\"object\",\"required\":[\"examples\"],\"properties\":{" SIGNATURE                  \
    ",\"context\":{\"type\":\"object\"},\"examples\":{\"type\":\"array\",\"minItems\":1,"          \
    "\"items\":{\"type\":\"object\"}}}}"
#define RESULT                                                                                     \
    "{\"type\":\"object\",\"required\":[\"result\"],\"properties\":{\"result\":{\"type\":"         \
    "\"array\",\"items\":{}}}}"
#define OBJECT(member)                                                                             \
    "{\"type\":\"object\",\"required\":[\"" member "\"],\"properties\":{\"" member "\":{}}}"

#define ASK_AT(name, path, verb, summary_, parse_, answer_, request, reply)                        \
    const route name = {.method = "POST",                                                          \
                        .pattern = "/v1/models/{model}" path ":" verb,                             \
                        .action = ACTION_PREDICT,                                                  \
                        .summary = summary_,                                                       \
                        .tag = "TensorFlow Serving",                                               \
                        .answer = answer_,                                                         \
                        .parse = parse_,                                                           \
                        .request_schema = request,                                                 \
                        .response_schema = reply}
#define ASK(name, verb, summary, ...)                                                              \
    ASK_AT(name, "", verb, summary, __VA_ARGS__);                                                  \
    ASK_AT(name##_version, "/versions/{version}", verb, summary " (a version)", __VA_ARGS__);      \
    ASK_AT(name##_label, "/labels/{label}", verb, summary " (an alias)", __VA_ARGS__)

ASK(route_tf_predict, "predict", "run a model", read_predict, predict, PREDICT, PREDICTED);
ASK(route_tf_classify, "classify", "classes and their scores", read_examples, classify, EXAMPLES,
    RESULT);
ASK(route_tf_regress, "regress", "a number for each example", read_examples, regress, EXAMPLES,
    RESULT);

#define GET(name, rest, summary_, answer_, reply)                                                  \
    const route name = {.method = "GET",                                                           \
                        .pattern = "/v1/models/{model}" rest,                                      \
                        .action = ACTION_PREDICT,                                                  \
                        .summary = summary_,                                                       \
                        .tag = "TensorFlow Serving",                                               \
                        .answer = answer_,                                                         \
                        .response_schema = reply}

GET(route_tf, "", "the state of a model's versions", state, OBJECT("model_version_status"));
GET(route_tf_version, "/versions/{version}", "the state of a version", state,
    OBJECT("model_version_status"));
GET(route_tf_label, "/labels/{label}", "the state of an alias's version", state,
    OBJECT("model_version_status"));
GET(route_tf_metadata, "/metadata", "what a model takes and gives", metadata, OBJECT("metadata"));
GET(route_tf_metadata_version, "/versions/{version}/metadata",
    "what a version of a model takes and gives", metadata, OBJECT("metadata"));
GET(route_tf_metadata_label, "/labels/{label}/metadata",
    "what an alias's version of a model takes and gives", metadata, OBJECT("metadata"));
