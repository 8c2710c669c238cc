/* Loading a model: what the file holds names the format, not its ending. See mica/format.h. */
#include "base/strbuf.h"
#include "format/format.h"

#include <stdio.h>
#include <string.h>

#define PROBED 4096

static mica_status first_bytes(const char *path, unsigned char bytes[PROBED], size_t *size,
                               mica_error *err) {
    FILE *f = fopen(path, "rbe");
    if (!f) return fail_errno(err, path, "open");
    *size = fread(bytes, 1, PROBED, f);
    mica_status status = ferror(f) ? fail_errno(err, path, "read") : MICA_OK;
    fclose(f);
    return status;
}

static mica_status fail_unknown_file(const char *path, size_t size, mica_error *err) {
    strbuf known = {0};
    if (!size) return fail(err, MICA_FORMAT, "%s: the file is empty, expected a model", path);
    for (const format *const *f = all_formats; *f; f++)
        strbuf_add(&known, "%s%s", known.length ? ", " : "", (*f)->what);
    mica_status status = fail(err, MICA_FORMAT, "%s: not a model file, expected %s", path,
                              known.data ? known.data : "a model");
    strbuf_free(&known);
    return status;
}

/* Keras 3's own format: a zip with config.json and model.weights.h5. */
static bool is_keras_zip(const char *path, const unsigned char *bytes, size_t size) {
    size_t n = strlen(path);
    bool zip = size > 30 && !memcmp(bytes, "PK\3\4", 4);
    return zip && ((n > 6 && !strcmp(path + n - 6, ".keras")) ||
                   (size > 43 && !memcmp(bytes + 30, "metadata.json", 13)));
}

static mica_status find_format(const char *path, const format **out, mica_error *err) {
    unsigned char bytes[PROBED];
    size_t size = 0;
    TRY(first_bytes(path, bytes, &size, err));
    for (const format *const *f = all_formats; *f; f++)
        if ((*f)->probe(bytes, size)) return *out = *f, MICA_OK;
    if (is_keras_zip(path, bytes, size))
        return fail(
            err, MICA_UNSUPPORTED,
            "%s: a model in Keras's .keras format, which this version does not read; it "
            "reads .h5: in Python keras.models.load_model(\"%s\").save(\"model.h5\") writes "
            "one",
            path, path);
    return fail_unknown_file(path, size, err);
}

mica_status mica_model_load(mica_context *ctx, const char *path, mica_model **model,
                            mica_error *err) {
    REQUIRE(ctx, "context");
    REQUIRE(path, "path");
    REQUIRE(model, "model");
    const format *f;
    mica_error own = {0};
    if (!err) err = &own;
    *model = NULL;
    TRY(mica_check(ctx, err));
    TRY(find_format(path, &f, err));
    if (!f->load)
        return fail(err, MICA_UNSUPPORTED, "%s: models are not loaded from %s", path, f->what);
    return f->load(ctx, path, model, err);
}

mica_status mica_model_load_weights(mica_model *m, const char *path, mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(path, "path");
    const format *f;
    mica_error own = {0};
    if (!err) err = &own;
    TRY(mica_check(m->ctx, err));
    if (m->failed) return fail(err, MICA_STATE, "%s: model %s could not be built", path, m->name);
    TRY(find_format(path, &f, err));
    if (!f->load_weights)
        return fail(err, MICA_UNSUPPORTED, "%s: weights are not loaded from %s", path, f->what);
    return f->load_weights(m, path, err);
}
