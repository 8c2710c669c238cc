#include "data/inputs.h"

#include "support/folder.h"

#define DATA "tests/recorded/data/"
static const input_wish any = {.texts = false};

TEST(inputs_read_arrays_and_their_names) {
    mica_error err = {0};
    inputs in;
    ASSERT_OK(inputs_read(DATA "npy/fortran.npy", &any, &in, &err));
    assert_int_equal(in.count, 1);
    assert_true(shape_equal(&in.array[0].shape, &(shape){3, {2, 3, 4}}));
    assert_false(in.picture);
    inputs_free(&in);
    ASSERT_OK(inputs_read(DATA "npz/deflated.npz", &any, &in, &err));
    assert_int_equal(in.count, 2);
    assert_string_equal(in.name[0], "x");
    assert_string_equal(in.name[1], "y");
    inputs_free(&in);
}

TEST(inputs_read_a_picture_as_a_batch_of_one) {
    mica_error err = {0};
    inputs in;
    ASSERT_OK(inputs_read(DATA "images/rgb.bmp", &any, &in, &err));
    assert_true(in.picture);
    assert_int_equal(in.array[0].dtype, MICA_FLOAT32);
    assert_true(shape_equal(&in.array[0].shape, &(shape){4, {1, 21, 34, 3}}));
    inputs_free(&in);
    const input_wish small = {.picture = {28, 28, 1, MICA_RESIZE_BILINEAR, false}};
    ASSERT_OK(inputs_read(DATA "images/gray.pgm", &small, &in, &err));
    assert_true(shape_equal(&in.array[0].shape, &(shape){4, {1, 28, 28, 1}}));
    inputs_free(&in);
}

TEST(inputs_name_what_they_cannot_read) {
    mica_error err = {0};
    inputs in;
    ASSERT_FAILS(inputs_read(DATA "versions.json", &any, &in, &err), MICA_FORMAT,
                 "versions.json: 6");
    ASSERT_FAILS(inputs_read("nowhere.npy", &any, &in, &err), MICA_IO, "nowhere.npy");
    ASSERT_FAILS(inputs_read(DATA "npy/object.npy", &any, &in, &err), MICA_UNSUPPORTED,
                 "Python objects");
    put_file(in_folder("empty.zip"), "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    ASSERT_FAILS(inputs_read(in_folder("empty.zip"), &any, &in, &err), MICA_FORMAT,
                 "holds no array");
    assert_int_equal(in.count, 0);
}

RUN_TESTS(UNIT(inputs_read_arrays_and_their_names), UNIT(inputs_read_a_picture_as_a_batch_of_one),
          UNIT(inputs_name_what_they_cannot_read))
