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

const route route_rows = {"POST",
                          "/v2/models/{model}/rows",
                          ACTION_PREDICT,
                          false,
                          "what the model says of rows of a table, by the names of their columns",
                          "predictions",
                          answer,
                          parse,
                          REQUEST,
                          PREDICTIONS_SCHEMA};
const route route_rows_version = {"POST",
                                  "/v2/models/{model}/versions/{version}/rows",
                                  ACTION_PREDICT,
                                  false,
                                  "the same of one version",
                                  "predictions",
                                  answer,
                                  parse,
                                  REQUEST,
                                  PREDICTIONS_SCHEMA};
