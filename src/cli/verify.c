/* mica verify: cases of model.h5 with recorded inputs and outputs, as ONNX's node tests lay them
 * out: DIR/model.h5, DIR/test_data_set_N/{input,output}_M.npy. |got - recorded| <= atol + rtol
 * |recorded|. */
#include "cli/cli.h"

#include "base/file.h"
#include "cli/model_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct verify_options {
    common_options common;
    double rtol, atol;
} verify_options;

#define O verify_options
static const option options[] = {
    REAL_OPTION(O, rtol, "rtol", "F", 0, 1e30, "allowed relative difference (default 1e-3)"),
    REAL_OPTION(O, atol, "atol", "F", 0, 1e30, "allowed absolute difference (default 1e-5)"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

typedef struct verifying {
    const verify_options *o;
    mica_context *ctx;
    arena paths; /* of one case */
    const char *folder;
    int sets; /* of this case */
} verifying;

/* FOLDER/test_data_set_N/KIND_M.npy; NULL: no such file. */
static const char *array_path(verifying *v, int set, const char *kind, int at) {
    char name[64];
    snprintf(name, sizeof name, "test_data_set_%d/%s_%d.npy", set, kind, at);
    const char *path = path_join(&v->paths, v->folder, name);
    return path && file_exists(path) ? path : NULL;
}

static mica_status not_close(const char *path, int64_t at, double got, double recorded,
                             int64_t wrong, int64_t size, mica_error *err) {
    return fail(err, MICA_MISMATCH, "%s: element %lld is %.7g, recorded %.7g (%lld of %lld differ)",
                path, (long long)at, got, recorded, (long long)wrong, (long long)size);
}

static mica_status compare_values(const verifying *v, const char *path, const double *got,
                                  const double *recorded, int64_t size, mica_error *err) {
    double rtol = real_given(v->o->rtol) ? v->o->rtol : 1e-3;
    double atol = real_given(v->o->atol) ? v->o->atol : 1e-5;
    int64_t worst = -1, wrong = 0;
    double most = 0;
    for (int64_t i = 0; i < size; i++) {
        if (got[i] == recorded[i] || (isnan(got[i]) && isnan(recorded[i]))) continue;
        double over = fabs(got[i] - recorded[i]) - (atol + rtol * fabs(recorded[i]));
        if (over <= 0) continue;
        wrong++;
        if (worst < 0 || over > most) worst = i, most = over;
    }
    return wrong ? not_close(path, worst, got[worst], recorded[worst], wrong, size, err) : MICA_OK;
}

static mica_status compare(const verifying *v, const char *path, const mica_tensor *got,
                           mica_error *err) {
    mica_tensor *recorded = NULL;
    char is[128], was[128];
    TRY(load_npy(v->ctx, path, &recorded, err));
    shape a = mica_tensor_shape(got), b = mica_tensor_shape(recorded);
    if (!shape_equal(&a, &b)) {
        shape_format(&a, is), shape_format(&b, was);
        return fail(err, MICA_SHAPE, "%s: the output's shape is %s, recorded %s", path, is, was);
    }
    size_t bytes = (size_t)mica_tensor_size(got) * sizeof(double);
    double *x = malloc(bytes + 1), *y = malloc(bytes + 1);
    mica_status status = x && y ? MICA_OK : fail_memory(err, bytes, path);
    if (status == MICA_OK) status = mica_tensor_read(got, MICA_FLOAT64, x, bytes, err);
    if (status == MICA_OK) status = mica_tensor_read(recorded, MICA_FLOAT64, y, bytes, err);
    if (status == MICA_OK) status = compare_values(v, path, x, y, mica_tensor_size(got), err);
    free(x);
    free(y);
    return status;
}

static mica_status verify_set(verifying *v, mica_model *m, int set, mica_error *err) {
    mica_tensor *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS];
    const char *path;
    for (int i = 0; i < m->input_count; i++) {
        if (!(path = array_path(v, set, "input", i)))
            return fail(err, MICA_IO, "test_data_set_%d/input_%d.npy: no such file", set, i);
        TRY(load_npy(v->ctx, path, &in[i], err));
    }
    shape s = mica_tensor_shape(in[0]);
    int64_t rows = s.rank && s.dims[0] ? s.dims[0] : 1;
    TRY(mica_model_predict(m, in, m->input_count, rows, out, err));
    if (!array_path(v, set, "output", 0))
        return fail(err, MICA_IO, "test_data_set_%d/output_0.npy: no such file", set);
    for (int i = 0; i < m->output_count; i++)
        if ((path = array_path(v, set, "output", i))) TRY(compare(v, path, out[i], err));
    return MICA_OK;
}

static mica_status verify_case(verifying *v, mica_error *err) {
    mica_model *m = NULL;
    const char *path = path_join(&v->paths, v->folder, "model.h5");
    if (!path) return fail_no_memory(err, v->folder);
    TRY(mica_model_load(v->ctx, path, &m, err));
    for (;; v->sets++) {
        char name[64];
        snprintf(name, sizeof name, "test_data_set_%d", v->sets);
        const char *set = path_join(&v->paths, v->folder, name);
        if (!set || !file_is_folder(set)) break;
        mica_status status = verify_set(v, m, v->sets, err);
        if (status != MICA_OK) return fail_within(err, status, "%s", v->folder);
    }
    return v->sets ? MICA_OK : fail(err, MICA_IO, "%s: no folder test_data_set_0", v->folder);
}

/* A context for each case: its memory goes with it. */
static mica_status verify_one(const verify_options *o, const char *folder, mica_error *err) {
    verifying v = {.o = o, .folder = folder, .ctx = open_context(&o->common, 0)};
    if (!v.ctx) return fail_no_memory(err, folder);
    mica_status status = verify_case(&v, err);
    mica_close(&v.ctx);
    arena_free(&v.paths);
    return status;
}

static int run(void *data) {
    const verify_options *o = data;
    json_t *failures = json_array();
    int passed = 0, failed = 0;
    for (int i = 0; i < o->common.arguments; i++) {
        mica_error err = {0};
        if (verify_one(o, o->common.argument[i], &err) == MICA_OK) {
            passed++;
            continue;
        }
        failed++;
        fprintf(stderr, "mica: FAILED %s\n", err.message);
        json_array_append_new(
            failures, json_pack("{s:s, s:s}", "case", o->common.argument[i], "error", err.message));
    }
    if (o->common.json)
        print_json(
            json_pack("{s:i, s:i, s:O}", "passed", passed, "failed", failed, "failures", failures));
    else printf("%d passed, %d failed\n", passed, failed);
    json_decref(failures);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

const command command_verify = {"verify",
                                "DIR …",
                                "run recorded cases and compare",
                                options,
                                sizeof(verify_options),
                                1,
                                -1,
                                run,
                                "Each DIR holds model.h5 and test_data_set_N/{input,output}_M.npy. "
                                "A case passes when every output\n"
                                "is within atol + rtol |recorded|.\n"};
