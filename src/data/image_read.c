/* Reading pictures: one, many by a crew, and those that are broken. */
#include "data/image_folder.h"

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

/* ---- threads ---- */

bool picture_crew_open(picture_crew *c, int threads) {
    c->crew = crew_open(threads);
    c->reader = c->crew ? allocate((size_t)crew_threads(c->crew), sizeof *c->reader) : NULL;
    return c->reader != NULL;
}

void picture_crew_close(picture_crew *c) {
    for (int i = 0; c->reader && i < crew_threads(c->crew); i++) {
        picture_reader *r = &c->reader[i];
        free(r->file.data);
        image_free(&r->image);
        resize_room_free(&r->resize);
        free(r->pixels);
    }
    free(c->reader);
    crew_close(c->crew);
}

/* ---- rows ---- */

typedef struct rows_wanted {
    const mica_dataset *d;
    const uint32_t *rows;
    mica_dtype dtype;
    char *out;
    int64_t elements;
} rows_wanted;

static mica_status gather_one(void *arg, int worker, int64_t i, mica_error *err) {
    const rows_wanted *w = arg;
    const image_folder *f = w->d->state;
    picture_reader *r = &f->crew.reader[worker];
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
    if (!sample_is_broken(status)) return fail(err, status, "%s", why.message);
    memset(to, 0, (size_t)w->elements * mica_dtype_size(w->dtype));
    tree_path(&f->list.tree, file, path);
    return dataset_report(w->d, w->rows[i], path, why.message, err);
}

mica_status gather_pictures(const mica_dataset *d, const uint32_t *rows, int64_t count,
                            mica_dtype dtype, void *out, mica_error *err) {
    image_folder *f = d->state;
    rows_wanted w = {d, rows, dtype, out, f->shape.height * f->shape.width * f->shape.channels};
    return crew_run(f->crew.crew, count, gather_one, &w, err);
}

/* ---- the check while loading ---- */

typedef struct checking {
    image_folder *f;
    bool pixels;
    char **reason; /* of every picture; NULL: it is good */
} checking;

static mica_status check_one(void *arg, int worker, int64_t i, mica_error *err) {
    const checking *c = arg;
    picture_reader *r = &c->f->crew.reader[worker];
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
    if (!sample_is_broken(status)) return fail(err, status, "%s", why.message);
    c->reason[i] = strdup(why.message);
    return c->reason[i] ? MICA_OK : fail_no_memory(err, path);
}

mica_status drop_broken(mica_dataset *d, image_folder *f, mica_error *err) {
    if (!strcmp(f->options->check, "nothing")) return MICA_OK;
    size_t count = f->list.count;
    checking c = {f, !strcmp(f->options->check, "pixels"), allocate(count, sizeof *c.reason)};
    if (!c.reason) return fail_memory(err, count * sizeof *c.reason, f->list.tree.root);
    mica_status status = crew_run(f->crew.crew, (int64_t)count, check_one, &c, err);
    if (status == MICA_OK) status = class_keep_good(d, &f->list, c.reason, err);
    for (size_t i = 0; i < count; i++) free(c.reason[i]);
    free(c.reason);
    return status;
}
