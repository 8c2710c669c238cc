/* text_folder: class folders of text files: root/<class>/…/<name>.txt, UTF-8, with or without a
 * byte order mark. x strings, y by label_mode: int (int32), categorical (one-hot float32), binary
 * (float32 (1)), none. All texts are read while loading: they are small, and strings have to stay.
 * Source: keras.utils.text_dataset_from_directory. */
#include "base/utf8.h"
#include "data/class_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OWNER mica_text_folder_options
static const field text_folder_fields[] = {
    INTEGER(OWNER, max_length, NULLABLE, .min = 1, .help = "bytes of a text that are kept"),
    CLASS_FOLDER_FIELDS(OWNER), END_OF_FIELDS};

static bool is_text_name(const char *name) {
    size_t n = strlen(name);
    return n > 4 && !strcasecmp(name + n - 4, ".txt");
}

const file_kind text_kind = {"texts", "text.txt", is_text_name, "text_folder"};

typedef struct text_folder {
    class_list list;
    mica_string *text; /* of every file of the list; its bytes are the dataset's */
} text_folder;

/* ---- reading ---- */

/* So many bytes, less the part of a letter at their end. */
static size_t cut_at(const char *text, size_t size, int64_t most) {
    if (most == NO_INTEGER || size <= (size_t)most) return size;
    size = (size_t)most;
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) size--;
    return size;
}

typedef struct reading {
    mica_dataset *d;
    int64_t most; /* bytes */
    size_t kept;
} reading;

static mica_status take_text(void *arg, size_t i, const char *path, const file_bytes *file,
                             mica_error *err) {
    reading *r = arg;
    text_folder *f = r->d->state;
    const char *bytes = (const char *)file->data, *wrong = utf8_invalid(bytes, file->size);
    size_t mark = file->size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    if (wrong)
        return fail(err, MICA_FORMAT, "%s: no UTF-8 (byte 0x%02x at %zu)", path,
                    (unsigned char)*wrong, (size_t)(wrong - bytes));
    size_t size = cut_at(bytes + mark, file->size - mark, r->most);
    char *kept = arena_take(&r->d->texts, size + 1);
    if (!kept) return fail_memory(err, size, path);
    memcpy(kept, bytes + mark, size);
    f->text[r->kept++] = (mica_string){kept, size};
    return MICA_OK;
}

/* ---- the dataset ---- */

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const text_folder *f = d->state;
    if (d->column[at].role != COLUMN_INPUT)
        return class_gather_labels(d, &f->list, at, rows, count, dtype, out, err);
    if (dtype != MICA_STRING)
        return fail(err, MICA_TYPE, "%s: x holds strings, expected numbers", f->list.tree.root);
    for (int64_t i = 0; i < count; i++) {
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
        ((mica_string *)out)[i] = f->text[rows[i]];
    }
    return MICA_OK;
}

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const text_folder *f = d->state;
    return class_digest(&f->list, h, err);
}

static int64_t words_of(const mica_string *text) {
    int64_t words = 0;
    bool in = false;
    for (size_t i = 0; i < text->size; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        bool space = c == ' ' || (c >= '\t' && c <= '\r');
        words += !space && !in;
        in = !space;
    }
    return words;
}

static int64_t letters_of(const mica_string *text) {
    int64_t letters = 0;
    for (size_t i = 0; i < text->size; i++)
        letters += ((unsigned char)text->bytes[i] & 0xC0) != 0x80;
    return letters;
}

/* Adds "texts": how long they are. */
static mica_status describe(const mica_dataset *d, json_t *out, mica_error *err) {
    const text_folder *f = d->state;
    size_t n = (size_t)d->rows;
    int64_t *letters = allocate(2 * n, sizeof *letters), *words = letters + n;
    if (!letters) return fail_memory(err, 2 * n * sizeof *letters, f->list.tree.root);
    for (size_t i = 0; i < n; i++) {
        letters[i] = letters_of(&f->text[i]);
        words[i] = words_of(&f->text[i]);
    }
    json_object_set_new(out, "texts",
                        json_pack("{s:o, s:o}", "characters", class_extent(letters, n), "words",
                                  class_extent(words, n)));
    free(letters);
    return MICA_OK;
}

static void destroy(mica_dataset *d) {
    text_folder *f = d->state;
    class_close(&f->list);
    free(f->text);
    free(f);
}

static mica_status text_folder_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const OWNER *o = r->options;
    const class_choice choice = CLASS_CHOICE_OF(o);
    text_folder *f = d->state = allocate(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, r->path);
    d->destroy = destroy;
    d->gather = gather;
    d->digest = digest;
    d->describe = describe;
    TRY(class_open(&f->list, r, &choice, &text_kind, d, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    f->text = allocate(f->list.count, sizeof *f->text);
    if (!f->text) return fail_memory(err, f->list.count * sizeof *f->text, f->list.tree.root);
    TRY(class_look_at_all(d, &f->list, take_text, &(reading){d, o->max_length, 0}, err));
    d->rows = (int64_t)f->list.count;
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_STRING, &(shape){0});
    return class_add_labels(d, &f->list, err);
}

static bool text_folder_probe(const char *path) { return class_folder_probe(path, &text_kind); }

const source source_text_folder = {"text_folder",      "class folders of texts (.txt, UTF-8)",
                                   text_folder_fields, sizeof(OWNER),
                                   text_folder_probe,  text_folder_load,
                                   .by_class = true};
