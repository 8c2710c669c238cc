/* Protocol Buffers on the wire: fields one after the other, nothing copied, nothing allocated.
 * Source: protobuf.dev, "Encoding". Groups, which proto3 has not, are refused. */
#ifndef CODEC_PROTOBUF_H
#define CODEC_PROTOBUF_H

#include "base/strbuf.h"

typedef enum protobuf_type {
    PROTOBUF_VARINT = 0,
    PROTOBUF_64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_32 = 5
} protobuf_type;

/* A message that is read; `field` and what follows are of the field that was read last. */
typedef struct protobuf {
    const unsigned char *at, *end, *begin;
    const char *wrong; /* what is broken at `at`; NULL: nothing */
    uint32_t field;
    protobuf_type type;
    uint64_t number;            /* of varints and of what has 32 or 64 bits */
    const unsigned char *bytes; /* of texts, bytes, messages, packed numbers */
    size_t length;
} protobuf;

protobuf protobuf_of(const void *bytes, size_t length);
/* The next field; false: there is none, or the message is broken. */
bool protobuf_next(protobuf *p);
/* Whether the field that was read is that one, of that type. */
bool protobuf_is(const protobuf *p, uint32_t field, protobuf_type type);
/* The message that is the field's value. */
protobuf protobuf_inside(const protobuf *p);
/* Numbers that were packed into the field, or the field's own: begins, then one after the other. */
protobuf protobuf_packed(const protobuf *p);
bool protobuf_number(protobuf *p, protobuf_type type, uint64_t *value);
/* OK, or FORMAT with the place of what is wrong. */
mica_status protobuf_check(const protobuf *p, const char *what, mica_error *err);

void protobuf_put_varint(strbuf *out, uint64_t value);
/* A field of its own; 0 and "" are left out, as proto3 does. */
void protobuf_put_number(strbuf *out, uint32_t field, uint64_t value);
void protobuf_put_text(strbuf *out, uint32_t field, const char *text);
/* Bytes, even where there are none. */
void protobuf_put_bytes(strbuf *out, uint32_t field, const void *bytes, size_t length);
/* What is put between them is the field's message; open's result is close's argument. */
size_t protobuf_open(strbuf *out, uint32_t field);
void protobuf_close(strbuf *out, size_t opened);

#endif
