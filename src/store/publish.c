/* See publish.h. */
#include "store/publish.h"

#include "base/file.h"
#include "format/format.h"
#include "mica/session.h"
#include "store/edit.h"
#include "store/folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct work {
    const publish_options *o;
    published *out;
    edit edit;
    arena texts;
    const char *folder, *file; /* .publishing, and the model's file in it */
    mica_model *model;
} work;

static void step(const work *w, const char *what) {
    if (w->o->step) w->o->step(w->o->user, what);
}

/* ---- what is asked ---- */

/* Before anything is made for it. */
static mica_status check_readable(const char *path, mica_error *err) {
    file_reader r;
    TRY(file_open(&r, path, err));
    file_close(&r);
    return MICA_OK;
}

static mica_status check_aliases(const publish_options *o, mica_error *err) {
    for (int i = 0; i < o->alias_count; i++) TRY(check_alias(o->aliases[i], err));
    return MICA_OK;
}

static mica_status choose_number(work *w, mica_error *err) {
    const model_index *x = &w->edit.model.index;
    const int64_t last = x->versions ? x->version[x->versions - 1].number : 0,
                  wanted = w->o->version ? w->o->version : last + 1;
    w->out->version = wanted;
    if (wanted > last && wanted <= GREATEST_VERSION) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: version %lld: expected %lld or more, numbers of versions grow", w->o->name,
                (long long)wanted, (long long)last + 1);
}

/* ---- the copy ---- */

/* "model.h5", by what the file holds; where that is no model, loading says so. */
static mica_status file_name(const char *path, char out[40], mica_error *err) {
    unsigned char bytes[4096];
    FILE *f = fopen(path, "rbe");
    if (!f) return fail_errno(err, path, "open");
    const size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    snprintf(out, 40, "model.h5");
    for (const format *const *one = all_formats; *one; one++)
        if ((*one)->probe(bytes, size)) {
            snprintf(out, 40, "model%s", (*one)->endings[0]);
            break;
        }
    return MICA_OK;
}

static mica_status copy(work *w, mica_error *err) {
    char name[40];
    int64_t bytes;
    TRY(file_name(w->o->path, name, err));
    w->folder = path_join(&w->texts, w->edit.model.folder, PUBLISHING);
    w->file = w->folder ? path_join(&w->texts, w->folder, name) : NULL;
    if (!w->file) return fail_no_memory(err, w->o->path);
    if (mkdir(w->folder, 0777)) return fail_errno(err, w->folder, "make");
    TRY(copy_with_sum(w->o->path, w->file, w->out->sha256, &bytes, err));
    stored_version *v = index_add_version(&w->edit.model.index, w->out->version);
    if (!v) return fail_no_memory(err, w->o->path);
    arena *texts = &w->edit.model.index.texts;
    char now[32];
    index_time(now);
    memcpy(v->sha256, w->out->sha256, sizeof v->sha256);
    v->bytes = bytes;
    v->file = arena_text(texts, name);
    v->published = arena_text(texts, now);
    v->by = arena_text(texts, w->o->by);
    return v->file && v->published && v->by ? MICA_OK : fail_no_memory(err, w->o->path);
}

/* Loaded and compiled as a server would; where extents are free, they come with requests. */
static mica_status try_out(mica_context *ctx, const char *path, mica_model **m, mica_error *err) {
    mica_predictor *p;
    TRY(mica_model_load(ctx, path, m, err));
    const int64_t batch = model_batch(*m);
    for (int i = 0; i < (*m)->input_count; i++)
        for (int k = 1; k < model_input_shape(*m, i)->rank; k++)
            if (model_input_shape(*m, i)->dims[k] < 0) return MICA_OK;
    TRY(mica_predictor_new(*m, batch ? batch : 1, &p, err));
    mica_predictor_destroy(&p);
    return MICA_OK;
}

/* Of a copy that cannot be used the error tells by the name that the caller knows, if it can. */
static mica_status verify(mica_context *ctx, work *w, mica_error *err) {
    mica_model *again = NULL;
    mica_error own = {0};
    mica_status status = try_out(ctx, w->file, &w->model, &own);
    if (status == MICA_OK) return MICA_OK;
    if (try_out(ctx, w->o->path, &again, err) == MICA_OK)
        status = fail(err, status, "%s", own.message);
    mica_model_destroy(&again);
    return status;
}

/* ---- the contract ---- */

static mica_status fail_differs(const work *w, mica_error *err) {
    char text[800];
    differences_text(&w->out->differences, text, sizeof text);
    return fail(
        err, MICA_MISMATCH,
        "%s: not the input contract of version %lld: %s (--force publishes it all the same)",
        w->o->name, (long long)w->out->compared, text);
}

static mica_status compare(mica_context *ctx, work *w, mica_error *err) {
    const stored_model *m = &w->edit.model;
    stored_version *v = index_version(&m->index, w->out->version);
    const char *path;
    mica_model *expected = NULL;
    v->missing = true; /* not there yet: no default */
    const int64_t with = stored_default(m);
    v->missing = false;
    if (!with) return MICA_OK;
    TRY(stored_path(m, index_version(&m->index, with), &w->texts, &path, err));
    mica_status status = mica_model_load(ctx, path, &expected, err);
    if (status != MICA_OK && !w->o->force)
        return fail_within(err, status, "the version that is replaced, for its input contract");
    w->out->compared = status == MICA_OK ? with : 0;
    if (status == MICA_OK) status = find_differences(w->model, expected, &w->out->differences, err);
    else status = MICA_OK; /* forced: there is nothing to be compared with */
    mica_model_destroy(&expected);
    if (status != MICA_OK || !w->out->differences.count) return status;
    v->forced = true;
    return w->o->force ? MICA_OK : fail_differs(w, err);
}

/* ---- what becomes visible ---- */

static mica_status move(work *w, mica_error *err) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)w->out->version);
    const char *to = path_join(&w->texts, w->edit.model.folder, number);
    if (!to) return fail_no_memory(err, w->o->path);
    TRY(folder_sync(w->folder, err));
    if (rename(w->folder, to)) return fail_errno(err, to, "rename");
    w->folder = to;
    return folder_sync(w->edit.model.folder, err);
}

static mica_status set_aliases(work *w, mica_error *err) {
    TRY(edit_note(&w->edit, "publish", w->out->version, err));
    for (int i = 0; i < w->o->alias_count; i++)
        TRY(edit_set_alias(&w->edit, "alias", w->o->aliases[i], w->out->version, err));
    return MICA_OK;
}

/* After a failure: whether the index that is on the disk names it all the same. */
static bool is_published(const work *w) {
    stored_model m;
    if (stored_open(w->o->repository, w->o->name, &m, NULL) != MICA_OK) return false;
    const stored_version *v = index_version(&m.index, w->out->version);
    const bool named = v && !v->found;
    stored_close(&m);
    return named;
}

static mica_status make_version(mica_context *ctx, work *w, mica_error *err) {
    TRY(choose_number(w, err));
    step(w, "copy");
    TRY(copy(w, err));
    step(w, "verify");
    TRY(verify(ctx, w, err));
    step(w, "compare");
    TRY(compare(ctx, w, err));
    TRY(set_aliases(w, err));
    step(w, "move");
    TRY(move(w, err));
    step(w, "index");
    return edit_write(&w->edit, err);
}

mica_status store_publish(mica_context *ctx, const publish_options *o, published *out,
                          mica_error *err) {
    work w = {.o = o, .out = out};
    *out = (published){0};
    TRY(check_aliases(o, err));
    TRY(check_readable(o->path, err));
    TRY(edit_begin(ctx, o->repository, o->name, o->by, true, &w.edit, err));
    mica_status status = make_version(ctx, &w, err);
    mica_model_destroy(&w.model);
    if (status != MICA_OK && w.folder && !is_published(&w)) folder_remove(w.folder, NULL);
    edit_give_back(&w.edit);
    arena_free(&w.texts);
    step(&w, "end");
    return status;
}
