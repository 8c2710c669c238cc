/* What the tests of model files share: the cases of tests/verify, predictions, changed files. */
#ifndef FORMAT_SUPPORT_H
#define FORMAT_SUPPORT_H

#include "format/keras_h5.h"
#include "mica/train.h"
#include "support/recorded.h"

#include <sys/stat.h>
#include <unistd.h>

static inline const char *case_path(const char *name, const char *file) {
    static char path[512];
    snprintf(path, sizeof path, "tests/verify/%s/%s", name, file);
    return path;
}

static inline mica_model *load_model(mica_context *ctx, const char *path) {
    mica_error err = {0};
    mica_model *m = NULL;
    if (mica_model_load(ctx, path, &m, &err) != MICA_OK) fail_msg("%s", err.message);
    return m;
}

/* The case's inputs, or outputs, NULL past the last. */
static inline mica_tensor *case_array(mica_context *ctx, const char *name, const char *what,
                                      int i) {
    char path[600];
    snprintf(path, sizeof path, "tests/verify/%s/test_data_set_0/%s_%d.npy", name, what, i);
    if (access(path, R_OK)) return NULL;
    snprintf(path, sizeof path, "../verify/%s/test_data_set_0/%s_%d.npy", name, what, i);
    return recorded_npy(ctx, path);
}

static inline void assert_case(mica_model *m, const char *name, double tolerance) {
    mica_error err = {0};
    mica_tensor *x[MAX_MODEL_INPUTS], *y[MAX_MODEL_OUTPUTS];
    int inputs = 0;
    char what[600];
    while ((x[inputs] = case_array(m->ctx, name, "input", inputs))) inputs++;
    assert_int_equal(inputs, m->input_count);
    if (mica_model_predict(m, x, inputs, 32, y, &err) != MICA_OK)
        fail_msg("%s: %s", name, err.message);
    for (int i = 0; i < m->output_count; i++) {
        snprintf(what, sizeof what, "%s output %d", name, i);
        assert_tensor_close(y[i], case_array(m->ctx, name, "output", i), tolerance, what);
    }
}

/* A folder of its own for the files of a test. */
static inline const char *own_folder(void) {
    static char folder[64];
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/mica-format-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    return folder;
}

static inline const char *own_path(const char *name) {
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, 256, "%s/%s", own_folder(), name);
    return p;
}

#endif
