/* What a folder of pictures holds, by their headers: kinds, sizes, channels. */
#include "data/image_folder.h"

#include <stdlib.h>

typedef struct looking {
    image_folder *f;
    image_facts *facts; /* of every picture; width 0: it could not be looked at */
} looking;

static mica_status look_one(void *arg, picture_reader *r, int64_t i, mica_error *err) {
    const looking *l = arg;
    arena a = {0};
    const char *path = path_join(&a, l->f->root, l->f->list.file[i].path);
    mica_status status = path ? file_read_again(path, &r->file, &r->room, NULL) : MICA_MEMORY;
    if (status == MICA_OK)
        status = image_look(r->file.data, r->file.size, path, &l->facts[i], NULL);
    arena_free(&a);
    if (status != MICA_OK) l->facts[i] = (image_facts){0};
    return status == MICA_MEMORY ? fail_no_memory(err, l->f->root) : MICA_OK;
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

static json_t *facts_json(const image_facts *facts, size_t n, int64_t *room) {
    json_t *kinds = json_object(), *channels = json_object();
    for (size_t i = 0; i < n; i++) {
        static const char *const numbers[] = {"0", "1", "2", "3", "4"};
        if (!facts[i].width) continue;
        count(kinds, image_kind_name(facts[i].kind));
        count(channels, numbers[facts[i].channels]);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "kinds", kinds, "channels", channels, "height",
                     range_json(facts, n, false, room), "width", range_json(facts, n, true, room));
}

mica_status describe_pictures(const mica_dataset *d, json_t *out, mica_error *err) {
    image_folder *f = d->state;
    size_t n = f->list.count;
    looking l = {f, allocate(n, sizeof *l.facts)};
    int64_t *room = allocate(n, sizeof *room);
    if (!l.facts || !room) {
        free(l.facts), free(room);
        return fail_memory(err, n * sizeof *l.facts, f->root);
    }
    mica_status status = for_pictures(f, (int64_t)n, look_one, &l, err);
    if (status == MICA_OK) json_object_set_new(out, "pictures", facts_json(l.facts, n, room));
    free(l.facts), free(room);
    return status;
}
