/* image_folder: class folders of pictures: root/<class>/…/<picture>. x (height, width, C) float32
 * in 0 … 255, y by label_mode: int (int32), categorical (one-hot float32), binary (float32 (1)),
 * none. Where root holds train/ and test/ (or validation/, val/), the part picks one. An archive is
 * read as the folder it would unpack to. Source: keras.utils.image_dataset_from_directory. */
#include "data/image_folder.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const color_modes[] = {"grayscale", "rgb", "rgba", NULL};
static const char *const checks[] = {"nothing", "header", "pixels", NULL};
static const char *const methods[] = RESIZE_METHODS;
static const char *const preprocess_modes[] = PREPROCESS_MODES;

#define OWNER mica_image_folder_options
static const field image_folder_fields[] = {
    INTEGERS(OWNER, image_size, 2, DEFAULT(256), .min = 1, .max = 65535,
             .help = "height and width"),
    TEXT(OWNER, color_mode, "rgb", .choices = color_modes, .help = "how many channels"),
    TEXT(OWNER, interpolation, "bilinear", .choices = methods, .help = "how pictures are resized"),
    TEXT(OWNER, check, "header", .choices = checks,
         .help = "what of every picture is looked at first"),
    CLASS_FOLDER_FIELDS(OWNER),
    BOOLEAN(OWNER, crop_to_aspect_ratio, .help = "the largest centred part of image_size's shape"),
    BOOLEAN(OWNER, pad_to_aspect_ratio, .help = "the whole picture, black around it"),
    TEXT(OWNER, preprocess_input, "none", .choices = preprocess_modes,
         .help = "pixels as networks of ImageNet take them"),
    BOOLEAN(OWNER, exact_decode, .help = "JPEG by the exact inverse transform"),
    BOOLEAN(OWNER, fast_decode,
            .help = "JPEG scaled down while it is decoded, not below image_size"),
    END_OF_FIELDS,
};

bool is_picture_name(const char *name) {
    static const char *const endings[] = {".jpg", ".jpeg", ".png",  ".bmp",
                                          ".ppm", ".pgm",  ".webp", ".gif"};
    size_t n = strlen(name);
    for (size_t i = 0; i < LENGTH(endings); i++) {
        size_t m = strlen(endings[i]);
        if (n > m && !strcasecmp(name + n - m, endings[i])) return true;
    }
    return false;
}

const file_kind picture_kind = {"pictures", "picture.jpg", is_picture_name, "image_folder"};

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const image_folder *f = d->state;
    if (d->column[at].role != COLUMN_INPUT)
        return class_gather_labels(d, &f->list, at, rows, count, dtype, out, err);
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
    return gather_pictures(d, rows, count, dtype, out, err);
}

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const image_folder *f = d->state;
    return class_digest(&f->list, h, err);
}

static void destroy(mica_dataset *d) {
    image_folder *f = d->state;
    picture_crew_close(&f->crew);
    class_close(&f->list);
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

static mica_status begin(const source_request *r, mica_dataset *d, mica_error *err) {
    image_folder *f = allocate(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, r->path);
    d->state = f;
    d->destroy = destroy;
    d->gather = gather;
    d->digest = digest;
    d->describe = describe_pictures;
    d->slow = true;
    f->options = r->options;
    return picture_crew_open(&f->crew, context_workers(d->ctx)) ? MICA_OK
                                                                : fail_no_memory(err, r->path);
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
        if (!strcmp(o->interpolation, methods[i])) s.method = (mica_resize_method)i;
    for (int i = 0; preprocess_modes[i]; i++)
        if (!strcmp(o->preprocess_input, preprocess_modes[i])) s.preprocess = (preprocess_mode)i;
    s.fit = o->crop_to_aspect_ratio ? FIT_CROP : o->pad_to_aspect_ratio ? FIT_PAD : FIT_STRETCH;
    return s;
}

static mica_status image_folder_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const mica_image_folder_options *o = r->options;
    const class_choice choice = CLASS_CHOICE_OF(o);
    TRY(begin(r, d, err));
    image_folder *f = d->state;
    if (o->crop_to_aspect_ratio && o->pad_to_aspect_ratio)
        return fail(err, MICA_VALUE,
                    "%s: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other", r->path);
    f->shape = shape_of(o);
    if (f->shape.channels != 3 && f->shape.preprocess != PREPROCESS_NONE &&
        f->shape.preprocess != PREPROCESS_TF)
        return fail(err, MICA_VALUE, "%s: preprocess_input %s wants color_mode rgb, found %s",
                    r->path, o->preprocess_input, o->color_mode);
    TRY(class_open(&f->list, r, &choice, &picture_kind, d, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    TRY(drop_broken(d, f, err));
    d->rows = (int64_t)f->list.count;
    d->preparation = preparation(d, o);
    d->pictures = f->shape.preprocess == PREPROCESS_NONE;
    shape x = {3, {f->shape.height, f->shape.width, f->shape.channels}};
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_FLOAT32, &x);
    return class_add_labels(d, &f->list, err);
}

static bool image_folder_probe(const char *path) { return class_folder_probe(path, &picture_kind); }

const source source_image_folder = {
    "image_folder",
    "class folders of pictures (JPEG, PNG, WebP, BMP, PPM), unpacked or as .tar or .zip",
    image_folder_fields,
    sizeof(mica_image_folder_options),
    image_folder_probe,
    image_folder_load,
    .by_class = true,
    .pictures = true};
