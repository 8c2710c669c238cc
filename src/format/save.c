/* Saving a model: the ending of the path names the format. See mica/format.h. */
#include "base/file.h"
#include "base/strbuf.h"
#include "format/format.h"

#include <string.h>
#include <strings.h>

static bool ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && !strcasecmp(path + n - m, ending);
}

static const format *format_of_ending(const char *path) {
    for (const format *const *f = all_formats; *f; f++)
        for (size_t i = 0; i < LENGTH((*f)->endings) && (*f)->endings[i]; i++)
            if ((*f)->save && ends_in(path, (*f)->endings[i])) return *f;
    return NULL;
}

static mica_status fail_ending(const char *path, mica_error *err) {
    strbuf known = {0};
    for (const format *const *f = all_formats; *f; f++)
        for (size_t i = 0; i < LENGTH((*f)->endings) && (*f)->endings[i]; i++)
            if ((*f)->save) strbuf_add(&known, "%s%s", known.length ? ", " : "", (*f)->endings[i]);
    mica_status status = fail(err, MICA_UNSUPPORTED,
                              "%s: no model format has this ending, expected one of %s", path,
                              known.data ? known.data : "none");
    strbuf_free(&known);
    return status;
}

mica_status output_check(const char *path, mica_error *err) {
    return format_of_ending(path) ? file_check_writable(path, err) : fail_ending(path, err);
}

/* Keras 3 reads that ending as a layout of its own, which no format here writes. */
static mica_status check_weights_ending(const char *path, mica_error *err) {
    const format *f = format_of_ending(path);
    if (ends_in(path, ".weights.h5"))
        return fail(err, MICA_UNSUPPORTED,
                    "%s: Keras 3 wants a layout of its own in a .weights.h5, which is not written "
                    "here: choose another name that ends in .h5",
                    path);
    if (!f) return fail_ending(path, err);
    if (f->save_weights) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "%s: weights alone are not written as %s", path, f->what);
}

mica_status weights_output_check(const char *path, mica_error *err) {
    TRY(check_weights_ending(path, err));
    return file_check_writable(path, err);
}

static mica_status check_built(const mica_model *m, const char *path, mica_error *err) {
    TRY(mica_check(m->ctx, err));
    if (!m->failed) return MICA_OK;
    return fail(err, MICA_STATE, "%s: model %s could not be built, so it is not saved", path,
                m->name);
}

mica_status mica_model_save_weights(mica_model *m, const char *path, mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(path, "path");
    TRY(check_built(m, path, err));
    TRY(check_weights_ending(path, err));
    return format_of_ending(path)->save_weights(m, path, err);
}

mica_status mica_model_save(mica_model *m, const char *path, mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(path, "path");
    TRY(check_built(m, path, err));
    const format *f = format_of_ending(path);
    return f ? f->save(m, path, err) : fail_ending(path, err);
}
