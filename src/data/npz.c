/* npz: arrays of NumPy. Inputs x, or x_0, x_1, …; targets y, or y_0, …; sample_weight. As
 * keras.datasets' mnist.npz: x_train, y_train, sample_weight_train, and the same with _test; then
 * the part picks. The options name other arrays. */
#include "codec/npz.h"

#include "data/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct npz_options {
    const char *x, *y, *sample_weight;
} npz_options;

static const field npz_fields[] = {
    TEXT(npz_options, x, "x", .help = "the array of inputs; x_0, x_1 … where there are several"),
    TEXT(npz_options, y, "y", .help = "the array of targets; y_0, y_1 … where there are several"),
    TEXT(npz_options, sample_weight, "sample_weight", .help = "the array of a weight per sample"),
    END_OF_FIELDS,
};

static mica_status add(mica_dataset *d, const zip *z, const char *array, const char *as,
                       column_role role, mica_error *err) {
    array_bytes a;
    TRY(npz_read(z, array, &a, err));
    mica_status status = memory_add_array(d, as, role, &a, err);
    buffer_drop(a.bytes);
    return status;
}

/* name, name_train, or name_0, name_1, … and name_train_0, …; how many were there in *count. */
static mica_status add_all(mica_dataset *d, const zip *z, const char *name, const char *part,
                           column_role role, int *count, mica_error *err) {
    char array[256], as[32];
    const char *const endings[] = {part, ""};
    *count = 0;
    for (size_t e = 0; e < LENGTH(endings) && !*count; e++) {
        snprintf(array, sizeof array, "%s%s", name, endings[e]);
        if (npz_has(z, array)) return *count = 1, add(d, z, array, name, role, err);
        for (;; ++*count) {
            snprintf(array, sizeof array, "%s%s_%d", name, endings[e], *count);
            snprintf(as, sizeof as, "%s_%d", name, *count);
            if (!npz_has(z, array)) break;
            TRY(add(d, z, array, as, role, err));
        }
    }
    return MICA_OK;
}

static mica_status fail_absent(const zip *z, const char *name, const char *part, mica_error *err) {
    char members[512] = "";
    for (size_t i = 0; i < z->count && i < 12; i++) {
        size_t n = strlen(members);
        snprintf(members + n, sizeof members - n, "%s%.*s", n ? ", " : "",
                 (int)strcspn(z->member[i].name, "."), z->member[i].name);
    }
    if (!z->count)
        return fail(err, MICA_FORMAT, "%s: it holds no arrays, expected %s", z->name, name);
    return fail(err, MICA_FORMAT, "%s: no array %s (or %s_0, %s%s); it holds %s", z->name, name,
                name, name, part, members);
}

/* Inputs alone may do (predict, adapt): who needs targets says what else is there. */
static mica_status note_no_targets(mica_dataset *d, const zip *z, const char *name,
                                   const char *part, mica_error *err) {
    mica_error own = {0};
    fail_absent(z, name, part, &own);
    size_t file = strlen(z->name) + 2;
    d->no_targets = arena_text(&d->texts, own.message + file);
    return d->no_targets ? MICA_OK : fail_no_memory(err, z->name);
}

static mica_status fill(mica_dataset *d, const zip *z, const source_request *r, mica_error *err) {
    const npz_options *o = r->options;
    const char *part = r->part == MICA_TEST ? "_test" : "_train";
    int count;
    TRY(add_all(d, z, o->x, part, COLUMN_INPUT, &count, err));
    if (!count) return fail_absent(z, o->x, part, err);
    TRY(add_all(d, z, o->y, part, COLUMN_TARGET, &count, err));
    if (!count) TRY(note_no_targets(d, z, o->y, part, err));
    return add_all(d, z, o->sample_weight, part, COLUMN_WEIGHT, &count, err);
}

static mica_status npz_load(const source_request *r, mica_dataset *d, mica_error *err) {
    zip z;
    TRY(memory_digest_files(d, &r->path, 1, err));
    TRY(zip_open(&z, r->path, err));
    mica_status status = fill(d, &z, r, err);
    zip_close(&z);
    return status;
}

static bool npz_probe(const char *path) {
    size_t n = strlen(path);
    return n > 4 && !strcmp(path + n - 4, ".npz") && file_exists(path);
}

const source source_npz = {
    "npz",      "an .npz of NumPy with x and y (or x_train, y_train, x_test, y_test)",
    npz_fields, sizeof(npz_options),
    npz_probe,  npz_load};
