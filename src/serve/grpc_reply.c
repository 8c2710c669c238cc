/* What goes back: headers, messages as they come, the status behind them. Source: grpc.io, "gRPC
 * over HTTP2". */
#include "base/clock.h"
#include "serve/grpc_inside.h"

#include <string.h>

int64_t timeout_of(const char *text, size_t length) {
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'H', 3600000000}, {'M', 60000000}, {'S', 1000000}, {'m', 1000}, {'u', 1}};
    int64_t value = 0;
    if (length < 2 || length > 9) return 0;
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] < '0' || text[i] > '9') return 0;
        value = value * 10 + (text[i] - '0');
    }
    const char unit = text[length - 1];
    for (size_t i = 0; i < LENGTH(units); i++)
        if (units[i].unit == unit) return value ? value * units[i].us : 1;
    return unit == 'n' ? value / 1000 + 1 : 0;
}

static nghttp2_nv header(const char *name, const char *value) {
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

/* Everything but plain ASCII as percent signs and hexadecimal digits. */
static void escape(const char *text, char *out, size_t room) {
    size_t n = 0;
    for (; *text && n + 4 < room; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte >= 0x20 && byte < 0x7f && byte != '%') out[n++] = (char)byte;
        else n += (size_t)snprintf(out + n, 4, "%%%02X", byte);
    }
    out[n] = 0;
}

/* The status, and where it is a failure its text; how many headers. */
static size_t put_status(const grpc_call *c, nghttp2_nv *h, char number[4], char *text,
                         size_t room) {
    snprintf(number, 4, "%d", (int)c->code);
    h[0] = header("grpc-status", number);
    if (c->code == GRPC_OK) return 1;
    escape(c->err.message, text, room);
    h[1] = header("grpc-message", text);
    return 2;
}

/* What was given goes: at once where it is all, else when it is as much as what stays. The last
 * reply stays whole, for its length is logged. */
static void drop_given(grpc_call *c) {
    if (c->finished || c->given < c->out.length - c->given) return;
    memmove(c->out.data, c->out.data + c->given, c->out.length - c->given);
    c->out.length -= c->given;
    c->given = 0;
}

static ssize_t give_bytes(nghttp2_session *s, int32_t stream, uint8_t *to, size_t room,
                          uint32_t *flags, nghttp2_data_source *source, void *user) {
    grpc_call *c = nghttp2_session_get_stream_user_data(s, stream);
    if (!c) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t n = c->out.length - c->given;
    if (!n && !c->finished) return NGHTTP2_ERR_DEFERRED;
    if (n > room) n = room;
    if (n) memcpy(to, c->out.data + c->given, n);
    c->given += n;
    c->touched = clock_seconds();
    drop_given(c);
    call_account(c);
    if (c->given < c->out.length || !c->finished) return (ssize_t)n;
    nghttp2_nv h[2];
    char number[4], text[3100];
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (nghttp2_submit_trailer(s, stream, h, put_status(c, h, number, text, sizeof text)))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return (ssize_t)n;
}

void reply_update(grpc_call *c) {
    if (!c->connection) return;
    call_account(c);
    nghttp2_session *s = c->connection->session;
    if (c->replied) {
        nghttp2_session_resume_data(s, c->stream);
        return;
    }
    if (!c->finished && !c->out.length) return;
    nghttp2_nv h[6] = {header(":status", "200"), header("content-type", "application/grpc"),
                       header("grpc-accept-encoding", "identity"),
                       header("x-request-id", c->request_id)};
    char number[4], text[3100];
    size_t count = 4;
    const nghttp2_data_provider body = {.read_callback = give_bytes};
    const bool alone = c->finished && !c->out.length; /* the status is all there is */
    if (alone) count += put_status(c, h + count, number, text, sizeof text);
    c->replied = true;
    if (nghttp2_submit_response(s, c->stream, h, count, alone ? NULL : &body))
        c->connection->over = true;
}
