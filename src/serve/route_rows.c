/* Rows of a table in the body, by the names of their columns. */
#include "serve/route_top.h"

static mica_status parse(exchange *x, mica_error *err) {
    TRY(query_top(x, 1, err));
    return row_read(x->work, x->body, x->length, err);
}

static mica_status answer(exchange *x, mica_error *err) {
    return row_write(x->work, x->work->top[0], query_outputs(x), &x->reply, err);
}

#define REQUEST "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\"}}"

ROUTE_OF_MODEL(route_rows, "POST", "/v2", "/rows",
               "what the model says of rows of a table, by the names of their columns",
               .tag = "predictions", .answer = answer, .parse = parse, .query = PREDICTIONS_QUERY,
               .request_schema = REQUEST, .response_schema = PREDICTIONS_SCHEMA);
