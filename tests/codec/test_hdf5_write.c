/* Writing HDF5. That h5py and h5dump read it is shown by tests/interop/test_hdf5.py; that the bytes
 * are read back, and what is refused, here. */
#include "hdf5_support.h"

static h5_writer *new_writer(void) {
    mica_error err = {0};
    h5_writer *writer;
    ASSERT_OK(h5_writer_open(&writer, &err));
    return writer;
}

TEST(written_numbers_are_read_back) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    float weights[6] = {1, -2, 3.5f, 4, 5, 6};
    float back[6];
    uint8_t flags[3] = {1, 0, 1};
    int64_t step = INT64_MIN, found;
    h5_type type;
    h5_space space;
    ASSERT_OK(h5_write_dataset(writer, "/model_weights/dense/dense/kernel:0", MICA_FLOAT32, 2,
                               (int64_t[]){2, 3}, weights, &err));
    ASSERT_OK(h5_write_dataset(writer, "/flags", MICA_BOOL, 1, (int64_t[]){3}, flags, &err));
    ASSERT_OK(h5_write_dataset(writer, "/step", MICA_INT64, 0, NULL, &step, &err));
    ASSERT_OK(h5_write_dataset(writer, "/none", MICA_FLOAT16, 2, (int64_t[]){0, 4}, NULL, &err));
    ASSERT_OK(h5_write_group(writer, "/empty group", &err));
    blob b = finish(writer);
    h5_file *file = open_bytes(&b);
    ASSERT_OK(h5_read(object_of(file, "/model_weights/dense/dense/kernel:0"), MICA_FLOAT32, back,
                      sizeof back, &err));
    assert_memory_equal(back, weights, sizeof back);
    ASSERT_OK(h5_dataset(object_of(file, "/flags"), &type, &space, &err));
    assert_int_equal(type.dtype, MICA_BOOL);
    ASSERT_OK(h5_read(object_of(file, "/step"), MICA_INT64, &found, sizeof found, &err));
    assert_true(found == step);
    ASSERT_OK(h5_dataset(object_of(file, "/none"), &type, &space, &err));
    assert_true(type.dtype == MICA_FLOAT16 && space.rank == 2 && space.dims[1] == 4 &&
                !space.elements);
    assert_true(h5_is_group(object_of(file, "/empty group")));
    h5_close(&file);
    h5_writer_close(&writer);
    free(b.at);
}

TEST(every_dtype_keeps_its_type_and_bits) {
    mica_error err = {0};
    uint64_t data[4] = {0x3f80c0003f8040c0, 0x0102030405060708, 0x1112131415161718,
                        0x2122232425262728},
             back[4];
    h5_writer *writer = new_writer();
    char path[32];
    for (int dtype = 0; dtype < MICA_STRING; dtype++) {
        if (dtype == MICA_BOOL) continue;
        snprintf(path, sizeof path, "/%s", mica_dtype_name((mica_dtype)dtype));
        ASSERT_OK(h5_write_dataset(writer, path, (mica_dtype)dtype, 1, (int64_t[]){4}, data, &err));
    }
    blob b = finish(writer);
    h5_file *file = open_bytes(&b);
    for (int dtype = 0; dtype < MICA_STRING; dtype++) {
        if (dtype == MICA_BOOL) continue;
        h5_type type;
        h5_space space;
        size_t size = 4 * mica_dtype_size((mica_dtype)dtype);
        snprintf(path, sizeof path, "/%s", mica_dtype_name((mica_dtype)dtype));
        ASSERT_OK(h5_dataset(object_of(file, path), &type, &space, &err));
        assert_int_equal(type.dtype, dtype);
        ASSERT_OK(h5_read(object_of(file, path), (mica_dtype)dtype, back, size, &err));
        assert_memory_equal(back, data, size);
    }
    h5_close(&file);
    h5_writer_close(&writer);
    free(b.at);
}

TEST(attributes_are_read_back) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    h5_texts texts;
    const char *text;
    double numbers[2];
    size_t large = 3 << 20;
    char *config = malloc(large + 1);
    memset(config, 'x', large);
    config[large] = 0;
    ASSERT_OK(h5_write_text(writer, "/", "model_config", config, &err));
    ASSERT_OK(h5_write_text(writer, "/", "keras_version", "2.15.0", &err));
    ASSERT_OK(h5_write_text(writer, "/", "nothing", "", &err));
    ASSERT_OK(h5_write_text(writer, "/", "größe", "ü", &err));
    ASSERT_OK(h5_write_group(writer, "/model_weights", &err));
    ASSERT_OK(h5_write_texts(writer, "/model_weights", "layer_names",
                             (const char *[]){"a", "longer", ""}, 3, &err));
    ASSERT_OK(h5_write_texts(writer, "/model_weights", "none", NULL, 0, &err));
    ASSERT_OK(h5_write_numbers(writer, "/model_weights", "pair", MICA_FLOAT32, 1, (int64_t[]){2},
                               (float[]){1.5f, -2}, &err));
    blob b = finish(writer);
    h5_file *file = open_bytes(&b);
    h5_object *root = object_of(file, "/"), *weights = object_of(file, "/model_weights");
    ASSERT_OK(h5_attribute_text(root, "model_config", &text, &err));
    assert_string_equal(text, config);
    ASSERT_OK(h5_attribute_text(root, "keras_version", &text, &err));
    assert_string_equal(text, "2.15.0");
    ASSERT_OK(h5_attribute_text(root, "nothing", &text, &err));
    assert_string_equal(text, "");
    ASSERT_OK(h5_attribute_text(root, "größe", &text, &err));
    assert_string_equal(text, "ü");
    ASSERT_OK(h5_attribute_texts(weights, "layer_names", &texts, &err));
    assert_int_equal(texts.count, 3);
    assert_string_equal(texts.at[1], "longer");
    assert_string_equal(texts.at[2], "");
    ASSERT_OK(h5_attribute_texts(weights, "none", &texts, &err));
    assert_int_equal(texts.count, 0);
    ASSERT_OK(h5_attribute_numbers(weights, "pair", MICA_FLOAT64, numbers, 2, &err));
    assert_true(numbers[0] == 1.5 && numbers[1] == -2);
    h5_close(&file);
    h5_writer_close(&writer);
    free(b.at);
    free(config);
}

TEST(groups_of_thousands_are_found_by_name) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    char path[64];
    static int32_t numbers[9000];
    for (int i = 0; i < 9000; i++) { /* 1,125 tables, 36 leaves, one node above */
        numbers[i] = i;
        snprintf(path, sizeof path, "/layers/%d", i * 7919 % 9000);
        ASSERT_OK(
            h5_write_dataset(writer, path, MICA_INT32, 0, NULL, &numbers[i * 7919 % 9000], &err));
    }
    blob b = finish(writer);
    h5_file *file = open_bytes(&b);
    const h5_link *links;
    size_t count;
    ASSERT_OK(h5_links(object_of(file, "/layers"), H5_BY_NAME, &links, &count, &err));
    assert_int_equal(count, 9000);
    for (int i = 0; i < 9000; i++) {
        int32_t found;
        snprintf(path, sizeof path, "/layers/%d", i);
        ASSERT_OK(h5_read(object_of(file, path), MICA_INT32, &found, sizeof found, &err));
        assert_int_equal(found, i);
    }
    h5_close(&file);
    h5_writer_close(&writer);
    free(b.at);
}

static blob small_file(bool reversed) {
    mica_error err = {0};
    static const float data[4] = {1, 2, 3, 4};
    h5_writer *writer = new_writer();
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(h5_write_dataset(writer, i == reversed ? "/a/x" : "/b/y", MICA_FLOAT32, 1,
                                   (int64_t[]){4}, data, &err));
        ASSERT_OK(h5_write_text(writer, "/", i == reversed ? "one" : "two", "text", &err));
    }
    blob b = finish(writer), again = finish(writer);
    assert_int_equal(b.size, again.size);
    assert_memory_equal(b.at, again.at, b.size);
    free(again.at);
    h5_writer_close(&writer);
    return b;
}

TEST(bytes_do_not_depend_on_the_order_of_calls) {
    blob a = small_file(false), b = small_file(true);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.at, b.at, a.size);
    free(a.at);
    free(b.at);
}

TEST(attribute_above_64_kib_is_refused_with_the_way_out) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    static double numbers[8192];
    ASSERT_FAILS(
        h5_write_numbers(writer, "/", "many", MICA_FLOAT64, 1, (int64_t[]){8192}, numbers, &err),
        MICA_VALUE, "attribute \"many\" takes 65592 bytes, HDF5 allows 65528 (split it)");
    ASSERT_OK(
        h5_write_numbers(writer, "/", "many", MICA_FLOAT64, 1, (int64_t[]){8184}, numbers, &err));
    blob b = finish(writer);
    h5_file *file = open_bytes(&b);
    ASSERT_OK(
        h5_attribute_numbers(object_of(file, "/"), "many", MICA_FLOAT64, numbers, 8184, &err));
    h5_close(&file);
    h5_writer_close(&writer);
    free(b.at);
}

TEST(names_that_clash_are_refused) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    float x = 1;
    ASSERT_OK(h5_write_dataset(writer, "/a/x", MICA_FLOAT32, 0, NULL, &x, &err));
    ASSERT_FAILS(h5_write_dataset(writer, "/a/x", MICA_FLOAT32, 0, NULL, &x, &err), MICA_VALUE,
                 "\"/a/x\": is there already");
    ASSERT_FAILS(h5_write_dataset(writer, "/a/x/y", MICA_FLOAT32, 0, NULL, &x, &err), MICA_VALUE,
                 "\"x\" is a dataset");
    ASSERT_FAILS(h5_write_group(writer, "/a/x", &err), MICA_VALUE, "is a dataset already");
    ASSERT_OK(h5_write_group(writer, "/a", &err));
    ASSERT_FAILS(h5_write_group(writer, "a", &err), MICA_VALUE, "begins with /");
    ASSERT_FAILS(h5_write_group(writer, "/a//b", &err), MICA_VALUE, "empty");
    ASSERT_FAILS(h5_write_group(writer, "/a/", &err), MICA_VALUE, "empty");
    ASSERT_FAILS(h5_write_group(writer, "/./b", &err), MICA_VALUE, "\".\"");
    ASSERT_OK(h5_write_text(writer, "/a", "name", "one", &err));
    ASSERT_FAILS(h5_write_text(writer, "/a", "name", "two", &err), MICA_VALUE,
                 "attribute \"name\" is there already");
    ASSERT_FAILS(h5_write_text(writer, "/b", "name", "two", &err), MICA_NAME,
                 "\"/b\": was not made");
    ASSERT_FAILS(h5_write_dataset(writer, "/c", MICA_FLOAT32, 1, (int64_t[]){-1}, &x, &err),
                 MICA_SHAPE, "dim 0 is -1");
    ASSERT_FAILS(
        h5_write_dataset(writer, "/c", MICA_FLOAT32, 2, (int64_t[]){INT64_MAX, 9}, &x, &err),
        MICA_SHAPE, "dim");
    h5_writer_close(&writer);
    assert_null(writer);
}

static mica_status full_disk(void *context, const void *from, size_t size, mica_error *err) {
    size_t *left = context;
    (void)from;
    if (size > *left) return MICA_IO;
    *left -= size;
    (void)err;
    return MICA_OK;
}

TEST(error_of_the_sink_ends_the_writing) {
    mica_error err = {0};
    h5_writer *writer = new_writer();
    static const float data[100];
    uint64_t size;
    ASSERT_OK(h5_write_dataset(writer, "/x", MICA_FLOAT32, 1, (int64_t[]){100}, data, &err));
    ASSERT_OK(h5_writer_size(writer, &size, &err));
    for (size_t left = 0; left < size; left += 50) {
        size_t room = left;
        assert_int_equal(h5_writer_finish(writer, full_disk, &room, &err), MICA_IO);
    }
    size_t room = size;
    ASSERT_OK(h5_writer_finish(writer, full_disk, &room, &err));
    assert_int_equal(room, 0);
    h5_writer_close(&writer);
}

RUN_TESTS(UNIT(written_numbers_are_read_back), UNIT(every_dtype_keeps_its_type_and_bits),
          UNIT(attributes_are_read_back), UNIT(groups_of_thousands_are_found_by_name),
          UNIT(bytes_do_not_depend_on_the_order_of_calls),
          UNIT(attribute_above_64_kib_is_refused_with_the_way_out),
          UNIT(names_that_clash_are_refused), UNIT(error_of_the_sink_ends_the_writing))
