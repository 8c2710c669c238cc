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

/* Of a model, of one of its versions, of the one that an alias names. */
#define TF(name, method, rest, summary, ...)                                                       \
    ROUTE_OF_MODEL(name, method, "/v1", rest, summary, .tag = "TensorFlow Serving", __VA_ARGS__);  \
    ROUTE_AT(name##_label, method, "/v1/models/{model}/labels/{label}" rest,                       \
             summary " (an alias)", .tag = "TensorFlow Serving", __VA_ARGS__)
#define ASK(name, verb, summary, parse_, answer_, request, reply)                                  \
    TF(name, "POST", ":" verb, summary, .answer = answer_, .parse = parse_,                        \
       .request_schema = request, .response_schema = reply)

ASK(route_tf_predict, "predict", "run a model", read_predict, predict, PREDICT, PREDICTED);
ASK(route_tf_classify, "classify", "classes and their scores", read_examples, classify, EXAMPLES,
    RESULT);
ASK(route_tf_regress, "regress", "a number for each example", read_examples, regress, EXAMPLES,
    RESULT);

TF(route_tf, "GET", "", "the state of a model's versions", .answer = state,
   .response_schema = OBJECT("model_version_status"));
TF(route_tf_metadata, "GET", "/metadata", "what a model takes and gives", .answer = metadata,
   .response_schema = OBJECT("metadata"));
