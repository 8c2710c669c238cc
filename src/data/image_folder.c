/* image_folder: class folders of pictures: root/<class>/…/<picture>. x (height, width, C) float32
 * in 0 … 255, y by label_mode: int (int32), categorical (one-hot float32), binary (float32 (1)),
 * none. Where root holds train/ and test/ (or validation/, val/), the part picks one. An archive is
 * read as the folder it would unpack to. Source: keras.utils.image_dataset_from_directory. */
#include "data/image_folder.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const color_modes[] = {"grayscale", "rgb", "rgba", NULL};
static const char *const label_modes[] = {"int", "categorical", "binary", "none", NULL};
static const char *const checks[] = {"nothing", "header", "pixels", NULL};
static const char *const subsets[] = {"training", "validation", NULL};
static const char *const methods[] = RESIZE_METHODS;
static const char *const preprocess_modes[] = PREPROCESS_MODES;

#define OWNER mica_image_folder_options
static const field image_folder_fields[] = {
    INTEGERS(OWNER, image_size, 2, DEFAULT(256), .min = 1, .max = 65535,
             .help = "height and width"),
    TEXT(OWNER, color_mode, "rgb", .choices = color_modes, .help = "how many channels"),
    TEXT(OWNER, interpolation, "bilinear", .choices = methods, .help = "how pictures are resized"),
    TEXT(OWNER, label_mode, "int", .choices = label_modes, .help = "what y is"),
    TEXT(OWNER, check, "header", .choices = checks,
         .help = "what of every picture is looked at first"),
    REAL(OWNER, max_broken, DEFAULT(0.01), .max = 1,
         .help = "the share of broken pictures that is left out"),
    CONFIG(OWNER, class_names, NULL, .flags = FIELD_NULLABLE | FIELD_NUMBERS,
           .help = "the class folders that are read, in the order of y"),
    CONFIG(OWNER, labels, "inferred", .flags = FIELD_NUMBERS,
           .help = "inferred: from class folders; or a list of a number per picture"),
    BOOLEAN(OWNER, follow_links, .help = "links to folders below the class folders are followed"),
    REAL(OWNER, validation_split, DEFAULT(0), .max = 1,
         .help = "the share of pictures that is held back for validation"),
    TEXT(OWNER, subset, NULL, .flags = FIELD_NULLABLE, .choices = subsets,
         .help = "which share: training, validation (by default what the part asks for)"),
    INTEGER(OWNER, seed, DEFAULT(0), .max = UINT32_MAX, .help = "of the split"),
    NEGATED(OWNER, no_shuffle, "shuffle", .help = "whether the split is by chance"),
    BOOLEAN(OWNER, crop_to_aspect_ratio, .help = "the largest centred part of image_size's shape"),
    BOOLEAN(OWNER, pad_to_aspect_ratio, .help = "the whole picture, black around it"),
    TEXT(OWNER, preprocess_input, "none", .choices = preprocess_modes,
         .help = "pixels as networks of ImageNet take them"),
    BOOLEAN(OWNER, exact_decode, .help = "JPEG by the exact inverse transform"),
    BOOLEAN(OWNER, fast_decode,
            .help = "JPEG scaled down while it is decoded, not below image_size"),
    END_OF_FIELDS,
};

/* ---- y ---- */

static void put_label(uint32_t label, const column *c, mica_dtype dtype, char *out) {
    int64_t each = shape_size(&c->shape);
    size_t size = mica_dtype_size(dtype);
    for (int64_t i = 0; i < each && each > 1; i++)
        dtype_store(dtype, out + (size_t)i * size, i == label);
    if (each == 1) dtype_store(dtype, out, label);
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const image_folder *f = d->state;
    const column *c = &d->column[at];
    size_t row = (size_t)shape_size(&c->shape) * mica_dtype_size(dtype);
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
    if (c->role == COLUMN_INPUT) return gather_pictures(d, rows, count, dtype, out, err);
    for (int64_t i = 0; i < count; i++)
        put_label(f->list.file[rows[i]].label, c, dtype, (char *)out + (size_t)i * row);
    return MICA_OK;
}

static mica_status add_columns(mica_dataset *d, const image_folder *f, mica_error *err) {
    const char *mode = f->options->label_mode;
    shape x = {3, {f->shape.height, f->shape.width, f->shape.channels}}, y = {0, {0}};
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_FLOAT32, &x);
    if (!strcmp(mode, "none")) return MICA_OK;
    if (!strcmp(mode, "binary") && f->list.class_count != 2)
        return fail(err, MICA_VALUE, "%s: label_mode binary needs 2 class folders, found %d",
                    f->tree.root, f->list.class_count);
    if (!strcmp(mode, "categorical") && !f->list.classes)
        return fail(err, MICA_VALUE,
                    "%s: label_mode categorical wants labels 0, 1, …: there are %d different ones, "
                    "and larger numbers among them",
                    f->tree.root, f->list.class_count);
    if (!strcmp(mode, "categorical")) y = (shape){1, {f->list.class_count}};
    if (!strcmp(mode, "binary")) y = (shape){1, {1}};
    dataset_add_column(d, "y", COLUMN_TARGET, strcmp(mode, "int") ? MICA_FLOAT32 : MICA_INT32, &y);
    return MICA_OK;
}

/* ---- what else a dataset has ---- */

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const image_folder *f = d->state;
    for (size_t i = 0; i < f->list.count; i++) {
        const char *path = f->list.file[i].path;
        uint64_t size;
        TRY(tree_size(&f->tree, path, &size, err));
        sha256_add(h, path, strlen(path) + 1);
        sha256_add(h, &size, sizeof size);
        if (labels_are_given(f->options))
            sha256_add(h, &f->list.file[i].label, sizeof f->list.file[i].label);
    }
    return MICA_OK;
}

static void destroy(mica_dataset *d) {
    image_folder *f = d->state;
    pool_close(f->pool);
    for (picture_reader *r = f->readers, *next; r; r = next) {
        next = r->next;
        reader_free(r);
    }
    pthread_mutex_destroy(&f->one_at_a_time);
    pthread_mutex_destroy(&f->free_lock);
    free(f->list.file);
    if (f->tree.members) members_close(&f->members);
    free(f);
}

static const char *preparation(mica_dataset *d, const mica_image_folder_options *o) {
    strbuf t = {0};
    strbuf_add(
        &t, "{\"image_size\": [%lld, %lld], \"color_mode\": \"%s\", \"interpolation\": \"%s\"",
        (long long)o->image_size[0], (long long)o->image_size[1], o->color_mode, o->interpolation);
    if (o->crop_to_aspect_ratio) strbuf_add(&t, ", \"crop_to_aspect_ratio\": true");
    if (o->pad_to_aspect_ratio) strbuf_add(&t, ", \"pad_to_aspect_ratio\": true");
    if (strcmp(o->preprocess_input, "none"))
        strbuf_add(&t, ", \"preprocess_input\": \"%s\"", o->preprocess_input);
    strbuf_add(&t, "}");
    const char *text = t.failed ? NULL : arena_text(&d->texts, t.data);
    strbuf_free(&t);
    return text;
}

/* root/train or root/test, where both are there; NULL: the root itself. */
static const char *part_folder(const file_tree *t, mica_part part) {
    static const char *const tests[] = {"test", "validation", "val"};
    if (!has_pictures(t, "train")) return NULL;
    for (size_t i = 0; i < LENGTH(tests); i++)
        if (has_pictures(t, tests[i])) return part == MICA_TEST ? tests[i] : "train";
    return NULL;
}

/* The folder or archive, and which of its folders is the root. */
static mica_status open_tree(const source_request *r, mica_dataset *d, image_folder *f,
                             mica_error *err) {
    const mica_image_folder_options *o = r->options;
    f->tree = tree_of_folder(d->origin);
    if (!file_is_folder(r->path) && is_archive_path(r->path)) {
        TRY(members_open(&f->members, r->path, is_picture_name, err));
        f->tree = tree_of_archive(&f->members);
    }
    f->tree.follow_links = o->follow_links;
    if (labels_are_given(o)) return MICA_OK;
    bool memory = !f->tree.members || enter_wrapping_folders(&f->tree, &d->texts);
    const char *part = part_folder(&f->tree, r->part);
    f->has_parts = part != NULL;
    if (part) memory = memory && tree_enter(&f->tree, part, &d->texts);
    return memory ? MICA_OK : fail_no_memory(err, r->path);
}

static mica_status begin(const source_request *r, mica_dataset *d, mica_error *err) {
    image_folder *f = allocate(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, r->path);
    d->state = f;
    d->destroy = destroy;
    d->gather = gather;
    d->digest = digest;
    d->describe = describe_pictures;
    d->slow = true;
    pthread_mutex_init(&f->one_at_a_time, NULL);
    pthread_mutex_init(&f->free_lock, NULL);
    f->options = r->options;
    f->tree = tree_of_folder(d->origin);
    f->workers = mica_threads(d->ctx) - 1;
    f->pool = pool_open(f->workers);
    return f->pool ? open_tree(r, d, f, err) : fail_no_memory(err, r->path);
}

static picture_shape shape_of(const mica_image_folder_options *o) {
    picture_shape s = {.height = o->image_size[0],
                       .width = o->image_size[1],
                       .channels = 3,
                       .exact = o->exact_decode,
                       .fast = o->fast_decode};
    if (!strcmp(o->color_mode, "grayscale")) s.channels = 1;
    if (!strcmp(o->color_mode, "rgba")) s.channels = 4;
    for (int i = 0; methods[i]; i++)
        if (!strcmp(o->interpolation, methods[i])) s.method = (resize_method)i;
    for (int i = 0; preprocess_modes[i]; i++)
        if (!strcmp(o->preprocess_input, preprocess_modes[i])) s.preprocess = (preprocess_mode)i;
    s.fit = o->crop_to_aspect_ratio ? FIT_CROP : o->pad_to_aspect_ratio ? FIT_PAD : FIT_STRETCH;
    return s;
}

/* The subset by name, else the validation pictures are the test part. A folder with parts of its
 * own is split only by name. */
static mica_status split(const source_request *r, mica_dataset *d, image_folder *f,
                         mica_error *err) {
    const mica_image_folder_options *o = r->options;
    if (o->subset && !(o->validation_split > 0))
        return fail(err, MICA_VALUE, "%s: subset '%s' needs a validation_split above 0",
                    f->tree.root, o->subset);
    if (!(o->validation_split > 0)) return MICA_OK;
    if (!o->subset && f->has_parts) return MICA_OK;
    bool validation = o->subset ? !strcmp(o->subset, "validation") : r->part == MICA_TEST;
    if (!o->no_shuffle) d->by_class = false;
    return split_pictures(&f->list, o, validation, f->tree.root, err);
}

static mica_status image_folder_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const mica_image_folder_options *o = r->options;
    TRY(begin(r, d, err));
    image_folder *f = d->state;
    if (o->crop_to_aspect_ratio && o->pad_to_aspect_ratio)
        return fail(err, MICA_VALUE,
                    "%s: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other",
                    f->tree.root);
    f->shape = shape_of(o);
    if (f->shape.channels != 3 && f->shape.preprocess != PREPROCESS_NONE &&
        f->shape.preprocess != PREPROCESS_TF)
        return fail(err, MICA_VALUE, "%s: preprocess_input %s wants color_mode rgb, found %s",
                    f->tree.root, o->preprocess_input, o->color_mode);
    TRY(list_pictures(&f->tree, o, &d->texts, &f->list, err));
    TRY(split(r, d, f, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    TRY(drop_broken(d, f, err));
    d->rows = (int64_t)f->list.count;
    d->class_names = f->list.classes;
    d->classes = f->list.classes ? f->list.class_count : 0;
    d->preparation = preparation(d, o);
    d->pictures = f->shape.preprocess == PREPROCESS_NONE;
    return add_columns(d, f, err);
}

static bool image_folder_probe(const char *path) {
    file_tree t = tree_of_folder(path);
    if (!file_is_folder(path)) return is_archive_path(path) && file_exists(path);
    return has_pictures(&t, "") || has_pictures(&t, "train");
}

const source source_image_folder = {
    "image_folder",
    "class folders of pictures (JPEG, PNG, WebP, BMP, PPM), unpacked or as .tar or .zip",
    image_folder_fields,
    sizeof(mica_image_folder_options),
    image_folder_probe,
    image_folder_load,
    .by_class = true,
    .pictures = true};
