/* A model's card: what it was trained on, its classes, its metrics. */
#include "serve/server.h"

#include <stdlib.h>

static mica_status card(exchange *x, mica_error *err) {
    served *v;
    TRY(exchange_hold(x, &v, err));
    char *text = v->contract.card ? config_text(v->contract.card) : NULL;
    strbuf_add(&x->reply, "%s", text ? text : "{}");
    free(text);
    served_release(v);
    return MICA_OK;
}

ROUTE_OF_MODEL(route_card, "GET", "/v2", "/card", "the model's card", .tag = "models",
               .answer = card, .response_schema = "{\"type\":\"object\"}");
