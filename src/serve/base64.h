/* Base64 (RFC 4648): the usual letters and those for URLs; padding may be left out. */
#ifndef SERVE_BASE64_H
#define SERVE_BASE64_H

#include "base/strbuf.h"

/* Room for length / 4 * 3 + 3 bytes; false: it is none. */
bool base64_decode(const char *text, size_t length, char *out, size_t *size);
void base64_write(strbuf *out, const char *bytes, size_t size);

#endif
