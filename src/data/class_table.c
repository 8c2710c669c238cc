/* Lists of files as sources of class folders: a CSV with the columns path and class, as `mica data
 * split` writes them. Paths are those from the list's own folder. Such a list says what each part
 * of a folder is without moving a file. */
#include "data/class_folder.h"

#include "codec/csv.h"

#include <stdlib.h>
#include <string.h>

enum { PATH, CLASS, COLUMNS };

/* ---- which files are lists ---- */

static bool is(const cell *c, const char *text) {
    return c->length == strlen(text) && !memcmp(c->at, text, c->length);
}

typedef struct front {
    int rows;
    bool listed;     /* the names are those of a list */
    char path[4096]; /* of its first file; "": there is none */
} front;

static mica_status look_at_row(void *arg, int64_t line, const cell *cells, int count,
                               mica_error *err) {
    (void)line, (void)err;
    front *f = arg;
    if (!f->rows++)
        f->listed = count == COLUMNS && is(&cells[PATH], "path") && is(&cells[CLASS], "class");
    else if (f->rows == 2 && cells[PATH].length < sizeof f->path)
        memcpy(f->path, cells[PATH].at, cells[PATH].length);
    return MICA_OK;
}

bool class_table_probe(const char *path, const file_kind *kind) {
    enum { FRONT = 16384 };
    char bytes[FRONT];
    text_file text;
    front f = {0};
    const size_t length = strlen(path);
    if (length < 5 || strcmp(path + length - 4, ".csv") != 0 || file_is_folder(path)) return false;
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    const size_t size = fread(bytes, 1, FRONT, file);
    fclose(file);
    const char *last = memrchr(bytes, '\n', size);
    if (!last || !memmem(bytes, (size_t)(last - bytes), "path,class", 10)) return false;
    if (text_file_of(bytes, (size_t)(last + 1 - bytes), path, NULL, &text, NULL) != MICA_OK)
        return false;
    csv_each_row(&text, path, ',', look_at_row, &f, NULL);
    text_file_free(&text);
    return f.listed && (!kind || kind->is_name(f.path));
}

/* ---- reading one ---- */

typedef struct table_reading {
    class_list *list;
    arena *texts;
    char **class; /* of each file */
    size_t room;
    bool named; /* the row of names was there */
} table_reading;

static char *keep(arena *texts, const cell *c) {
    char *text = arena_take(texts, c->length + 1);
    if (text) memcpy(text, c->at, c->length), text[c->length] = 0;
    return text;
}

static mica_status add_row(void *arg, int64_t line, const cell *cells, int count, mica_error *err) {
    table_reading *r = arg;
    class_list *list = r->list;
    if (!r->named) return r->named = true, MICA_OK;
    if (count != COLUMNS || !cells[PATH].length || !cells[CLASS].length)
        return fail(err, MICA_FORMAT, "%s:%lld: expected a path and a class", list->table,
                    (long long)line);
    if (!grow(&list->file, &list->room, list->count + 1, sizeof *list->file) ||
        !grow(&r->class, &r->room, list->count + 1, sizeof *r->class))
        return fail_no_memory(err, list->table);
    char *path = keep(r->texts, &cells[PATH]), *class = keep(r->texts, &cells[CLASS]);
    if (!path || !class) return fail_no_memory(err, list->table);
    r->class[list->count] = class;
    list->file[list->count++] = (class_file){.path = path};
    return MICA_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names' bytes, as folders are. */
static mica_status sort_classes(class_list *list, char *const *class, arena *texts,
                                mica_error *err) {
    char **names = arena_take(texts, (list->count + 1) * sizeof *names);
    size_t count = 0;
    if (!names) return fail_no_memory(err, list->table);
    if (list->count) memcpy(names, class, list->count * sizeof *names);
    qsort(names, list->count, sizeof *names, by_text);
    for (size_t i = 0; i < list->count; i++)
        if (!count || strcmp(names[i], names[count - 1]) != 0) names[count++] = names[i];
    list->classes = names;
    list->class_count = (int)count;
    return MICA_OK;
}

mica_status class_table_read(class_list *list, char ***class, arena *texts, mica_error *err) {
    table_reading r = {.list = list, .texts = texts};
    text_file text;
    *class = NULL;
    TRY(text_file_read(list->table, NULL, NULL, &text, err));
    mica_status status = csv_each_row(&text, list->table, ',', add_row, &r, err);
    text_file_free(&text);
    if (status == MICA_OK) status = sort_classes(list, r.class, texts, err);
    *class = r.class;
    return status;
}

static int by_class_and_path(const void *a, const void *b) {
    const class_file *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return strcmp(x->path, y->path);
}

typedef struct named_class {
    const char *name;
    uint32_t label;
} named_class;

static int by_name(const void *a, const void *b) {
    return strcmp(((const named_class *)a)->name, ((const named_class *)b)->name);
}

/* Files of classes that are not chosen are left out; the others lie as those of folders. */
mica_status class_table_label(class_list *list, char *const *class, mica_error *err) {
    const size_t classes = (size_t)list->class_count;
    named_class *names = allocate(classes + 1, sizeof *names);
    size_t count = 0;
    if (!names) return fail_no_memory(err, list->table);
    for (size_t k = 0; k < classes; k++) names[k] = (named_class){list->classes[k], (uint32_t)k};
    qsort(names, classes, sizeof *names, by_name);
    for (size_t i = 0; i < list->count; i++) {
        const named_class wanted = {.name = class[i]},
                          *found = bsearch(&wanted, names, classes, sizeof *names, by_name);
        if (found) list->file[count++] = (class_file){list->file[i].path, found->label};
    }
    free(names);
    list->count = count;
    if (count) qsort(list->file, count, sizeof *list->file, by_class_and_path);
    return MICA_OK;
}
