/* zip and npz against archives that NumPy and Python made, and read back by mica. */
#include "codec/npz.h"

#include "support/folder.h"

#define DATA "tests/recorded/data/npz/"

static void expect_x(const char *path) {
    mica_error err = {0};
    zip z;
    array_bytes a;
    ASSERT_OK(zip_open(&z, path, &err));
    ASSERT_OK(npz_read(&z, "x", &a, &err));
    assert_int_equal(a.dtype, MICA_UINT8);
    assert_int_equal(shape_size(&a.shape), 30);
    for (int i = 0; i < 30; i++)
        assert_int_equal(((unsigned char *)a.bytes->data + a.offset)[i], i);
    buffer_drop(a.bytes);
    ASSERT_OK(npz_read(&z, "y", &a, &err));
    assert_int_equal(a.dtype, MICA_INT64);
    for (int i = 0; i < 5; i++) {
        int64_t label;
        memcpy(&label, (char *)a.bytes->data + a.offset + i * 8, 8);
        assert_int_equal(label, i);
    }
    buffer_drop(a.bytes);
    zip_close(&z);
}

TEST(zip_reads_stored_deflated_and_zip64) {
    expect_x(DATA "stored.npz");
    expect_x(DATA "deflated.npz");
    expect_x(DATA "zip64.npz");
}

TEST(npz_names_an_array_that_is_not_there) {
    mica_error err = {0};
    zip z;
    array_bytes a;
    ASSERT_OK(zip_open(&z, DATA "stored.npz", &err));
    assert_true(npz_has(&z, "x"));
    assert_false(npz_has(&z, "z"));
    ASSERT_FAILS(npz_read(&z, "z", &a, &err), MICA_NAME, "stored.npz: array z is not in it");
    zip_close(&z);
}

/* Opens and reads every member; an error is fine, a crash is not. How many could be read. */
static size_t read_all(const unsigned char *bytes, size_t size) {
    zip z;
    size_t good = 0;
    if (zip_open_memory(&z, bytes, size, "z", NULL) != MICA_OK) return 0;
    for (size_t i = 0; i < z.count; i++) {
        buffer *b;
        if (zip_read(&z, &z.member[i], &b, NULL) != MICA_OK) continue;
        good++;
        buffer_drop(b);
    }
    zip_close(&z);
    return good;
}

TEST(zip_cut_short_is_refused) {
    size_t size;
    unsigned char *bytes = get_file(DATA "deflated.npz", &size);
    assert_int_equal(read_all(bytes, size), 2);
    for (size_t n = 0; n < size; n++) assert_int_equal(read_all(bytes, n), 0);
    free(bytes);
}

TEST(zip_with_a_flipped_bit_gives_an_error_or_the_same_bytes) {
    static const char *const files[] = {DATA "stored.npz", DATA "deflated.npz", DATA "zip64.npz"};
    for (size_t f = 0; f < LENGTH(files); f++) {
        size_t size;
        unsigned char *bytes = get_file(files[f], &size);
        for (size_t i = 0; i < size * 8; i++) {
            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
            read_all(bytes, size);
            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        }
        free(bytes);
    }
}

TEST(zip_names_the_damaged_member) {
    mica_error err = {0};
    size_t size;
    zip z;
    buffer *b;
    unsigned char *bytes = get_file(DATA "stored.npz", &size);
    bytes[200] ^= 1; /* among the elements of x */
    ASSERT_OK(zip_open_memory(&z, bytes, size, "broken.npz", &err));
    ASSERT_FAILS(zip_read(&z, zip_find(&z, "x.npy"), &b, &err), MICA_FORMAT,
                 "broken.npz: member x.npy is damaged: its CRC");
    zip_close(&z);
    free(bytes);
}

static void put32(unsigned char *at, uint32_t v) {
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(v >> 8 * i);
}

/* The directory entry of the only member begins at 35 + size in these archives. */
TEST(zip_does_not_believe_a_size_that_the_bytes_cannot_hold) {
    mica_error err = {0};
    zip_writer w;
    zip z;
    size_t size;
    ASSERT_OK(zip_begin(&w, in_folder("lie.zip"), &err));
    ASSERT_OK(zip_add(&w, "a.txt", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 39, true, &err));
    ASSERT_OK(zip_commit(&w, &err));
    unsigned char *bytes = get_file(in_folder("lie.zip"), &size);
    unsigned char *entry = bytes + size - 22 - 51;
    assert_memory_equal(entry, "PK\1\2", 4);
    put32(entry + 24, 4000000000u);
    ASSERT_FAILS(zip_open_memory(&z, bytes, size, "lie.zip", &err), MICA_FORMAT,
                 "member a.txt claims 4000000000 bytes");
    put32(entry + 24, 39);
    entry[8] |= 1;
    ASSERT_FAILS(zip_open_memory(&z, bytes, size, "lie.zip", &err), MICA_UNSUPPORTED,
                 "a.txt is encrypted");
    entry[8] &= 0xfe, entry[10] = 12;
    ASSERT_FAILS(zip_open_memory(&z, bytes, size, "lie.zip", &err), MICA_UNSUPPORTED,
                 "packed by method 12");
    ASSERT_FAILS(zip_open(&z, DATA "../images/rgb.png", &err), MICA_FORMAT,
                 "rgb.png: not a zip archive");
    free(bytes);
}

TEST(zip_written_is_read_back) {
    mica_error err = {0};
    zip_writer w;
    zip z;
    buffer *b;
    unsigned char noise[5000], *large = calloc(1, 1 << 20);
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
    ASSERT_OK(zip_begin(&w, in_folder("w.zip"), &err));
    ASSERT_OK(zip_add(&w, "empty", "", 0, true, &err));
    ASSERT_OK(zip_add(&w, "noise", noise, sizeof noise, true, &err));
    ASSERT_OK(zip_add(&w, "a/b/zeros \xc3\xa9", large, 1 << 20, true, &err));
    ASSERT_OK(zip_add(&w, "stored", large, 1 << 20, false, &err));
    ASSERT_OK(zip_commit(&w, &err));
    ASSERT_OK(zip_open(&z, in_folder("w.zip"), &err));
    assert_int_equal(z.count, 4);
    assert_int_equal(z.member[1].method, 0); /* noise does not shrink */
    assert_int_equal(z.member[2].method, 8);
    assert_true(z.member[2].packed < 5000);
    assert_int_equal(z.member[3].method, 0);
    const size_t sizes[] = {0, sizeof noise, 1 << 20, 1 << 20};
    for (size_t i = 0; i < 4; i++) {
        ASSERT_OK(zip_read(&z, &z.member[i], &b, &err));
        assert_int_equal(b->bytes, sizes[i]);
        assert_memory_equal(b->data, i == 1 ? noise : large, sizes[i]);
        buffer_drop(b);
    }
    zip_close(&z);
    free(large);
}

TEST(npz_written_is_read_back) {
    mica_error err = {0};
    zip_writer w;
    zip z;
    array_bytes a;
    float values[6] = {1, 2, 3, 4, 5, -6.5f};
    ASSERT_OK(zip_begin(&w, in_folder("w.npz"), &err));
    ASSERT_OK(npz_add(&w, "weights", MICA_FLOAT32, &(shape){2, {3, 2}}, values, true, &err));
    ASSERT_OK(zip_commit(&w, &err));
    ASSERT_OK(zip_open(&z, in_folder("w.npz"), &err));
    ASSERT_OK(npz_read(&z, "weights", &a, &err));
    assert_memory_equal((char *)a.bytes->data + a.offset, values, sizeof values);
    buffer_drop(a.bytes);
    zip_close(&z);
}

RUN_TESTS(UNIT(zip_reads_stored_deflated_and_zip64), UNIT(npz_names_an_array_that_is_not_there),
          UNIT(zip_cut_short_is_refused),
          UNIT(zip_with_a_flipped_bit_gives_an_error_or_the_same_bytes),
          UNIT(zip_names_the_damaged_member),
          UNIT(zip_does_not_believe_a_size_that_the_bytes_cannot_hold),
          UNIT(zip_written_is_read_back), UNIT(npz_written_is_read_back))
