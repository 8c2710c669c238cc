/* See protobuf.h. */
#include "codec/protobuf.h"

#include "codec/bytes.h"

#include <string.h>

protobuf protobuf_of(const void *bytes, size_t length) {
    const unsigned char *b = length ? bytes : (const unsigned char *)"";
    return (protobuf){.at = b, .begin = b, .end = b + length};
}

static bool wrong(protobuf *p, const char *what) {
    p->wrong = what;
    return false;
}

static bool read_varint(protobuf *p, uint64_t *out) {
    uint64_t value = 0;
    const unsigned char *at = p->at;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at == p->end) return wrong(p, "a number is cut off");
        const unsigned char b = *at++;
        if (shift == 63 && b > 1) break;
        value |= (uint64_t)(b & 0x7f) << shift;
        if (b & 0x80) continue;
        p->at = at;
        *out = value;
        return true;
    }
    return wrong(p, "a number has more than 64 bits");
}

bool protobuf_number(protobuf *p, protobuf_type type, uint64_t *value) {
    const size_t left = (size_t)(p->end - p->at);
    if (p->wrong || !left) return false;
    if (type == PROTOBUF_VARINT) return read_varint(p, value);
    const size_t size = type == PROTOBUF_64 ? 8 : 4;
    if (left < size) return wrong(p, "a number is cut off");
    *value = size == 8 ? little64(p->at) : little32(p->at);
    p->at += size;
    return true;
}

static bool read_bytes(protobuf *p) {
    uint64_t length;
    if (!read_varint(p, &length)) return false;
    if (length > (uint64_t)(p->end - p->at)) return wrong(p, "a field goes beyond the message");
    p->bytes = p->at;
    p->length = (size_t)length;
    p->at += length;
    return true;
}

bool protobuf_next(protobuf *p) {
    uint64_t tag;
    if (p->wrong || p->at == p->end) return false;
    const unsigned char *begin = p->at;
    if (!read_varint(p, &tag)) return false;
    p->field = (uint32_t)(tag >> 3);
    p->type = (protobuf_type)(tag & 7);
    const bool known = p->type == PROTOBUF_VARINT || p->type == PROTOBUF_64 ||
                       p->type == PROTOBUF_BYTES || p->type == PROTOBUF_32;
    if (tag >> 32 || !p->field || !known) {
        p->at = begin;
        return wrong(p, known ? "no field has that number" : "no field has that type");
    }
    if (p->type == PROTOBUF_BYTES) return read_bytes(p);
    if (p->at == p->end) return wrong(p, "a number is cut off");
    p->bytes = p->at;
    const bool read = protobuf_number(p, p->type, &p->number);
    p->length = (size_t)(p->at - p->bytes);
    return read;
}

bool protobuf_is(const protobuf *p, uint32_t field, protobuf_type type) {
    return p->field == field && p->type == type;
}

protobuf protobuf_inside(const protobuf *p) { return protobuf_of(p->bytes, p->length); }
protobuf protobuf_packed(const protobuf *p) { return protobuf_of(p->bytes, p->length); }

mica_status protobuf_check(const protobuf *p, const char *what, mica_error *err) {
    if (!p->wrong) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s, byte %zu: %s", what, (size_t)(p->at - p->begin), p->wrong);
}

/* ---- writing ---- */

static size_t encode(unsigned char out[10], uint64_t value) {
    size_t n = 0;
    for (; value > 0x7f; value >>= 7) out[n++] = (unsigned char)(value | 0x80);
    out[n++] = (unsigned char)value;
    return n;
}

void protobuf_put_varint(strbuf *out, uint64_t value) {
    unsigned char bytes[10];
    strbuf_put(out, (char *)bytes, encode(bytes, value));
}

static void put_tag(strbuf *out, uint32_t field, protobuf_type type) {
    protobuf_put_varint(out, (uint64_t)field << 3 | type);
}

void protobuf_put_number(strbuf *out, uint32_t field, uint64_t value) {
    if (!value) return;
    put_tag(out, field, PROTOBUF_VARINT);
    protobuf_put_varint(out, value);
}

void protobuf_put_bytes(strbuf *out, uint32_t field, const void *bytes, size_t length) {
    put_tag(out, field, PROTOBUF_BYTES);
    protobuf_put_varint(out, length);
    if (length) strbuf_put(out, bytes, length);
}

void protobuf_put_text(strbuf *out, uint32_t field, const char *text) {
    if (*text) protobuf_put_bytes(out, field, text, strlen(text));
}

/* The length is written when it is known, in five bytes, which readers take for any length. */
enum { LENGTH_BYTES = 5 };

size_t protobuf_open(strbuf *out, uint32_t field) {
    put_tag(out, field, PROTOBUF_BYTES);
    strbuf_put(out, "\x80\x80\x80\x80", LENGTH_BYTES);
    return out->length;
}

void protobuf_close(strbuf *out, size_t opened) {
    if (out->failed) return;
    unsigned char *at = (unsigned char *)out->data + opened - LENGTH_BYTES;
    const size_t length = out->length - opened;
    for (int i = 0; i < LENGTH_BYTES; i++)
        at[i] = (unsigned char)((length >> 7 * i & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
}
