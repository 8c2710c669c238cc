/* Labels of requests for the prediction log: see mica/client.h. */
#include "base/utf8.h"
#include "client/client.h"
#include "client/reply.h"
#include "client/reply_inside.h"

#include <string.h>

/* A label that is JSON of the caller's is parsed first: what is none would tear its neighbours. */
static mica_status put_json(const char *json, int number, strbuf *out, mica_error *err) {
    json_t *tree;
    char name[32];
    snprintf(name, sizeof name, "label %d", number);
    TRY(config_parse(json, strlen(json), name, &tree, err));
    const bool null = json_is_null(tree);
    json_decref(tree);
    if (null) return fail(err, MICA_VALUE, "%s: json is null, expected the true value", name);
    strbuf_put(out, json, strlen(json));
    return MICA_OK;
}

static mica_status put_label(const mica_client_label *l, int number, strbuf *out, mica_error *err) {
    const size_t id = l->id ? strlen(l->id) : 0, text = l->text ? strlen(l->text) : 0;
    if (!id) return fail(err, MICA_VALUE, "label %d: id is empty, expected a request's", number);
    if (!l->text == !l->json)
        return fail(err, MICA_VALUE, "label %d: %s, expected one of text and json", number,
                    l->text ? "text and json are set" : "text and json are NULL");
    if (utf8_invalid(l->id, id) || (text && utf8_invalid(l->text, text)))
        return fail(err, MICA_VALUE, "label %d: expected id and text as UTF-8", number);
    strbuf_add(out, "{\"id\":");
    strbuf_put_quoted(out, l->id, id);
    strbuf_add(out, ",\"label\":");
    if (l->text) strbuf_put_quoted(out, l->text, text);
    else TRY(put_json(l->json, number, out, err));
    strbuf_add(out, "}");
    return MICA_OK;
}

mica_status reply_accepted(const char *body, size_t length, int count, mica_error *err) {
    json_t *tree;
    char what[64];
    TRY(reply_parse(body, length, &tree, err));
    const json_t *accepted = json_object_get(tree, "accepted");
    const bool all = json_is_integer(accepted) && json_integer_value(accepted) == count;
    snprintf(what, sizeof what, "expected %d as \"accepted\"", count);
    const mica_status status = all ? MICA_OK : reply_expected(err, what, accepted);
    json_decref(tree);
    return status;
}

mica_status mica_client_feedback(mica_client *c, const char *model, const mica_client_label *labels,
                                 int count, mica_error *err) {
    courier_reply r;
    REQUIRE(c, "c");
    REQUIRE(model, "model");
    REQUIRE(labels, "labels");
    if (count < 1) return fail(err, MICA_VALUE, "count is %d, expected 1 or more labels", count);
    client_begin(c);
    TRY(client_path(c, "/v2/models/", model, NULL, err));
    strbuf_add(&c->path, "/feedback");
    for (int i = 0; i < count; i++) {
        strbuf_add(&c->body, i ? "," : "[");
        TRY(put_label(&labels[i], i + 1, &c->body, err));
    }
    strbuf_add(&c->body, "]");
    TRY(client_ask(c, &(question){.model = model, .type = "application/json"}, &r, err));
    return reply_accepted(r.body, r.length, count, err);
}
