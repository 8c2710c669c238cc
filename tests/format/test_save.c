/* Saving: the old file stays whole until the new one is, and what is said where that cannot be. */
#include "format_support.h"

#include "base/file.h"

#include <signal.h>
#include <sys/resource.h>

static mica_model *small(mica_context *ctx, int64_t units) {
    mica_error err = {0};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units, .activation = "tanh")));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2)));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static file_bytes bytes_of(const char *path) {
    mica_error err = {0};
    file_bytes b;
    ASSERT_OK(file_read(path, &b, &err));
    return b;
}

TEST(save_refuses_endings_that_no_format_has) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = small(ctx, 3);
    ASSERT_FAILS(mica_model_save(m, own_path("model.pt"), &err), MICA_UNSUPPORTED, ".h5, .hdf5");
    ASSERT_FAILS(mica_model_save(m, "", &err), MICA_UNSUPPORTED, "no model format");
    ASSERT_FAILS(mica_model_save(m, ".h5", &err), MICA_UNSUPPORTED, "no model format");
    assert_false(file_exists(own_path("model.pt")));
    ASSERT_OK(mica_model_save(m, own_path("MODEL.H5"), &err));
    mica_close(&ctx);
}

TEST(save_says_which_folder_is_missing) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *path = own_path("nowhere/model.h5");
    ASSERT_FAILS(mica_model_save(small(ctx, 3), path, &err), MICA_IO, path);
    mica_close(&ctx);
}

TEST(save_of_the_same_model_gives_the_same_bytes) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = small(ctx, 3);
    ASSERT_OK(mica_model_save(m, own_path("a.h5"), &err));
    ASSERT_OK(mica_model_save(m, own_path("b.h5"), &err));
    file_bytes a = bytes_of(own_path("a.h5")), b = bytes_of(own_path("b.h5"));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    free(a.data), free(b.data);
    mica_close(&ctx);
}

/* A full disk, as a limit on the size of files. */
TEST(save_on_a_full_disk_keeps_the_old_file) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *path = own_path("kept.h5");
    ASSERT_OK(mica_model_save(small(ctx, 3), path, &err));
    file_bytes before = bytes_of(path);
    mica_model *large = small(ctx, 20000);
    struct rlimit old, tight = {20000, 20000};
    getrlimit(RLIMIT_FSIZE, &old);
    tight.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    mica_status status = mica_model_save(large, path, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, MICA_IO);
    assert_non_null(strstr(err.message, path));
    file_bytes after = bytes_of(path);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    free(before.data), free(after.data);
    char command[300];
    snprintf(command, sizeof command, "test $(ls %s | grep -c kept) = 1", own_folder());
    assert_int_equal(system(command), 0); /* nothing is left beside it */
    mica_close(&ctx);
}

TEST(save_of_a_failed_model_is_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(m,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 2, .kernel_size = {3})));
    ASSERT_FAILS(mica_model_save(m, own_path("failed.h5"), &err), MICA_SHAPE, "conv2d");
    ASSERT_FAILS(mica_model_save(m, own_path("failed.h5"), &err), MICA_STATE, "could not be built");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(save_refuses_endings_that_no_format_has), UNIT(save_says_which_folder_is_missing),
          UNIT(save_of_the_same_model_gives_the_same_bytes),
          UNIT(save_on_a_full_disk_keeps_the_old_file), UNIT(save_of_a_failed_model_is_refused))
