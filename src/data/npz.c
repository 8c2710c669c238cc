/* npz: arrays of NumPy. Inputs x, or x_0, x_1, …; targets y, or y_0, …; sample_weight. As
 * keras.datasets' mnist.npz: x_train, y_train, sample_weight_train, and the same with _test; then
 * the part picks. The options name other arrays. */
#include "codec/npz.h"

#include "base/strbuf.h"
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

typedef struct loading {
    mica_dataset *d;
    const zip *z;
    bool *used; /* by member */
} loading;

static mica_status add(loading *l, const char *array, const char *as, column_role role,
                       mica_error *err) {
    array_bytes a;
    size_t n = strlen(array);
    for (size_t i = 0; i < l->z->count; i++)
        l->used[i] |= !strncmp(l->z->member[i].name, array, n) &&
                      (!l->z->member[i].name[n] || !strcmp(l->z->member[i].name + n, ".npy"));
    TRY(npz_read(l->z, array, &a, err));
    mica_status status = memory_add_array(l->d, as, role, &a, err);
    buffer_drop(a.bytes);
    return status;
}

/* name, name_train, or name_0, name_1, … and name_train_0, …; how many were there in *count. */
static mica_status add_all(loading *l, const char *name, const char *part, column_role role,
                           int *count, mica_error *err) {
    char array[256], as[32];
    const char *const endings[] = {part, ""};
    *count = 0;
    for (size_t e = 0; e < LENGTH(endings) && !*count; e++) {
        snprintf(array, sizeof array, "%s%s", name, endings[e]);
        if (npz_has(l->z, array)) {
            l->d->has_parts |= e == 0;
            return *count = 1, add(l, array, name, role, err);
        }
        for (;; ++*count) {
            snprintf(array, sizeof array, "%s%s_%d", name, endings[e], *count);
            snprintf(as, sizeof as, "%s_%d", name, *count);
            if (!npz_has(l->z, array)) break;
            l->d->has_parts |= e == 0;
            TRY(add(l, array, as, role, err));
        }
    }
    return MICA_OK;
}

/* ---- arrays that nobody asks for ---- */

/* Whether it is name_test or name_test_0, … (the other part's). */
static bool is_of_part(const char *array, const char *name, const char *part) {
    size_t n = strlen(name), k = strlen(part);
    if (strncmp(array, name, n) || strncmp(array + n, part, k)) return false;
    const char *rest = array + n + k;
    return !*rest || (rest[0] == '_' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")]);
}

/* A name that is misspelt would be a weight that is not there: one line for each. */
static void warn_unused(const loading *l, const npz_options *o, const char *other) {
    const char *const known[] = {o->x, o->y, o->sample_weight, NULL};
    for (size_t i = 0; i < l->z->count; i++) {
        char array[256];
        bool wanted = l->used[i];
        snprintf(array, sizeof array, "%s", l->z->member[i].name);
        char *dot = strrchr(array, '.');
        if (dot && !strcmp(dot, ".npy")) *dot = 0;
        for (size_t k = 0; known[k]; k++) wanted |= is_of_part(array, known[k], other);
        if (wanted) continue;
        const char *near = nearest_name(array, known);
        context_log(l->d->ctx, MICA_LOG_WARNING, "%s: the array %s is not used%s%s%s", l->z->name,
                    array, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    }
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

static mica_status fill(loading *l, const source_request *r, mica_error *err) {
    const npz_options *o = r->options;
    bool test = r->part == MICA_TEST;
    const char *part = test ? "_test" : "_train";
    int count;
    TRY(add_all(l, o->x, part, COLUMN_INPUT, &count, err));
    if (!count) return fail_absent(l->z, o->x, part, err);
    TRY(add_all(l, o->y, part, COLUMN_TARGET, &count, err));
    if (!count) TRY(note_no_targets(l->d, l->z, o->y, part, err));
    TRY(add_all(l, o->sample_weight, part, COLUMN_WEIGHT, &count, err));
    warn_unused(l, o, test ? "_train" : "_test");
    return MICA_OK;
}

static mica_status npz_load(const source_request *r, mica_dataset *d, mica_error *err) {
    zip z;
    TRY(memory_digest_files(d, &r->path, 1, err));
    TRY(zip_open(&z, r->path, err));
    loading l = {d, &z, allocate(z.count + 1, sizeof *l.used)};
    mica_status status = l.used ? fill(&l, r, err) : fail_memory(err, z.count, r->path);
    free(l.used);
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
