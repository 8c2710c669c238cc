/* See base64.h. */
#include "serve/base64.h"

static int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(const char *text, size_t length, char *out, size_t *size) {
    unsigned bits = 0;
    size_t n = 0;
    for (int padding = 0; length && text[length - 1] == '=' && padding < 2; padding++) length--;
    if (length % 4 == 1) return false;
    for (size_t i = 0; i < length; i++) {
        int value = value_of(text[i]);
        if (value < 0) return false;
        bits = bits << 6 | (unsigned)value;
        if (i % 4) out[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    *size = n;
    return true;
}

void base64_write(strbuf *out, const char *bytes, size_t size) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = 0;
        char four[4] = "===";
        size_t count = size - i < 3 ? size - i : 3;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (k < count ? (unsigned char)bytes[i + k] : 0);
        for (size_t k = 0; k <= count; k++) four[k] = letters[three >> (18 - 6 * k) & 63];
        for (size_t k = count + 1; k < 4; k++) four[k] = '=';
        strbuf_put(out, four, 4);
    }
}
