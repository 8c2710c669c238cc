/* HTTP/2 and gRPC as a connection brings them. The first byte: whether a client's greeting goes
 * before, and in which pieces the bytes come. */
#include "build_config.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#if defined HAVE_MICROHTTPD && defined HAVE_NGHTTP2
#include "base/clock.h"
#include "serve/grpc_inside.h"
#include "serve_case.h"

static void answer(grpc_server *g) {
    while (engine_drain(g->o.server->engine, 0) == 0) {
    }
    for (grpc_call *c = g->done, *next; c; c = next) {
        next = c->next_done;
        call_done(c);
    }
    g->done = NULL;
}

static bool feed(grpc_connection *c, const void *bytes, size_t size) {
    if (c->over || !connection_feed(c, bytes, size)) return false;
    connection_send(c);
    answer(c->g);
    connection_send(c);
    return !c->over;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char greeting[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    static grpc_server g = {
        .door = {{.fd = -1}, {.fd = -1, .control = true}}, .epoll = -1, .wake = -1};
    if (!g.o.server) {
        g.o = (grpc_options){.server = case_server(),
                             .connections = 4,
                             .streams = 8,
                             .most_message = 1 << 16,
                             .idle_seconds = 1000};
        pthread_mutex_init(&g.lock, NULL);
    }
    if (!size) return 0;
    const size_t piece = data[0] >> 1 ? (size_t)(data[0] >> 1) * 8 : size;
    grpc_connection *c = connection_open(&g, &g.door[data[0] >> 1 & 1], -1);
    if (!c) abort();
    bool goes_on = !(data[0] & 1) || feed(c, greeting, sizeof greeting);
    for (size_t at = 1; at < size && goes_on; at += piece)
        goes_on = feed(c, data + at, size - at < piece ? size - at : piece);
    if (goes_on) connection_sweep(c, clock_seconds());
    connection_close(c);
    answer(&g);
    if (g.running || g.buffered || g.open || g.keyless || atomic_load(&g.active)) abort();
    return 0;
}

#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return 0; }
#endif
