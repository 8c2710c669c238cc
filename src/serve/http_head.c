/* Requests that two servers could read in two ways (where one ends, which host it is for) are
 * refused, for who stands before us may have read the other. Source: RFC 9112, 3.2, 5, 6; RFC 9110,
 * 5.5, 5.6.2. */
#include "serve/http_exchange.h"

#include <string.h>
#include <strings.h>

typedef struct head {
    int hosts, lengths, codings;
    bool chunked, broken;
} head;

static bool is_token(const char *text, size_t length) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i], letter = c | 0x20;
        if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
            !(c && strchr(others, c)))
            return false;
    }
    return length > 0;
}

static bool is_plain(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

/* Exactly what the library takes for it: with a space behind, it would read to the connection's
 * end. */
static bool is_chunked(const char *text, size_t length) {
    return length == 7 && !strncasecmp(text, "chunked", 7);
}

static enum MHD_Result look(void *user, enum MHD_ValueKind kind, const char *name,
                            size_t name_length, const char *value, size_t length) {
    head *h = user;
    h->broken |= !is_token(name, name_length) || (value && !is_plain(value, length));
#define IS(text) (name_length == sizeof text - 1 && !strncasecmp(name, text, sizeof text - 1))
    if (IS("Host")) h->hosts++;
    else if (IS("Content-Length")) h->lengths++;
    else if (IS("Transfer-Encoding")) {
        h->codings++;
        h->chunked = value && is_chunked(value, length);
    }
#undef IS
    return MHD_YES;
}

const char *head_problem(struct MHD_Connection *connection, const char *version, int *code) {
    head h = {0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look, &h);
    *code = 400;
    if (h.broken) return "a header has letters that none may have";
    if (h.hosts > 1) return "there is more than one Host header";
    if (h.lengths > 1) return "there is more than one Content-Length header";
    if (h.lengths && h.codings) return "Content-Length and Transfer-Encoding contradict each other";
    if (h.codings && strcmp(version, "HTTP/1.1") != 0)
        return "Transfer-Encoding is of HTTP/1.1 alone";
    if (!h.codings || (h.codings == 1 && h.chunked)) return NULL;
    *code = 501;
    return "this server knows no Transfer-Encoding but chunked";
}
