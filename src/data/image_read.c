/* Reading pictures: one, many by workers, and those that are broken. */
#include "data/image_folder.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char *row_of(void *from, int64_t y) { return image_row(from, y); }

mica_status read_picture(picture_reader *r, const file_tree *t, const char *path,
                         const picture_shape *s, float *out, mica_error *err) {
    char name[4096];
    TRY(tree_read(t, path, &r->file, &r->room, err));
    tree_path(t, path, name);
    image_wish wish = {.channels = (int)s->channels, .exact = s->exact, .by_rows = true};
    if (s->fast) wish.fit_height = s->height, wish.fit_width = s->width;
    TRY(image_decode(r->file.data, r->file.size, wish, name, &r->image, err));
    pixel_rows rows = {.height = r->image.height,
                       .width = r->image.width,
                       .channels = r->image.channels,
                       .row = row_of,
                       .from = &r->image};
    TRY(fit_image(&rows, s->fit, out, s->height, s->width, s->channels, s->method, &r->resize,
                  err));
    preprocess_input(s->preprocess, out, s->height * s->width, s->channels);
    return MICA_OK;
}

void reader_free(picture_reader *r) {
    free(r->file.data);
    image_free(&r->image);
    resize_room_free(&r->resize);
    free(r->pixels);
    free(r);
}

/* ---- workers ---- */

static picture_reader *take_reader(image_folder *f) {
    pthread_mutex_lock(&f->free_lock);
    picture_reader *r = f->readers;
    if (r) f->readers = r->next;
    pthread_mutex_unlock(&f->free_lock);
    return r ? r : allocate(1, sizeof *r);
}

static void give_reader(image_folder *f, picture_reader *r) {
    pthread_mutex_lock(&f->free_lock);
    r->next = f->readers;
    f->readers = r;
    pthread_mutex_unlock(&f->free_lock);
}

typedef struct job {
    image_folder *f;
    picture_work work;
    void *arg;
    int64_t count;
    atomic_llong next;
    atomic_bool failed;
    mica_status status; /* of the first failure, by free_lock */
    mica_error err;
} job;

static void fail_job(job *j, mica_status status, const mica_error *err) {
    pthread_mutex_lock(&j->f->free_lock);
    if (!atomic_exchange(&j->failed, true)) {
        j->status = status;
        j->err = *err;
    }
    pthread_mutex_unlock(&j->f->free_lock);
}

static void run_job(void *arg, int index) {
    job *j = arg;
    mica_error err = {0};
    picture_reader *r = take_reader(j->f);
    if (!r) {
        fail_memory(&err, sizeof *r, j->f->list.tree.root);
        fail_job(j, MICA_MEMORY, &err);
        return;
    }
    for (int64_t i; !atomic_load(&j->failed) && (i = atomic_fetch_add(&j->next, 1)) < j->count;) {
        mica_status status = j->work(j->arg, r, i, &err);
        if (status != MICA_OK) fail_job(j, status, &err);
    }
    give_reader(j->f, r);
}

mica_status for_pictures(image_folder *f, int64_t count, picture_work work, void *arg,
                         mica_error *err) {
    job j = {.f = f, .work = work, .arg = arg, .count = count};
    /* A second caller works alone. */
    if (count > 1 && pthread_mutex_trylock(&f->one_at_a_time) == 0) {
        pool_run(f->pool, f->workers, run_job, &j);
        pthread_mutex_unlock(&f->one_at_a_time);
    } else {
        run_job(&j, 0);
    }
    if (j.status != MICA_OK && err) *err = j.err;
    return j.status;
}

/* ---- rows ---- */

typedef struct rows_wanted {
    const mica_dataset *d;
    const uint32_t *rows;
    mica_dtype dtype;
    char *out;
    int64_t elements;
} rows_wanted;

static mica_status gather_one(void *arg, picture_reader *r, int64_t i, mica_error *err) {
    const rows_wanted *w = arg;
    const image_folder *f = w->d->state;
    const char *file = f->list.file[w->rows[i]].path;
    char path[4096], *to = w->out + (size_t)(i * w->elements) * mica_dtype_size(w->dtype);
    float *pixels = w->dtype == MICA_FLOAT32 ? (float *)to : r->pixels;
    mica_error why = {0};
    if (!pixels && !(pixels = r->pixels = malloc(sizeof *pixels * (size_t)w->elements)))
        return fail_memory(err, sizeof *pixels * (size_t)w->elements, f->list.tree.root);
    mica_status status = read_picture(r, &f->list.tree, file, &f->shape, pixels, &why);
    if (status == MICA_OK) {
        if (w->dtype != MICA_FLOAT32) convert(MICA_FLOAT32, pixels, w->dtype, to, w->elements);
        return MICA_OK;
    }
    if (status == MICA_MEMORY) return fail(err, status, "%s", why.message);
    memset(to, 0, (size_t)w->elements * mica_dtype_size(w->dtype));
    tree_path(&f->list.tree, file, path);
    return dataset_report(w->d, w->rows[i], path, why.message, err);
}

mica_status gather_pictures(const mica_dataset *d, const uint32_t *rows, int64_t count,
                            mica_dtype dtype, void *out, mica_error *err) {
    image_folder *f = d->state;
    rows_wanted w = {d, rows, dtype, out, f->shape.height * f->shape.width * f->shape.channels};
    return for_pictures(f, count, gather_one, &w, err);
}

/* ---- the check while loading ---- */

typedef struct checking {
    image_folder *f;
    bool pixels;
    char **reason; /* of every picture; NULL: it is good */
} checking;

static mica_status check_one(void *arg, picture_reader *r, int64_t i, mica_error *err) {
    const checking *c = arg;
    const char *file = c->f->list.file[i].path;
    char path[4096];
    image_facts facts;
    mica_error why = {0};
    mica_status status = tree_read(&c->f->list.tree, file, &r->file, &r->room, &why);
    tree_path(&c->f->list.tree, file, path);
    if (status == MICA_OK) status = image_look(r->file.data, r->file.size, path, &facts, &why);
    if (status == MICA_OK && !image_supported(facts.kind))
        return image_decode(r->file.data, r->file.size, (image_wish){0}, path, &r->image,
                            err); /* says why */
    if (status == MICA_OK && c->pixels)
        status = image_decode(r->file.data, r->file.size, (image_wish){0}, path, &r->image, &why);
    if (status == MICA_OK) return MICA_OK;
    c->reason[i] = strdup(why.message);
    return c->reason[i] && status != MICA_MEMORY ? MICA_OK
                                                 : fail(err, MICA_MEMORY, "%s", why.message);
}

mica_status drop_broken(mica_dataset *d, image_folder *f, mica_error *err) {
    if (!strcmp(f->options->check, "nothing")) return MICA_OK;
    size_t count = f->list.count;
    checking c = {f, !strcmp(f->options->check, "pixels"), allocate(count, sizeof *c.reason)};
    if (!c.reason) return fail_memory(err, count * sizeof *c.reason, f->list.tree.root);
    mica_status status = for_pictures(f, (int64_t)count, check_one, &c, err);
    if (status == MICA_OK) status = class_keep_good(d, &f->list, c.reason, err);
    for (size_t i = 0; i < count; i++) free(c.reason[i]);
    free(c.reason);
    return status;
}
