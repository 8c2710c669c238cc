/* npy: arrays of NumPy that are a file each. NAME.npy is x; beside it NAME_y.npy is y, and
 * NAME_sample_weight.npy a weight a row, where they are. */
#include "codec/npy.h"

#include "base/file.h"
#include "data/memory.h"

#include <stdio.h>
#include <string.h>

#define ENDING ".npy"

enum { ARRAYS = 3 };
static const struct array_file {
    const char *suffix, *name;
    column_role role;
} files[ARRAYS] = {{"", "x", COLUMN_INPUT},
                   {"_y", "y", COLUMN_TARGET},
                   {"_sample_weight", "sample_weight", COLUMN_WEIGHT}};

static bool is_npy(const char *path) {
    const size_t n = strlen(path), k = strlen(ENDING);
    return n > k && !strcmp(path + n - k, ENDING);
}

static bool path_of(const char *x, const char *suffix, char out[4096]) {
    const size_t stem = strlen(x) - strlen(ENDING);
    return snprintf(out, 4096, "%.*s%s%s", (int)stem, x, suffix, ENDING) < 4096;
}

static mica_status note_no_targets(mica_dataset *d, const char *y, mica_error *err) {
    char text[4200];
    snprintf(text, sizeof text, "there is no %s beside it", y);
    d->no_targets = arena_text(&d->texts, text);
    return d->no_targets ? MICA_OK : fail_no_memory(err, y);
}

static mica_status add_file(mica_dataset *d, const char *path, const struct array_file *f,
                            mica_error *err) {
    array_bytes a;
    TRY(npy_read(path, &a, err));
    mica_status status = memory_add_array(d, f->name, f->role, &a, err);
    buffer_drop(a.bytes);
    return status;
}

static mica_status npy_load(const source_request *r, mica_dataset *d, mica_error *err) {
    char path[ARRAYS][4096];
    const char *there[ARRAYS];
    const struct array_file *as[ARRAYS];
    int count = 0;
    if (!is_npy(r->path))
        return fail(err, MICA_VALUE, "%s: expected a path that ends in %s", r->path, ENDING);
    for (int i = 0; i < ARRAYS; i++) {
        if (!path_of(r->path, files[i].suffix, path[i]))
            return fail(err, MICA_VALUE, "%s: a path of more than 4095 bytes", r->path);
        if (i && !file_exists(path[i])) continue;
        as[count] = &files[i];
        there[count++] = path[i];
    }
    if (!file_exists(path[1])) TRY(note_no_targets(d, path[1], err));
    TRY(memory_digest_files(d, there, count, err));
    for (int i = 0; i < count; i++) TRY(add_file(d, there[i], as[i], err));
    return MICA_OK;
}

static bool npy_probe(const char *path) { return is_npy(path) && file_exists(path); }

static const field npy_fields[] = {END_OF_FIELDS};

const source source_npy = {
    "npy",      "an .npy of NumPy as x, and beside NAME.npy the targets, NAME_y.npy",
    npy_fields, 0,
    npy_probe,  npy_load};
