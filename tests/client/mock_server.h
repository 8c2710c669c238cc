/* A server of a test's own on a free port of the loopback: each request gets the next reply of a
 * list, as it stands there; what was asked is kept. One connection at a time. */
#ifndef CLIENT_MOCK_SERVER_H
#define CLIENT_MOCK_SERVER_H

#include "support/testing.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOCK_MOST = 16, MOCK_ROOM = 65536 };

typedef struct mock_server {
    const char *replies[MOCK_MOST]; /* NULL ends; "": the connection is closed without a word;
                                       "wait": nothing is said until mock_end */
    char asked[MOCK_MOST][MOCK_ROOM];
    int count, connections; /* requests, connections that came */
    int listener, wake[2];
    char url[64];
    pthread_t thread;
} mock_server;

/* Reads one request; false: the other side has closed. */
static inline bool mock_read(int connection, char *out) {
    size_t n = 0, length = 0;
    char *end = NULL;
    for (;;) {
        out[n] = 0;
        if (!end && (end = strstr(out, "\r\n\r\n"))) {
            const char *header = strcasestr(out, "\r\nContent-Length:");
            end += 4;
            if (header && header < end) length = strtoul(header + 17, NULL, 10);
        }
        if (end && n >= (size_t)(end - out) + length) return true;
        const ssize_t got = recv(connection, out + n, MOCK_ROOM - 1 - n, 0);
        if (got <= 0) return false;
        n += (size_t)got;
    }
}

static inline void mock_serve_one(mock_server *m, int connection) {
    while (m->count < MOCK_MOST && m->replies[m->count] &&
           mock_read(connection, m->asked[m->count])) {
        const char *reply = m->replies[m->count++];
        char byte;
        if (!strcmp(reply, "wait")) {
            if (read(m->wake[0], &byte, 1) < 0) return;
            return;
        }
        for (size_t at = 0, size = strlen(reply); at < size;) {
            const ssize_t sent = send(connection, reply + at, size - at, MSG_NOSIGNAL);
            if (sent <= 0) return;
            at += (size_t)sent;
        }
        if (!*reply || strcasestr(reply, "\r\nConnection: close")) return;
    }
}

static inline void *mock_run(void *user) {
    mock_server *m = user;
    for (;;) {
        const int connection = accept(m->listener, NULL, NULL);
        if (connection < 0) return NULL;
        m->connections++;
        mock_serve_one(m, connection);
        close(connection);
    }
}

static inline void mock_begin(mock_server *m) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    m->count = m->connections = 0;
    m->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(m->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(m->listener, 8), 0);
    assert_int_equal(getsockname(m->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(m->wake), 0);
    snprintf(m->url, sizeof m->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&m->thread, NULL, mock_run, m), 0);
}

/* After the client was closed. */
static inline void mock_end(mock_server *m) {
    close(m->wake[1]);
    shutdown(m->listener, SHUT_RDWR);
    pthread_join(m->thread, NULL);
    close(m->listener);
    close(m->wake[0]);
}

#endif
