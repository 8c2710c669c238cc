/* See edit.h. */
#include "store/edit.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "store/folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- what killed processes left ---- */

static bool is_left(const char *name) {
    return !strcmp(name, PUBLISHING) ||
           !strncmp(name, INDEX_FILE ".part", strlen(INDEX_FILE ".part"));
}

/* Nobody else is writing here: whatever is under such a name is nobody's. */
static mica_status clear_left(const stored_model *m, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    mica_status status = folder_list(m->folder, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++) {
        const char *path = is_left(names[i]) ? path_join(&a, m->folder, names[i]) : NULL;
        if (path && file_is_folder(path)) status = folder_remove(path, err);
        else if (path) unlink(path);
    }
    arena_free(&a);
    return status;
}

/* Versions that are deleted in the index, but whose folders stayed. */
mica_status edit_clear_deleted(const edit *e, mica_error *err) {
    const stored_model *m = &e->model;
    char name[24];
    arena a = {0};
    mica_status status = MICA_OK;
    for (size_t i = 0; i < m->index.versions && status == MICA_OK; i++) {
        const stored_version *v = &m->index.version[i];
        if (!v->deleted || v->missing) continue;
        snprintf(name, sizeof name, "%lld", (long long)v->number);
        const char *path = path_join(&a, m->folder, name);
        status = path ? folder_remove(path, err) : fail_no_memory(err, m->folder);
    }
    arena_free(&a);
    return status;
}

/* ---- versions that the index does not know ---- */

static mica_status adopt(edit *e, stored_version *v, mica_error *err) {
    model_index *x = &e->model.index;
    const char *path;
    struct stat facts;
    char when[UTC_TEXT] = "";
    arena a = {0};
    mica_status status = stored_path(&e->model, v, &a, &path, err);
    if (status == MICA_OK) status = file_sum(path, v->sha256, &v->bytes, err);
    if (status == MICA_OK) {
        if (!stat(path, &facts)) utc_text((int64_t)facts.st_mtime * 1000000, 0, when);
        v->file = arena_text(&x->texts, strrchr(path, '/') + 1);
        v->published = arena_text(&x->texts, when);
        v->found = false;
        if (!v->file || !v->published) status = fail_no_memory(err, path);
        else status = edit_note(e, "adopt", v->number, err);
    }
    arena_free(&a);
    return status;
}

/* One that is no model (an empty folder, two files) is left alone, out of the index. */
static mica_status adopt_found(edit *e, mica_error *err) {
    for (size_t i = 0; i < e->model.index.versions; i++) {
        stored_version *v = &e->model.index.version[i];
        const mica_status status = v->found ? adopt(e, v, err) : MICA_OK;
        if (status != MICA_OK && status != MICA_FORMAT) return status;
    }
    return MICA_OK;
}

/* ---- from beginning to end ---- */

static mica_status make_folders(edit *e, const char *repository, mica_error *err) {
    bool made;
    TRY(folder_make(repository, &made, err));
    return folder_make(e->locked, &e->fresh, err);
}

static mica_status begin(edit *e, const char *repository, const char *name, bool make,
                         mica_error *err) {
    if (make) TRY(make_folders(e, repository, err));
    TRY(stored_open(repository, name, &e->model, err));
    TRY(clear_left(&e->model, err));
    TRY(edit_clear_deleted(e, err));
    return adopt_found(e, err);
}

void edit_give_back(edit *e) {
    if (e->fresh) rmdir(e->locked); /* where nothing came into it */
    lock_give(e->ctx, e->locked);
    stored_close(&e->model);
    free(e->locked);
}

mica_status edit_begin(mica_context *ctx, const char *repository, const char *name, const char *by,
                       bool make, edit *out, mica_error *err) {
    arena a = {0};
    bool made;
    *out = (edit){.ctx = ctx, .by = by};
    TRY(check_model_name(name, err));
    const char *path = path_join(&a, repository, name);
    out->locked = path ? strdup(path) : NULL;
    arena_free(&a);
    if (!out->locked) return fail_no_memory(err, name);
    mica_status status = make ? folder_make(repository, &made, err) : MICA_OK;
    if (status == MICA_OK && !make && !file_is_folder(out->locked))
        status = fail(err, MICA_NAME, "%s: there is no model \"%s\"", repository, name);
    if (status == MICA_OK) status = lock_wait(ctx, out->locked, err);
    if (status != MICA_OK) return free(out->locked), status;
    status = begin(out, repository, name, make, err);
    if (status != MICA_OK) edit_give_back(out);
    return status;
}

mica_status edit_write(const edit *e, mica_error *err) {
    const stored_model *m = &e->model;
    arena a = {0};
    const char *path = path_join(&a, m->folder, INDEX_FILE);
    char *text = path ? index_text(&m->index) : NULL;
    mica_status status = text ? file_replace(path, text, strlen(text), err)
                              : fail_no_memory(err, m->folder);
    free(text);
    arena_free(&a);
    return status;
}

mica_status edit_end(edit *e, mica_status status, mica_error *err) {
    if (status == MICA_OK) status = edit_write(e, err);
    edit_give_back(e);
    return status;
}

/* ---- changes ---- */

mica_status edit_note(edit *e, const char *what, int64_t version, mica_error *err) {
    const stored_change c = {.by = e->by, .what = what, .version = version};
    return index_add_change(&e->model.index, &c) ? MICA_OK : fail_no_memory(err, what);
}

mica_status edit_set_alias(edit *e, const char *what, const char *alias, int64_t version,
                           mica_error *err) {
    model_index *x = &e->model.index;
    const stored_alias *old = index_alias(x, alias);
    const int64_t before = old ? old->version : 0;
    if (before == version) return MICA_OK;
    const bool back = !strcmp(what, "rollback");
    const stored_change c = {
        .by = e->by, .what = what, .alias = alias, .version = version, .before = before};
    bool done = index_add_change(x, &c);
    if (before && !back && !strcmp(alias, CHAMPION)) done = done && index_push_before(x, before);
    done = done && index_set_alias(x, alias, version);
    return done ? MICA_OK : fail_no_memory(err, alias);
}
