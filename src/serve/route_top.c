/* See route_top.h. */
#include "serve/route_top.h"

#include <stdlib.h>
#include <string.h>

bool query_outputs(const exchange *x) {
    const char *text = exchange_query(x, "outputs");
    return text && (!strcmp(text, "true") || !strcmp(text, "1"));
}

static mica_status check_outputs(const exchange *x, mica_error *err) {
    const char *text = exchange_query(x, "outputs");
    if (!text || query_outputs(x) || !strcmp(text, "false") || !strcmp(text, "0")) return MICA_OK;
    return fail(err, MICA_VALUE, "outputs=%.40s: expected true or false", text);
}

mica_status query_top(exchange *x, int usual, mica_error *err) {
    const char *text = exchange_query(x, "top");
    char *end = NULL;
    long top = text && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
    if (text && (!end || *end || top < 1 || top > 1000000))
        return fail(err, MICA_VALUE, "top=%.40s: expected a number of classes, 1 or more", text);
    x->work->top[0] = text ? (int)top : usual;
    return check_outputs(x, err);
}
