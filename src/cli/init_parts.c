/* mica init: data that are in parts already, as `mica data split` writes them (churn-train.csv,
 * churn-validation.csv, churn-test.csv) or as folders train, validation and test. See init.h. */
#include "cli/init.h"

#include "base/file.h"
#include "cli/recipe.h"

#include <string.h>

/* ---- folders ---- */

static bool put_folder(const init *i, const char *name, char out[4096]) {
    const char *path = after_kind(i->spec);
    size_t n = strlen(i->spec);
    while (n > 1 && i->spec[n - 1] == '/') n--;
    const int length = snprintf(out, 4096, "%.*s/%s", (int)n, i->spec, name);
    if (length < 4096 && file_is_folder(out + (path - i->spec))) return true;
    out[0] = 0;
    return false;
}

/* The source itself takes train/ and test/; of validation/ it knows only where there is no test. */
static void find_folders(init *i) {
    static const char *const names[] = {"validation", "val"};
    char train[4096];
    if (!put_folder(i, "train", train)) return;
    for (size_t k = 0; k < LENGTH(names) && !i->validation[0]; k++)
        put_folder(i, names[k], i->validation);
    if (i->validation[0]) put_folder(i, "test", i->test);
}

/* ---- files ---- */

/* SPEC with `part` for the "train" that is `length` bytes at `at`, where there is such a file. */
static void put_file(const init *i, const char *at, const char *part, char out[4096]) {
    const char *path = after_kind(i->spec);
    const int length = snprintf(out, 4096, "%.*s%s%s", (int)(at - i->spec), i->spec, part,
                                at + strlen("train"));
    if (length < 4096 && file_exists(out + (path - i->spec))) return;
    out[0] = 0;
}

static void find_files(init *i, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path,
               *at = strstr(name, "-train.");
    if (!at || at == name) return;
    put_file(i, at + 1, "validation", i->validation);
    put_file(i, at + 1, "test", i->test);
    if (i->validation[0] || i->test[0])
        snprintf(i->name, sizeof i->name, "%.*s", (int)(at - name), name);
}

void init_find_parts(init *i) {
    const char *path = after_kind(i->spec);
    if (!path) return;
    if (file_is_folder(path)) find_folders(i);
    else find_files(i, path);
    const bool both = i->validation[0] && i->test[0];
    if (i->validation[0] || i->test[0])
        say(&i->o->common, "parts that are there: %s%s%s%s%s", i->validation,
            i->validation[0] ? " validates" : "", both ? ", " : "", i->test,
            i->test[0] ? " tests" : "");
}
