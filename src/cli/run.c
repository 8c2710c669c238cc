/* Runs that are read back from their folders. See run.h. */
#include "cli/run.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

void run_free(run_record *r) {
    free(r->folder);
    json_decref(r->info);
    json_decref(r->recipe);
    json_decref(r->environment);
    history_free(&r->history);
    *r = (run_record){0};
}

static mica_status read_part(const run_record *r, arena *a, const char *name, json_t **out,
                             mica_error *err) {
    const char *path = path_join(a, r->folder, name);
    if (!path) return fail_no_memory(err, r->folder);
    TRY(config_load(path, out, err));
    if (json_is_object(*out)) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s is %s, expected an object", path, config_kind(*out));
}

static mica_status check_version(const run_record *r, mica_error *err) {
    const json_t *version = json_object_get(r->info, "version");
    if (!json_is_integer(version))
        return fail(err, MICA_FORMAT, "%s/run.json: version is %s, expected an integer", r->folder,
                    config_kind(version));
    if (json_integer_value(version) <= RUN_VERSION) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "%s: written by a newer mica (run version %lld, here %d)",
                r->folder, (long long)json_integer_value(version), RUN_VERSION);
}

static mica_status read_all(run_record *r, arena *a, mica_error *err) {
    TRY(read_part(r, a, "run.json", &r->info, err));
    TRY(check_version(r, err));
    TRY(read_part(r, a, "recipe.json", &r->recipe, err));
    TRY(read_part(r, a, "environment.json", &r->environment, err));
    const char *path = path_join(a, r->folder, "history.csv");
    if (!path) return fail_no_memory(err, r->folder);
    return file_exists(path) ? history_read(path, &r->history, err) : MICA_OK;
}

/* "model.h5", "model.h5.run" and "model.h5.run/" name the same. */
static char *folder_of(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    char *folder = malloc(length + 5);
    if (!folder) return NULL;
    snprintf(folder, length + 5, "%.*s.run", (int)length, path);
    if (!file_is_folder(folder)) folder[length] = 0;
    return folder;
}

mica_status run_read(const char *path, run_record *out, mica_error *err) {
    arena a = {0};
    *out = (run_record){.folder = folder_of(path)};
    mica_status status = out->folder ? MICA_OK : fail_memory(err, strlen(path), path);
    if (status == MICA_OK && !file_is_folder(out->folder))
        status = fail(err, MICA_IO, "%s: no run folder (mica train writes OUTPUT.run)", path);
    if (status == MICA_OK) status = read_all(out, &a, err);
    if (status != MICA_OK) run_free(out);
    arena_free(&a);
    return status;
}
