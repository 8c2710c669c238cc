/* What pictures and rows ask for in the query: ?top=K&outputs=true. */
#ifndef SERVE_ROUTE_TOP_H
#define SERVE_ROUTE_TOP_H

#include "serve/route.h"

/* x->work->top[0] becomes K, or `usual` where none is given. VALUE: it is no count, or
 * outputs is neither true nor false. */
mica_status query_top(exchange *x, int usual, mica_error *err);
bool query_outputs(const exchange *x);

/* The same for the description of routes. */
#define PREDICTIONS_QUERY                                                                          \
    "{\"top\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"so many of the best "          \
    "classes\"},"                                                                                  \
    "\"outputs\":{\"type\":\"boolean\",\"description\":\"the model's values, too\"}}"

#define PREDICTIONS_SCHEMA                                                                         \
    "{\"type\":\"object\",\"required\":[\"model\",\"version\",\"predictions\"],\"properties\":{"   \
    "\"model\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},"                           \
    "\"predictions\":{\"type\":\"array\"},\"outputs\":{\"type\":\"array\"}}}"

#endif
