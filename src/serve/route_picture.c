/* A picture or a sound straight in the body: the top classes come back. */
#include "serve/route_top.h"

#include <string.h>
#include <strings.h>

/* Of no content type, or one that curl and others send with any bytes. */
static bool is_bytes(const char *type) {
    static const char *const others[] = {"application/octet-stream",
                                         "application/x-www-form-urlencoded"}; /* curl's own */
    for (size_t i = 0; type && i < LENGTH(others); i++)
        if (!strncasecmp(type, others[i], strlen(others[i]))) return true;
    return !type;
}

typedef mica_status sample_read(inference *x, const void *body, size_t length, mica_error *err);

static mica_status parse(exchange *x, const char *family, const char *types, sample_read *read,
                         mica_error *err) {
    const char *type = exchange_header(x, "Content-Type");
    if (!is_bytes(type) && strncasecmp(type, family, strlen(family)) != 0) {
        x->code = 415;
        return fail(err, MICA_TYPE, "Content-Type %.60s: expected %s or application/octet-stream",
                    type, types);
    }
    TRY(query_top(x, 5, err));
    mica_status status = read(x->work, x->body, x->length, err);
    if (status == MICA_UNSUPPORTED) x->code = 415;
    return status;
}

static mica_status parse_picture(exchange *x, mica_error *err) {
    return parse(x, "image/",
                 "image/jpeg, image/png, image/webp, image/bmp, image/x-portable-pixmap",
                 picture_read, err);
}

static mica_status parse_sound(exchange *x, mica_error *err) {
    return parse(x, "audio/", "audio/wav, audio/flac", sound_read, err);
}

static mica_status answer(exchange *x, mica_error *err) {
    return sample_write(x->work, x->work->top[0], query_outputs(x), &x->reply, err);
}

#define REQUEST(kind)                                                                              \
    "{\"type\":\"string\",\"format\":\"binary\",\"contentMediaType\":\"" kind "/*\"}"

ROUTE_OF_MODEL(route_picture, "POST", "/v2", "/picture",
               "the best classes of a picture, as the model's card prepares it",
               .tag = "predictions", .answer = answer, .parse = parse_picture,
               .query = PREDICTIONS_QUERY, .request_schema = REQUEST("image"), .any_type = true,
               .response_schema = PREDICTIONS_SCHEMA);
ROUTE_OF_MODEL(route_sound, "POST", "/v2", "/sound",
               "the best classes of a sound, as the model's card prepares it", .tag = "predictions",
               .answer = answer, .parse = parse_sound, .query = PREDICTIONS_QUERY,
               .request_schema = REQUEST("audio"), .any_type = true,
               .response_schema = PREDICTIONS_SCHEMA);
