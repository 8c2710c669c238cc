/* Reading HDF5: files that h5py made in the oldest and the newest dialect (hdf5_golden.py). */
#include "hdf5_support.h"

static const char *const dialects[] = {"earliest", "latest"};

static h5_file *open_dialect(const char *kind, size_t dialect) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s", kind, dialects[dialect]);
    return open_golden(name);
}

TEST(keras_files_give_texts_lists_and_weights) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        const char *text;
        h5_texts names;
        h5_file *file = open_dialect("keras", d);
        h5_object *root = object_of(file, "/"), *weights = object_of(file, "model_weights");
        ASSERT_OK(h5_attribute_text(root, "keras_version", &text, &err));
        assert_string_equal(text, "2.15.0");
        ASSERT_OK(h5_attribute_text(root, "model_config", &text, &err));
        assert_string_equal(text, "{\"class_name\": \"Sequential\", \"name\": \"größe\"}");
        ASSERT_OK(h5_attribute_texts(weights, "layer_names", &names, &err));
        assert_int_equal(names.count, 3);
        assert_string_equal(names.at[2], "dense_1");
        ASSERT_OK(h5_attribute_texts(object_of(file, "/model_weights/flatten"), "weight_names",
                                     &names, &err));
        assert_int_equal(names.count, 0);
        assert_golden(file, "/model_weights/conv2d/conv2d/kernel:0", 18);
        assert_golden(file, "/model_weights/dense_1/dense_1/kernel:0", 20);
        h5_close(&file);
    }
}

TEST(path_of_many_parts_is_found_from_a_group) {
    mica_error err = {0};
    h5_file *file = open_golden("keras_latest");
    h5_object *group = object_of(file, "/model_weights/conv2d"), *found, *same;
    ASSERT_OK(h5_find_in(group, "conv2d/bias:0", &found, &err));
    assert_true(h5_is_dataset(found) && !h5_is_group(found));
    assert_string_equal(h5_path(found), "/model_weights/conv2d/conv2d/bias:0");
    ASSERT_OK(h5_find_in(group, "//model_weights/conv2d//conv2d/bias:0", &same, &err));
    assert_ptr_equal(found, same);
    h5_close(&file);
}

TEST(missing_path_names_the_missing_part) {
    mica_error err = {0};
    h5_file *file = open_golden("keras_earliest");
    h5_object *found = NULL;
    ASSERT_FAILS(h5_find(file, "/model_weights/dense_2/kernel", &found, &err), MICA_NAME,
                 "keras_earliest.h5: /model_weights: holds no \"dense_2\"");
    ASSERT_FAILS(h5_find(file, "/optimizer_weights/iteration:0/x", &found, &err), MICA_NAME,
                 "/optimizer_weights/iteration:0: is no group");
    ASSERT_OK(h5_look_in(object_of(file, "/"), "nowhere", &found, &err));
    assert_null(found);
    h5_close(&file);
}

TEST(links_come_in_order_of_names_and_of_creation) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        const h5_link *links;
        size_t count;
        char name[32];
        h5_file *file = open_dialect("many", d);
        h5_object *group = object_of(file, "/links");
        ASSERT_OK(h5_links(group, H5_BY_NAME, &links, &count, &err));
        assert_int_equal(count, 20);
        for (size_t i = 0; i < count; i++) {
            snprintf(name, sizeof name, "member %02zu", i);
            assert_string_equal(links[i].name, name);
        }
        if (d == 0) {
            ASSERT_FAILS(h5_links(group, H5_BY_CREATION, &links, &count, &err), MICA_STATE,
                         "/links: does not track");
        } else {
            ASSERT_OK(h5_links(group, H5_BY_CREATION, &links, &count, &err));
            for (size_t i = 0; i < count; i++) {
                snprintf(name, sizeof name, "member %02zu", i * 7 % 20);
                assert_string_equal(links[i].name, name);
            }
        }
        h5_close(&file);
    }
}

TEST(soft_and_external_links_are_listed_but_not_followed) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        const h5_link *links;
        size_t count;
        h5_object *found;
        h5_file *file = open_dialect("many", d);
        ASSERT_OK(h5_links(object_of(file, "/"), H5_BY_NAME, &links, &count, &err));
        assert_int_equal(count, 4);
        assert_string_equal(links[3].name, "soft");
        assert_int_equal(links[3].kind, H5_SOFT_LINK);
        assert_int_equal(links[2].kind, H5_EXTERNAL_LINK);
        ASSERT_FAILS(h5_find(file, "/soft/member 01", &found, &err), MICA_UNSUPPORTED,
                     "\"soft\" is a link of kind soft");
        ASSERT_FAILS(h5_find(file, "/outside", &found, &err), MICA_UNSUPPORTED, "kind external");
        h5_close(&file);
    }
}

TEST(many_and_large_attributes_are_read) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        const h5_attribute *list, *a;
        const char *text;
        size_t count;
        double numbers[9];
        h5_file *file = open_dialect("many", d);
        h5_object *data = object_of(file, "/attributes");
        ASSERT_OK(h5_attributes(data, &list, &count, &err));
        assert_int_equal(count, 10);
        assert_string_equal(list[0].name, "large");
        ASSERT_OK(h5_attribute_text(data, "large", &text, &err));
        assert_int_equal(strlen(text), 5003);
        assert_string_equal(text + 5000, "end");
        ASSERT_OK(h5_attribute_numbers(data, "number 9", MICA_FLOAT64, numbers, 9, &err));
        for (size_t i = 0; i < 9; i++) assert_true(numbers[i] == (double)i);
        ASSERT_OK(h5_attribute_look(data, "number 4", &a, &err));
        assert_null(a);
        h5_close(&file);
    }
}

TEST(attribute_of_another_kind_is_refused_by_name) {
    mica_error err = {0};
    const char *text;
    double number;
    h5_file *file = open_golden("keras_latest");
    h5_object *root = object_of(file, "/"), *weights = object_of(file, "/model_weights");
    h5_object *data = object_of(file, "/optimizer_weights/iteration:0");
    ASSERT_FAILS(h5_attribute_text(root, "none", &text, &err), MICA_NAME,
                 "/: has no attribute \"none\"");
    ASSERT_FAILS(h5_attribute_text(weights, "layer_names", &text, &err), MICA_SHAPE,
                 "3 strings, expected one");
    ASSERT_FAILS(h5_attribute_numbers(root, "keras_version", MICA_FLOAT64, &number, 1, &err),
                 MICA_TYPE, "attribute \"keras_version\": is string");
    ASSERT_FAILS(h5_attribute_numbers(data, "x", MICA_FLOAT64, &number, 1, &err), MICA_NAME,
                 "iteration:0");
    h5_close(&file);
}

TEST(numbers_of_both_byte_orders_are_equal) {
    static const char *const kinds[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                        "i8", "u1", "u2", "u4", "u8"};
    for (size_t d = 0; d < 2; d++) {
        h5_file *file = open_dialect("types", d);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            char path[32];
            snprintf(path, sizeof path, "/little %s", kinds[i]);
            assert_golden(file, path, 5);
            snprintf(path, sizeof path, "/big %s", kinds[i]);
            assert_golden(file, path, 5);
        }
        h5_close(&file);
    }
}

TEST(scalar_bool_empty_and_null_datasets_are_read) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        h5_type type;
        h5_space space;
        float number = 0;
        uint8_t flags[3];
        h5_file *file = open_dialect("types", d);
        ASSERT_OK(h5_dataset(object_of(file, "/scalar"), &type, &space, &err));
        assert_int_equal(space.rank, 0);
        assert_int_equal(space.elements, 1);
        ASSERT_OK(h5_read(object_of(file, "/scalar"), MICA_FLOAT32, &number, sizeof number, &err));
        assert_true(number == 2.5f);
        ASSERT_OK(h5_dataset(object_of(file, "/bool"), &type, &space, &err));
        assert_int_equal(type.dtype, MICA_BOOL);
        ASSERT_OK(h5_read(object_of(file, "/bool"), MICA_BOOL, flags, 3, &err));
        assert_true(flags[0] && !flags[1] && flags[2]);
        ASSERT_OK(h5_dataset(object_of(file, "/empty"), &type, &space, &err));
        assert_true(space.rank == 2 && space.dims[0] == 0 && space.dims[1] == 3 && !space.elements);
        ASSERT_OK(h5_read(object_of(file, "/empty"), MICA_FLOAT32, &number, 0, &err));
        ASSERT_OK(h5_dataset(object_of(file, "/null"), &type, &space, &err));
        assert_true(space.null && !space.elements);
        h5_close(&file);
    }
}

TEST(strings_of_both_kinds_are_read) {
    for (size_t d = 0; d < 2; d++) {
        mica_error err = {0};
        h5_texts texts;
        h5_file *file = open_dialect("types", d);
        ASSERT_OK(h5_read_texts(object_of(file, "/variable"), &texts, &err));
        assert_int_equal(texts.count, 3);
        assert_string_equal(texts.at[1], "");
        assert_string_equal(texts.at[2], "größer");
        ASSERT_OK(h5_read_texts(object_of(file, "/fixed"), &texts, &err));
        assert_string_equal(texts.at[1], "bcd");
        ASSERT_FAILS(h5_read_texts(object_of(file, "/scalar"), &texts, &err), MICA_TYPE,
                     "is float64, expected string");
        h5_close(&file);
    }
}

TEST(conversion_saturates_and_cuts) {
    mica_error err = {0};
    h5_file *file = open_golden("types_latest");
    h5_object *limits = object_of(file, "/limits"); /* -2^63, -1.5, 0.5, 1e10, NaN, infinity */
    int32_t whole[6];
    uint8_t bytes[6], flags[6];
    ASSERT_OK(h5_read(limits, MICA_INT32, whole, sizeof whole, &err));
    assert_true(whole[0] == INT32_MIN && whole[1] == -1 && whole[2] == 0 && whole[3] == INT32_MAX);
    assert_true(whole[4] == 0 && whole[5] == INT32_MAX);
    ASSERT_OK(h5_read(limits, MICA_UINT8, bytes, sizeof bytes, &err));
    assert_true(bytes[0] == 0 && bytes[1] == 0 && bytes[3] == 255 && bytes[5] == 255);
    ASSERT_OK(h5_read(limits, MICA_BOOL, flags, sizeof flags, &err));
    assert_true(flags[0] && flags[2] && flags[5]);
    ASSERT_OK(h5_read(object_of(file, "/big i8"), MICA_UINT8, bytes, 5,
                      &err)); /* -100, -93, -86, -79, -72 */
    for (size_t i = 0; i < 5; i++) assert_int_equal(bytes[i], 0);
    h5_close(&file);
}

TEST(unsupported_type_is_refused_when_read) {
    mica_error err = {0};
    h5_type type;
    h5_space space;
    double out[2];
    h5_file *file = open_golden("types_earliest");
    h5_object *object = object_of(file, "/compound");
    ASSERT_OK(h5_dataset(object, &type, &space, &err));
    assert_int_equal(type.kind, H5_OTHER);
    ASSERT_FAILS(h5_read(object, MICA_FLOAT64, out, sizeof out, &err), MICA_UNSUPPORTED,
                 "/compound: is compound");
    h5_close(&file);
}

TEST(buffer_of_another_size_is_refused) {
    mica_error err = {0};
    float out[4];
    h5_file *file = open_golden("types_latest");
    ASSERT_FAILS(h5_read(object_of(file, "/little f4"), MICA_FLOAT32, out, sizeof out, &err),
                 MICA_SHAPE, "holds 5 elements, so 20 bytes as asked for, expected 16");
    ASSERT_FAILS(h5_dataset(object_of(file, "/"), NULL, NULL, &err), MICA_TYPE,
                 "is a group, expected a dataset");
    h5_close(&file);
}

TEST(chunks_under_every_index_are_read) {
    for (size_t d = 0; d < 2; d++) {
        h5_file *file = open_dialect("chunks", d);
        assert_golden(file, "/gzip", 300);
        assert_golden(file, "/all", 300);
        assert_golden(file, "/plain", 35);
        assert_golden(file, "/single", 35);
        assert_golden(file, "/extensible", d ? 300 : 30);
        assert_golden(file, "/second", 60);
        assert_golden(file, "/tree", 63);
        assert_golden(file, "/implicit", 48);
        assert_golden(file, "/compact", 48);
        h5_close(&file);
    }
}

TEST(what_was_never_written_is_the_fill_value) {
    mica_error err = {0};
    for (size_t d = 0; d < 2; d++) {
        h5_file *file = open_dialect("chunks", d);
        int32_t found[12];
        ASSERT_OK(h5_read(object_of(file, "/partly"), MICA_INT32, found, sizeof found, &err));
        for (int i = 0; i < 12; i++)
            assert_int_equal(found[i], i < 4 || i >= 8 ? 9 : (i - 4) * 7 - 100);
        h5_close(&file);
        file = open_dialect("types", d);
        float fill[20];
        ASSERT_OK(h5_read(object_of(file, "/unwritten"), MICA_FLOAT32, fill, sizeof fill, &err));
        for (int i = 0; i < 20; i++) assert_true(fill[i] == 2.5f);
        h5_close(&file);
    }
}

TEST(pages_of_a_fixed_array_are_read) {
    mica_error err = {0};
    uint8_t found[2100];
    h5_file *file = open_golden("pages_latest");
    ASSERT_OK(h5_read(object_of(file, "/paged"), MICA_UINT8, found, sizeof found, &err));
    for (int i = 0; i < 2100; i++) assert_int_equal(found[i], i == 5 ? 1 : i == 2050 ? 2 : 3);
    h5_close(&file);
}

TEST(file_and_memory_read_the_same) {
    mica_error err = {0};
    blob b = golden_bytes("chunks_latest");
    h5_file *file = open_bytes(&b);
    assert_golden(file, "/all", 300);
    assert_golden(file, "/compact", 48);
    h5_close(&file);
    assert_null(file);
    free(b.at);
    ASSERT_FAILS(h5_open_file("/nowhere/at/all.h5", &file, &err), MICA_IO, "/nowhere/at/all.h5");
    ASSERT_FAILS(h5_open_file("/", &file, &err), MICA_IO, "not a regular file");
    assert_null(file);
}

RUN_TESTS(UNIT(keras_files_give_texts_lists_and_weights),
          UNIT(path_of_many_parts_is_found_from_a_group), UNIT(missing_path_names_the_missing_part),
          UNIT(links_come_in_order_of_names_and_of_creation),
          UNIT(soft_and_external_links_are_listed_but_not_followed),
          UNIT(many_and_large_attributes_are_read),
          UNIT(attribute_of_another_kind_is_refused_by_name),
          UNIT(numbers_of_both_byte_orders_are_equal),
          UNIT(scalar_bool_empty_and_null_datasets_are_read), UNIT(strings_of_both_kinds_are_read),
          UNIT(conversion_saturates_and_cuts), UNIT(unsupported_type_is_refused_when_read),
          UNIT(buffer_of_another_size_is_refused), UNIT(chunks_under_every_index_are_read),
          UNIT(what_was_never_written_is_the_fill_value), UNIT(pages_of_a_fixed_array_are_read),
          UNIT(file_and_memory_read_the_same))
