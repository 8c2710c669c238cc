/* What a folder of pictures holds, by their headers: kinds, sizes, channels. */
#include "data/image_folder.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct looking {
    image_folder *f;
    image_facts *facts; /* of every picture; width 0: it could not be looked at */
} looking;

static mica_status look_one(void *arg, int worker, int64_t i, mica_error *err) {
    const looking *l = arg;
    picture_reader *r = &l->f->crew.reader[worker];
    const char *path = l->f->list.file[i].path;
    mica_status status = tree_read(&l->f->list.tree, path, &r->file, &r->room, err);
    if (status == MICA_OK) status = image_look(r->file.data, r->file.size, path, &l->facts[i], err);
    if (status != MICA_OK) l->facts[i] = (image_facts){0};
    return sample_is_broken(status) ? MICA_OK : status;
}

static void count(json_t *counts, const char *name) {
    json_int_t n = json_integer_value(json_object_get(counts, name));
    json_object_set_new(counts, name, json_integer(n + 1));
}

static json_t *range_json(const image_facts *facts, size_t n, bool of_width, int64_t *values) {
    for (size_t i = 0; i < n; i++)
        values[i] = !facts[i].width ? -1 : of_width ? facts[i].width : facts[i].height;
    return class_extent(values, n);
}

enum { SHOWN_SIZES = 20 };

typedef struct size_count {
    int64_t width, height, count;
} size_count;

static int by_extent(const void *a, const void *b) {
    const size_count *x = a, *y = b;
    if (x->width != y->width) return x->width < y->width ? -1 : 1;
    return (x->height > y->height) - (x->height < y->height);
}
static int by_count(const void *a, const void *b) {
    const size_count *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return by_extent(a, b);
}

/* The most frequent sizes, "WIDTHxHEIGHT". */
static json_t *sizes_json(const image_facts *facts, size_t n) {
    size_count *all = allocate(n + 1, sizeof *all);
    size_t seen = 0, kept = 0;
    json_t *list = json_array();
    for (size_t i = 0; i < n && all; i++)
        if (facts[i].width) all[seen++] = (size_count){facts[i].width, facts[i].height, 1};
    if (seen) qsort(all, seen, sizeof *all, by_extent);
    for (size_t i = 0; i < seen; i++)
        if (kept && !by_extent(&all[kept - 1], &all[i])) all[kept - 1].count++;
        else all[kept++] = all[i];
    if (kept) qsort(all, kept, sizeof *all, by_count);
    for (size_t i = 0; i < kept && i < SHOWN_SIZES; i++) {
        char text[64];
        snprintf(text, sizeof text, "%lldx%lld", (long long)all[i].width, (long long)all[i].height);
        json_array_append_new(
            list, json_pack("{s:s, s:I}", "size", text, "count", (json_int_t)all[i].count));
    }
    free(all);
    return list;
}

static json_t *facts_json(const image_facts *facts, size_t n, int64_t *room) {
    json_t *kinds = json_object(), *channels = json_object();
    for (size_t i = 0; i < n; i++) {
        static const char *const numbers[] = {"0", "1", "2", "3", "4"};
        if (!facts[i].width) continue;
        count(kinds, image_kind_name(facts[i].kind));
        count(channels, numbers[facts[i].channels]);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "kinds", kinds, "channels", channels, "height",
                     range_json(facts, n, false, room), "width", range_json(facts, n, true, room),
                     "sizes", sizes_json(facts, n));
}

mica_status describe_pictures(const mica_dataset *d, json_t *out, mica_error *err) {
    image_folder *f = d->state;
    size_t n = f->list.count;
    looking l = {f, allocate(n, sizeof *l.facts)};
    int64_t *room = allocate(n, sizeof *room);
    if (!l.facts || !room) {
        free(l.facts), free(room);
        return fail_memory(err, n * sizeof *l.facts, f->list.tree.root);
    }
    mica_status status = crew_run(f->crew.crew, (int64_t)n, look_one, &l, err);
    if (status == MICA_OK) json_object_set_new(out, "pictures", facts_json(l.facts, n, room));
    free(l.facts), free(room);
    return status;
}
