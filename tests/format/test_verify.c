/* Every file that Keras 3 and tf_keras wrote for `mica verify`: what it predicts, also after mica
 * wrote it again. */
#include "format_support.h"

#include <dirent.h>

static bool starts(const char *text, const char *with) {
    return !strncmp(text, with, strlen(with));
}

static void run_case(const char *name) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = load_model(ctx, case_path(name, "model.h5"));
    assert_case(m, name, 1e-5);
    ASSERT_OK(mica_model_save(m, own_path("again.h5"), &err));
    assert_case(load_model(ctx, own_path("again.h5")), name, 1e-5);
    mica_close(&ctx);
}

TEST(models_of_keras_predict_the_same) {
    DIR *dir = opendir("tests/verify");
    struct dirent *entry;
    int cases = 0;
    const char *only = getenv("CASE");
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if ((starts(entry->d_name, only ? only : "keras3_") ||
             starts(entry->d_name, only ? only : "tf_keras_")))
            run_case(entry->d_name), cases++;
    closedir(dir);
    assert_true(cases > 0);
}

RUN_TESTS(UNIT(models_of_keras_predict_the_same))
