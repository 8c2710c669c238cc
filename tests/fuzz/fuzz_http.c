/* HTTP as a connection brings it, through libmicrohttpd, routes, codecs and models. The first byte
 * chooses a route, whose request is written around the rest as its body; 255: all of it are bytes
 * of a client. The second byte chooses headers; from 128 on the body is packed (or, with 16, said
 * to be) as its Content-Encoding says. */
#include "build_config.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef HAVE_MICROHTTPD
#include "serve/http_exchange.h"
#include "serve_case.h"

#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

static lane l = {.listens = -1, .wake = -1};

static void open_lane(void) {
    struct MHD_OptionItem items[4];
    int n = 0;
    l.http_server = case_server();
    l.most = 10;
    peer_options(&l, items, &n);
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)exchange_completed,
                                         &l};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL};
    items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    l.daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
        NULL, exchange_step, &l, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (!l.daemon) abort();
}

static void put_path(strbuf *out, const char *pattern, bool picture) {
    for (; *pattern; pattern++) {
        if (*pattern != '{') {
            strbuf_put(out, pattern, 1);
            continue;
        }
        strbuf_put(out, pattern[1] != 'm' ? "1" : picture ? "p" : "m", 1);
        pattern = strchr(pattern, '}');
    }
}

/* The body as gzip, or as deflate, has it. */
static void pack(strbuf *out, bool gzip, const uint8_t *body, size_t size) {
    unsigned char piece[4096];
    z_stream z = {.next_in = (uint8_t *)body, .avail_in = (uInt)size};
    if (deflateInit2(&z, 1, Z_DEFLATED, gzip ? 15 + 16 : 15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    do {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        deflate(&z, Z_FINISH);
        strbuf_put(out, (char *)piece, sizeof piece - z.avail_out);
    } while (!z.avail_out);
    deflateEnd(&z);
}

static void put_request(strbuf *out, const route *r, uint8_t how, const uint8_t *body,
                        size_t size) {
    static const char *const types[] = {"image/png", "application/json", "text/x", ""};
    strbuf_add(out, "%s ", how & 64 ? "HEAD" : r->method);
    put_path(out, r->pattern, how & 1);
    strbuf_add(out, "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n",
               how & 2 ? "?top=2&outputs=true" : "", types[how >> 2 & 3]);
    const bool coded = how & 128, gzip = !(how & 32);
    strbuf packed = {0};
    if (coded && !(how & 16)) pack(&packed, gzip, body, size);
    else strbuf_put(&packed, (const char *)body, size);
    if (coded) strbuf_add(out, "Content-Encoding: %s\r\n", gzip ? "gzip" : "deflate");
    if (how & 16) strbuf_add(out, "Inference-Header-Content-Length: %zu\r\n", size / 2);
    if (how & 32) strbuf_add(out, "X-Request-Id: a\r\ntraceparent: b\r\nExpect: 100-continue\r\n");
    strbuf_add(out, "Content-Length: %zu\r\n\r\n", packed.length);
    strbuf_put(out, packed.data, packed.length);
    strbuf_free(&packed);
}

static void turn(int client) {
    char reply[1 << 16];
    MHD_run(l.daemon);
    while (engine_drain(l.http_server->engine, 0) == 0) {
    }
    while (atomic_load(&l.suspended)) sched_yield(); /* a model is loaded again */
    MHD_run(l.daemon);
    while (recv(client, reply, sizeof reply, MSG_DONTWAIT) > 0) {
    }
}

static void send_all(int client, const char *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        const ssize_t n = send(client, bytes + at, size - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) at += (size_t)n;
        else if (atomic_load(&l.connections) == 0 && at) return;
        turn(client);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static size_t routes;
    strbuf text = {0};
    int pair[2];
    if (!l.daemon) open_lane();
    while (!routes || all_routes[routes]) routes++;
    if (size < 2) return 0;
    const route *r = data[0] == 255 ? NULL : all_routes[data[0] % routes];
    if (r == &route_unload) return 0; /* nothing would be left */
    l.control = r && r->control;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)) return 0;
    if (r) put_request(&text, r, data[1], data + 2, size - 2);
    else strbuf_put(&text, (const char *)data + 1, size - 1);
    MHD_add_connection(l.daemon, pair[1], &(struct sockaddr){.sa_family = AF_UNIX},
                       sizeof(struct sockaddr));
    turn(pair[0]);
    send_all(pair[0], text.data, text.length);
    turn(pair[0]);
    strbuf_free(&text);
    close(pair[0]);
    for (int i = 0; atomic_load(&l.connections); i++) {
        l.swept = 0;
        peers_sweep(&l);
        turn(-1);
        if (i > 1000) abort(); /* it is never let go */
    }
    if (atomic_load(&l.active) || atomic_load(&l.suspended)) abort();
    return 0;
}

#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return 0; }
#endif
