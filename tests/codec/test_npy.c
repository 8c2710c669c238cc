/* npy against files that NumPy made (tools/make_data_golden.py). */
#include "codec/npy.h"

#include "support/folder.h"

#define DATA "tests/recorded/data/npy/"

/* 0, 1, 2 …, less 3 for signed types, modulo 2 for booleans. */
static void expect_ramp(const array_bytes *a) {
    const char *bytes = (const char *)a->bytes->data + a->offset;
    for (int64_t i = 0; i < shape_size(&a->shape); i++) {
        double value = dtype_load(a->dtype, bytes + (size_t)i * mica_dtype_size(a->dtype));
        char kind = dtype_kind(a->dtype);
        assert_true(value == (kind == 'b'   ? (double)(i % 2)
                              : kind == 'u' ? (double)i
                                            : (double)i - 3));
    }
}

static void read_ramp(const char *path, mica_dtype dtype, const char *shape_text) {
    mica_error err = {0};
    array_bytes a;
    char text[128];
    ASSERT_OK(npy_read(path, &a, &err));
    shape_format(&a.shape, text);
    assert_string_equal(text, shape_text);
    assert_int_equal(a.dtype, dtype);
    expect_ramp(&a);
    buffer_drop(a.bytes);
}

TEST(npy_reads_every_dtype_in_both_byte_orders) {
    static const struct {
        const char *name;
        mica_dtype dtype;
    } types[] = {{"f4", MICA_FLOAT32}, {"f8", MICA_FLOAT64}, {"f2", MICA_FLOAT16},
                 {"i1", MICA_INT8},    {"i2", MICA_INT16},   {"i4", MICA_INT32},
                 {"i8", MICA_INT64},   {"u1", MICA_UINT8},   {"u2", MICA_UINT16},
                 {"u4", MICA_UINT32},  {"u8", MICA_UINT64},  {"b1", MICA_BOOL}};
    for (size_t i = 0; i < LENGTH(types); i++)
        for (int big = 0; big < 2; big++) {
            char path[128];
            snprintf(path, sizeof path, DATA "%s_%s.npy", types[i].name, big ? "big" : "little");
            read_ramp(path, types[i].dtype, "(2, 3)");
        }
}

TEST(npy_reads_fortran_order_and_every_version) {
    read_ramp(DATA "fortran.npy", MICA_INT32, "(2, 3, 4)");
    read_ramp(DATA "fortran_big.npy", MICA_FLOAT64, "(4, 1, 3)");
    read_ramp(DATA "version2.npy", MICA_FLOAT32, "(2, 3)");
    read_ramp(DATA "version3.npy", MICA_FLOAT32, "(2, 3)");
    read_ramp(DATA "empty.npy", MICA_FLOAT32, "(0, 5)");
    read_ramp(DATA "rank8.npy", MICA_UINT8, "(1, 2, 1, 2, 1, 2, 1, 2)");
}

TEST(npy_reads_a_scalar) {
    mica_error err = {0};
    array_bytes a;
    ASSERT_OK(npy_read(DATA "scalar.npy", &a, &err));
    assert_int_equal(a.shape.rank, 0);
    assert_true(dtype_load(a.dtype, (char *)a.bytes->data + a.offset) == 7.5);
    buffer_drop(a.bytes);
}

TEST(npy_refuses_what_is_no_array_of_numbers) {
    mica_error err = {0};
    array_bytes a;
    ASSERT_FAILS(npy_read(DATA "complex.npy", &a, &err), MICA_UNSUPPORTED,
                 "complex.npy: dtype '<c8'");
    ASSERT_FAILS(npy_read(DATA "structured.npy", &a, &err), MICA_UNSUPPORTED, "structured array");
    ASSERT_FAILS(npy_read(DATA "object.npy", &a, &err), MICA_UNSUPPORTED, "Python objects");
    ASSERT_FAILS(npy_read(DATA "rank9.npy", &a, &err), MICA_UNSUPPORTED, "more than 8 axes");
    ASSERT_FAILS(npy_read(DATA "../images/rgb.png", &a, &err), MICA_FORMAT, "not an npy file");
    ASSERT_FAILS(npy_read(DATA "absent.npy", &a, &err), MICA_IO, "absent.npy");
}

TEST(npy_reads_texts) {
    static const char *const names[] = {"text", "text_big", "text_fortran", "text_bytes"};
    static const char *const texts[] = {"ab", "", "\u4e2d\u6587", "a\u00e9", "\U0001f600", "z z"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        mica_error err = {0};
        array_bytes a;
        char path[128], text[128];
        snprintf(path, sizeof path, DATA "%s.npy", names[i]);
        ASSERT_OK(npy_read(path, &a, &err));
        shape_format(&a.shape, text);
        assert_string_equal(text, "(2, 3)");
        assert_int_equal(a.dtype, MICA_STRING);
        const mica_string *found = (const mica_string *)a.bytes->data;
        for (size_t k = 0; k < LENGTH(texts); k++) {
            assert_int_equal(found[k].size, strlen(texts[k]));
            assert_memory_equal(found[k].bytes, texts[k], found[k].size);
        }
        buffer_drop(a.bytes);
    }
}

TEST(npy_refuses_texts_that_are_none) {
    mica_error err = {0};
    array_bytes a;
    size_t size;
    unsigned char *bytes = get_file(DATA "text.npy", &size);
    bytes[size - 72 + 1] = 0xd8; /* the first letter: half of a pair of UTF-16 */
    put_file(in_folder("half.npy"), bytes, size);
    ASSERT_FAILS(npy_read(in_folder("half.npy"), &a, &err), MICA_FORMAT,
                 "half.npy: text 0 has 0xD861 at place 0, which is no letter of Unicode");
    put_file(in_folder("half.npy"), bytes, size - 1);
    ASSERT_FAILS(npy_read(in_folder("half.npy"), &a, &err), MICA_FORMAT,
                 "cut short: 71 bytes of data, expected (2, 3) of string");
    free(bytes);
}

TEST(npy_writes_texts_as_numpy_does) {
    static const char *const words[] = {"ab", "", "\u4e2d\u6587", "a\u00e9", "\U0001f600", "z z"};
    mica_error err = {0};
    mica_string texts[6];
    size_t size, expected_size;
    for (size_t i = 0; i < 6; i++) texts[i] = (mica_string){words[i], strlen(words[i])};
    ASSERT_OK(npy_write(in_folder("t.npy"), MICA_STRING, &(shape){2, {2, 3}}, texts, &err));
    unsigned char *bytes = get_file(in_folder("t.npy"), &size),
                  *expected = get_file(DATA "text.npy", &expected_size);
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    free(expected);
    array_bytes a; /* nothing but empty texts: one letter wide, as NumPy's */
    ASSERT_OK(npy_write(in_folder("t.npy"), MICA_STRING, &(shape){1, {1}}, texts + 1, &err));
    ASSERT_OK(npy_read(in_folder("t.npy"), &a, &err));
    assert_int_equal(((const mica_string *)a.bytes->data)->size, 0);
    buffer_drop(a.bytes);
    ASSERT_OK(npy_write(in_folder("t.npy"), MICA_STRING, &(shape){1, {0}}, texts, &err));
    texts[1] = (mica_string){"a\xff", 2};
    ASSERT_FAILS(npy_write(in_folder("u.npy"), MICA_STRING, &(shape){1, {3}}, texts, &err),
                 MICA_VALUE, "u.npy: text 1 has 0xff at byte 1, which is no UTF-8");
    texts[1] = (mica_string){"a\0", 2};
    ASSERT_FAILS(npy_write(in_folder("u.npy"), MICA_STRING, &(shape){1, {3}}, texts, &err),
                 MICA_VALUE, "u.npy: text 1 ends in a zero byte");
}

TEST(npy_refuses_every_cut) {
    mica_error err = {0};
    array_bytes a;
    size_t size;
    unsigned char *bytes = get_file(DATA "i4_little.npy", &size);
    for (size_t n = 0; n < size; n++) {
        put_file(in_folder("cut.npy"), bytes, n);
        ASSERT_FAILS(npy_read(in_folder("cut.npy"), &a, &err), MICA_FORMAT, "cut.npy: ");
    }
    ASSERT_FAILS(npy_read(in_folder("cut.npy"), &a, &err), MICA_FORMAT,
                 "cut short: 23 bytes of data, expected (2, 3) of int32");
    free(bytes);
}

static mica_status read_header(const char *dict, mica_error *err) {
    unsigned char file[512] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    npy_header h;
    size_t n = strlen(dict);
    file[8] = (unsigned char)n;
    memcpy(file + 10, dict, n);
    return npy_read_header(file, 10 + n, 10 + n + 64, "h", &h, err);
}

TEST(npy_names_what_is_wrong_in_the_header) {
    mica_error err = {0};
    ASSERT_OK(read_header("{'shape': (2, 4L), \"descr\": '<f8','fortran_order':True}", &err));
    ASSERT_FAILS(read_header("{'descr': '<f8', 'fortran_order': False}", &err), MICA_FORMAT,
                 "lacks shape");
    ASSERT_FAILS(read_header("{'descr': '<f8', 'fortran_order': Maybe, 'shape': ()}", &err),
                 MICA_FORMAT, "expected True or False, found 'M'");
    ASSERT_FAILS(read_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", &err),
                 MICA_FORMAT, "expected a whole number, found '-'");
    ASSERT_FAILS(
        read_header("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775808,)}",
                    &err),
        MICA_FORMAT, "too large");
    ASSERT_FAILS(
        read_header("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
                    &err),
        MICA_FORMAT, "cut short");
    ASSERT_FAILS(
        read_header(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}", &err),
        MICA_FORMAT, "cut short");
    ASSERT_FAILS(
        read_header(
            "{'descr': '<U0', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}", &err),
        MICA_FORMAT, "cut short");
    ASSERT_OK(read_header("{'descr': '<U0', 'fortran_order': False, 'shape': (5, 0)}", &err));
    assert_int_equal(shape_size(&(shape){3, {INT64_MAX, 3, 0}}), 0);
    assert_true(shape_size(&(shape){2, {INT64_MAX, 3}}) == INT64_MAX);
    ASSERT_FAILS(read_header("{'descr': '<f8', 'order': 1}", &err), MICA_FORMAT,
                 "unknown key 'order'");
    ASSERT_FAILS(read_header("{'descr': ", &err), MICA_FORMAT, "damaged");
}

TEST(npy_written_is_as_numpy_writes_it) {
    mica_error err = {0};
    size_t size, expected_size;
    int32_t values[6] = {-3, -2, -1, 0, 1, 2};
    const char *path = in_folder("written.npy");
    ASSERT_OK(npy_write(path, MICA_INT32, &(shape){2, {2, 3}}, values, &err));
    unsigned char *bytes = get_file(path, &size),
                  *expected = get_file(DATA "i4_little.npy", &expected_size);
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    free(expected);
}

TEST(npy_written_is_read_back_for_every_dtype_and_rank) {
    mica_error err = {0};
    unsigned char values[4096];
    for (size_t i = 0; i < sizeof values; i++) values[i] = (unsigned char)(i * 37 % 2);
    for (mica_dtype d = 0; d < MICA_STRING; d++)
        for (int rank = 0; rank <= MAX_RANK; rank++) {
            shape s = {rank, {3, 1, 2, 1, 1, 5, 1, 1}};
            array_bytes a;
            ASSERT_OK(npy_write(in_folder("again.npy"), d, &s, values, &err));
            ASSERT_OK(npy_read(in_folder("again.npy"), &a, &err));
            assert_int_equal(a.dtype, d);
            assert_true(shape_equal(&a.shape, &s));
            assert_int_equal(a.offset % 64, 0);
            assert_memory_equal((char *)a.bytes->data + a.offset, values,
                                (size_t)shape_size(&s) * mica_dtype_size(d));
            buffer_drop(a.bytes);
        }
}

RUN_TESTS(UNIT(npy_reads_every_dtype_in_both_byte_orders),
          UNIT(npy_reads_fortran_order_and_every_version), UNIT(npy_reads_a_scalar),
          UNIT(npy_refuses_what_is_no_array_of_numbers), UNIT(npy_reads_texts),
          UNIT(npy_refuses_texts_that_are_none), UNIT(npy_writes_texts_as_numpy_does),
          UNIT(npy_refuses_every_cut), UNIT(npy_names_what_is_wrong_in_the_header),
          UNIT(npy_written_is_as_numpy_writes_it),
          UNIT(npy_written_is_read_back_for_every_dtype_and_rank))
