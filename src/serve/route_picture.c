/* A picture straight in the body: the top classes come back. */
#include "serve/route_top.h"

#include <string.h>
#include <strings.h>

static bool is_picture(const char *type) {
    static const char *const others[] = {"application/octet-stream",
                                         "application/x-www-form-urlencoded"}; /* curl's own */
    if (!type || !strncasecmp(type, "image/", 6)) return true;
    for (size_t i = 0; i < LENGTH(others); i++)
        if (!strncasecmp(type, others[i], strlen(others[i]))) return true;
    return false;
}

static mica_status parse(exchange *x, mica_error *err) {
    const char *type = exchange_header(x, "Content-Type");
    if (!is_picture(type)) {
        x->code = 415;
        return fail(err, MICA_TYPE,
                    "Content-Type %.60s: expected image/jpeg, image/png, image/webp, image/bmp, "
                    "image/x-portable-pixmap or application/octet-stream",
                    type);
    }
    TRY(query_top(x, 5, err));
    mica_status status = picture_read(x->work, x->body, x->length, err);
    if (status == MICA_UNSUPPORTED) x->code = 415;
    return status;
}

static mica_status answer(exchange *x, mica_error *err) {
    return picture_write(x->work, x->work->top[0], query_outputs(x), &x->reply, err);
}

#define REQUEST "{\"type\":\"string\",\"format\":\"binary\",\"contentMediaType\":\"image/*\"}"

ROUTE_OF_MODEL(route_picture, "POST", "/v2", "/picture",
               "the best classes of a picture, as the model's card prepares it",
               .tag = "predictions", .answer = answer, .parse = parse, .query = PREDICTIONS_QUERY,
               .request_schema = REQUEST, .response_schema = PREDICTIONS_SCHEMA);
