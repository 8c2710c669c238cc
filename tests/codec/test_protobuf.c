/* Protocol Buffers: what is written is read, and no cut or hostile bytes are read beyond. */
#include "codec/protobuf.h"
#include "support/testing.h"

static strbuf message(void) {
    strbuf out = {0};
    protobuf_put_number(&out, 1, 300);
    protobuf_put_text(&out, 2, "abc");
    protobuf_put_text(&out, 3, "");
    const size_t inner = protobuf_open(&out, 4);
    protobuf_put_varint(&out, UINT64_MAX);
    protobuf_put_varint(&out, 0);
    protobuf_close(&out, inner);
    strbuf_put(&out, "\x2d\x01\0\0\x80\x31\x01\0\0\0\0\0\0\x80", 14); /* 5: 32 bits, 6: 64 */
    return out;
}

TEST(fields_are_read_as_they_were_written) {
    strbuf m = message();
    protobuf p = protobuf_of(m.data, m.length);
    assert_true(protobuf_next(&p) && protobuf_is(&p, 1, PROTOBUF_VARINT) && p.number == 300);
    assert_memory_equal(m.data,
                        "\x08\xac\x02\x12\x03"
                        "abc",
                        8);
    assert_true(protobuf_next(&p) && protobuf_is(&p, 2, PROTOBUF_BYTES) && p.length == 3);
    assert_true(protobuf_next(&p) && protobuf_is(&p, 4, PROTOBUF_BYTES));
    protobuf packed = protobuf_packed(&p);
    uint64_t n;
    assert_true(protobuf_number(&packed, PROTOBUF_VARINT, &n) && n == UINT64_MAX);
    assert_true(protobuf_number(&packed, PROTOBUF_VARINT, &n) && n == 0);
    assert_false(protobuf_number(&packed, PROTOBUF_VARINT, &n));
    assert_null(packed.wrong);
    assert_true(protobuf_next(&p) && protobuf_is(&p, 5, PROTOBUF_32) && p.number == 0x80000001u);
    assert_true(protobuf_next(&p) && p.field == 6 && p.number == 0x8000000000000001u);
    assert_false(protobuf_next(&p));
    assert_null(p.wrong);
    strbuf_free(&m);
}

TEST(every_cut_ends_in_order_or_is_told) {
    strbuf m = message();
    const size_t ends[] = {0, 3, 8, 25, 30, 39}; /* of the fields */
    size_t next = 0;
    assert_int_equal(m.length, ends[LENGTH(ends) - 1]);
    for (size_t length = 0; length <= m.length; length++) {
        mica_error err = {0};
        char *copy = malloc(length + 1); /* so that sanitizers see what is read beyond */
        memcpy(copy, m.data, length);
        copy = realloc(copy, length ? length : 1);
        protobuf p = protobuf_of(copy, length);
        while (protobuf_next(&p)) {
        }
        const bool whole = length == ends[next];
        next += whole;
        if (whole) ASSERT_OK(protobuf_check(&p, "m", &err));
        else ASSERT_FAILS(protobuf_check(&p, "m", &err), MICA_FORMAT, "m, byte ");
        free(copy);
    }
    strbuf_free(&m);
}

static void refuses(const char *bytes, size_t length, const char *text) {
    mica_error err = {0};
    protobuf p = protobuf_of(bytes, length);
    while (protobuf_next(&p)) {
    }
    ASSERT_FAILS(protobuf_check(&p, "m", &err), MICA_FORMAT, text);
}

TEST(hostile_bytes_are_refused) {
    refuses("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, "more than 64 bits");
    refuses("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12, "more than 64 bits");
    refuses("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "goes beyond");
    refuses("\x00\x01", 2, "no field has that number");
    refuses("\x0b", 1, "no field has that type");
    refuses("\x80\x80\x80\x80\x80\x01\x01", 7, "no field has that number");
}

RUN_TESTS(UNIT(fields_are_read_as_they_were_written), UNIT(every_cut_ends_in_order_or_is_told),
          UNIT(hostile_bytes_are_refused))
