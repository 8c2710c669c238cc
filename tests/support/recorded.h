/* Reading tests/recorded: case files, and the .npy arrays and inline numbers beside them, as
 * tensors. */
#ifndef SUPPORT_RECORDED_H
#define SUPPORT_RECORDED_H

#include "base/config.h"
#include "codec/npy.h"
#include "mica/tensor.h"
#include "support/testing.h"
#include "tensor/tensor.h"

/* No name here is `err` or `ctx`: tests have them at file scope (in_context.h). */
static inline json_t *recorded_json(const char *path) {
    mica_error failure = {0};
    json_t *tree = NULL;
    char full[512];
    snprintf(full, sizeof full, "tests/recorded/%s", path);
    if (config_load(full, &tree, &failure) != MICA_OK) fail_msg("%s", failure.message);
    return tree;
}

/* {"shape": [...], "data": [...]} */
static inline mica_tensor *recorded_numbers(mica_context *owner, mica_dtype dtype,
                                            const json_t *numbers) {
    const json_t *dims = json_object_get(numbers, "shape"),
                 *data = json_object_get(numbers, "data");
    shape s = {(int)json_array_size(dims), {0}};
    for (int i = 0; i < s.rank; i++)
        s.dims[i] = (int64_t)json_integer_value(json_array_get(dims, (size_t)i));
    size_t n = json_array_size(data);
    assert_int_equal(n, shape_size(&s));
    double *values = calloc(n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(data, i);
        values[i] = json_is_boolean(item) ? json_is_true(item) : json_number_value(item);
    }
    mica_tensor *t = mica_tensor_new(owner, dtype, s, NULL);
    convert(MICA_FLOAT64, values, dtype, tensor_bytes(t), (int64_t)n);
    free(values);
    return t;
}

/* A .npy file of version 1, little-endian, C order. */
static inline mica_tensor *recorded_npy(mica_context *owner, const char *path) {
    static const struct {
        const char *descr;
        mica_dtype dtype;
    } types[] = {{"<f4", MICA_FLOAT32}, {"<f8", MICA_FLOAT64}, {"<i4", MICA_INT32},
                 {"<i8", MICA_INT64},   {"|u1", MICA_UINT8},   {"|b1", MICA_BOOL}};
    char full[512], header[1024] = {0};
    unsigned char magic[10];
    snprintf(full, sizeof full, "tests/recorded/%s", path);
    FILE *file = fopen(full, "rb");
    if (!file) fail_msg("%s cannot be opened", full);
    assert_int_equal(fread(magic, 1, 10, file), 10);
    size_t length = magic[8] | (size_t)magic[9] << 8;
    assert_true(length < sizeof header);
    assert_int_equal(fread(header, 1, length, file), length);
    if (strstr(header, "'<U")) { /* texts */
        mica_error failure = {0};
        array_bytes texts;
        fclose(file);
        if (npy_read(full, &texts, &failure) != MICA_OK) fail_msg("%s", failure.message);
        return array_tensor(owner, &texts);
    }
    mica_dtype dtype = MICA_DTYPE_COUNT;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strstr(header, types[i].descr)) dtype = types[i].dtype;
    assert_int_not_equal(dtype, MICA_DTYPE_COUNT);
    assert_non_null(strstr(header, "'fortran_order': False"));
    shape s = {0, {0}};
    for (char *at = strchr(header, '(') + 1; *at != ')'; at += *at == ',' || *at == ' ')
        if (*at >= '0' && *at <= '9') s.dims[s.rank++] = strtoll(at, &at, 10);
    mica_tensor *t = mica_tensor_new(owner, dtype, s, NULL);
    size_t bytes = (size_t)mica_tensor_size(t) * mica_dtype_size(dtype);
    assert_int_equal(fread(tensor_bytes(t), 1, bytes, file), bytes);
    fclose(file);
    return t;
}

/* Same shape, and every element within tolerance * max(1, |expected|). `what` is told. */
static inline void assert_tensor_close(const mica_tensor *actual, const mica_tensor *expected,
                                       double tolerance, const char *what) {
    mica_error failure = {0};
    char a[128], e[128];
    shape_format(&actual->shape, a), shape_format(&expected->shape, e);
    if (mica_check(actual->ctx, &failure) != MICA_OK) fail_msg("%s: %s", what, failure.message);
    if (!shape_equal(&actual->shape, &expected->shape))
        fail_msg("%s: shape %s, expected %s", what, a, e);
    size_t n = (size_t)mica_tensor_size(expected);
    double *x = calloc(n + 1, sizeof *x), *y = calloc(n + 1, sizeof *y);
    if (mica_tensor_read(actual, MICA_FLOAT64, x, n * sizeof *x, &failure) != MICA_OK ||
        mica_tensor_read(expected, MICA_FLOAT64, y, n * sizeof *y, &failure) != MICA_OK)
        fail_msg("%s: %s", what, failure.message);
    for (size_t i = 0; i < n; i++) {
        if (x[i] == y[i] || (isnan(x[i]) && isnan(y[i]))) continue;
        if (!(fabs(x[i] - y[i]) <= tolerance * fmax(1, fabs(y[i]))))
            fail_msg("%s[%zu] is %.9g, expected %.9g (tolerance %g)", what, i, x[i], y[i],
                     tolerance);
    }
    free(x);
    free(y);
}

/* {"class_name", "config"} of a case, without what was recorded of it; the caller decrefs. */
static inline json_t *recorded_class(const json_t *item) {
    return json_pack("{s:O, s:O*}", "class_name", json_object_get(item, "class_name"), "config",
                     json_object_get(item, "config"));
}

#endif
