/* See model_data.h. */
#include "cli/model_data.h"

#include "codec/image.h"
#include "codec/npz.h"
#include "format/card.h"
#include "transform/resize_image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the card ---- */

const json_t *card_input(const mica_model *m, int input) {
    return json_array_get(card_get(m, "inputs"), (size_t)input);
}

char *class_name(const mica_model *m, int64_t class) {
    char number[32];
    const char *name = json_string_value(json_array_get(card_get(m, "classes"), (size_t) class));
    snprintf(number, sizeof number, "%lld", (long long)class);
    return strdup(name ? name : number);
}

/* ---- datasets ---- */

static const source *source_of(const char *spec) {
    for (const source *const *s = all_sources; *s; s++) {
        size_t n = strlen((*s)->name);
        if ((!strncmp(spec, (*s)->name, n) && spec[n] == ':') || (*s)->probe(spec)) return *s;
    }
    return NULL;
}

static const char *color_mode(int64_t channels) {
    return channels == 1 ? "grayscale" : channels == 4 ? "rgba" : "rgb";
}

/* {"image_size", "color_mode"} for an input of shape (None, H, W, C); NULL: it is no picture. */
static json_t *by_shape(const mica_model *m) {
    const shape *s = model_input_shape(m, 0);
    if (s->rank != 4 || s->dims[1] < 1 || s->dims[2] < 1) return NULL;
    return json_pack("{s:[I, I], s:s}", "image_size", (json_int_t)s->dims[1],
                     (json_int_t)s->dims[2], "color_mode", color_mode(s->dims[3]));
}

mica_status load_model_data(mica_model *m, const char *spec, mica_part part,
                            const json_t *preprocessing, mica_dataset **out, mica_error *err) {
    json_t *options = preprocessing ? json_deep_copy(preprocessing) : NULL;
    const source *s = source_of(spec);
    if (!options && s && !strcmp(s->name, "image_folder")) {
        options = json_deep_copy(json_object_get(card_get(m, "recipe"), "preprocessing"));
        if (!options) options = by_shape(m);
    }
    mica_status status = dataset_load_with(m->ctx, spec, options, part, out, err);
    json_decref(options);
    return status;
}

/* ---- files of inputs ---- */

static mica_status array_as_tensor(mica_context *ctx, array_bytes *a, mica_tensor **out,
                                   mica_error *err) {
    *out = array_tensor(ctx, a);
    return mica_check(ctx, err);
}

/* The array that is named as the input, or x, or the only one. */
static mica_status from_npz(mica_model *m, int input, const void *bytes, size_t size,
                            const char *name, mica_tensor **out, mica_error *err) {
    zip z;
    array_bytes a;
    const char *array = m->nodes[m->inputs[input].node].layer->name;
    char only[256];
    TRY(zip_open_memory(&z, bytes, size, name, err));
    if (!npz_has(&z, array)) array = "x";
    if (!npz_has(&z, array) && z.count == 1) {
        snprintf(only, sizeof only, "%s", z.member[0].name);
        if (strlen(only) > 4) only[strlen(only) - 4] = 0;
        array = only;
    }
    mica_status status = npz_read(&z, array, &a, err);
    zip_close(&z);
    return status == MICA_OK ? array_as_tensor(m->ctx, &a, out, err) : status;
}

static mica_status from_npy(mica_model *m, buffer *bytes, const char *name, mica_tensor **out,
                            mica_error *err) {
    array_bytes a;
    TRY(npy_decode(bytes, 0, name, &a, err));
    return array_as_tensor(m->ctx, &a, out, err);
}

/* Height, width, channels that the input wants of a picture; a rank of 3 is one without channels.
 */
static mica_status picture_extents(const mica_model *m, int input, const char *name, int64_t out[3],
                                   mica_error *err) {
    const shape *s = model_input_shape(m, input);
    char text[128];
    int64_t channels = s->rank == 4 ? s->dims[3] : 1;
    if ((s->rank == 3 || s->rank == 4) && (channels == 1 || channels == 3 || channels == 4)) {
        for (int i = 0; i < 2; i++) out[i] = s->dims[1 + i];
        out[2] = channels;
        return MICA_OK;
    }
    shape_format(s, text);
    return fail(err, MICA_SHAPE, "%s: a picture does not fit the model's input of shape %s", name,
                text);
}

static resize_method interpolation_of(const mica_model *m, int input) {
    const char *method = json_string_value(json_object_get(card_input(m, input), "interpolation"));
    return method && !strcmp(method, "nearest") ? RESIZE_NEAREST : RESIZE_BILINEAR;
}

static mica_status from_picture(mica_model *m, int input, const void *bytes, size_t size,
                                const char *name, mica_tensor **out, mica_error *err) {
    int64_t extents[3] = {0};
    image picture = {0};
    TRY(picture_extents(m, input, name, extents, err));
    image_wish wish = {.channels = (int)extents[2]};
    mica_status status = image_decode(bytes, size, wish, name, &picture, err);
    if (status != MICA_OK) return image_free(&picture), status;
    int64_t height = extents[0] > 0 ? extents[0] : picture.height;
    int64_t width = extents[1] > 0 ? extents[1] : picture.width;
    shape s = {4, {1, height, width, extents[2]}};
    *out = tensor_alloc(m->ctx, MICA_FLOAT32, &s);
    status = mica_check(m->ctx, err);
    if (status == MICA_OK)
        status = resize_image(picture.pixels, picture.height, picture.width, extents[2],
                              tensor_bytes(*out), height, width, interpolation_of(m, input), err);
    image_free(&picture);
    return status;
}

/* Without its batch axis a tensor is one sample. */
static mica_status as_samples(const mica_model *m, int input, const char *name, mica_tensor **t,
                              mica_error *err) {
    const shape *wanted = model_input_shape(m, input);
    shape s = mica_tensor_shape(*t), rest = {.rank = wanted->rank - 1};
    char got[128], want[128];
    for (int i = 0; i < rest.rank; i++) rest.dims[i] = wanted->dims[i + 1];
    if (shape_fits(&rest, &s)) {
        shape one = {.rank = s.rank + 1, .dims = {1}};
        for (int i = 0; i < s.rank; i++) one.dims[i + 1] = s.dims[i];
        *t = mica_reshape(*t, one);
        return mica_check(m->ctx, err);
    }
    if (s.rank) return MICA_OK; /* samples; whether they fit the model says itself */
    shape_format(&s, got), shape_format(wanted, want);
    return fail(err, MICA_SHAPE, "%s: an array of shape %s, the model expects %s", name, got, want);
}

static void free_data(buffer *b) { free(b->data); }

static mica_status read_all(const char *path, const char **name, buffer **out, mica_error *err) {
    file_bytes file;
    bool from_stdin = !strcmp(path, "-");
    *name = from_stdin ? "standard input" : path;
    TRY(from_stdin ? file_read_descriptor(STDIN_FILENO, *name, &file, err)
                   : file_read(path, &file, err));
    *out = buffer_over(file.data, file.size, free_data, NULL);
    if (*out) return MICA_OK;
    free(file.data);
    return fail_memory(err, file.size, *name);
}

mica_status load_input(mica_model *m, int input, const char *path, mica_tensor **out,
                       mica_error *err) {
    buffer *b;
    const char *name;
    TRY(read_all(path, &name, &b, err));
    mica_status status;
    if (npy_is(b->data, b->bytes)) status = from_npy(m, b, name, out, err);
    else if (zip_is(b->data, b->bytes))
        status = from_npz(m, input, b->data, b->bytes, name, out, err);
    else if (image_kind_of(b->data, b->bytes) != IMAGE_UNKNOWN)
        status = from_picture(m, input, b->data, b->bytes, name, out, err);
    else
        status = fail(err, MICA_FORMAT,
                      "%s: expected .npy, .npz, PNG or JPEG, found something else", name);
    buffer_drop(b);
    return status == MICA_OK ? as_samples(m, input, name, out, err) : status;
}

mica_status load_npy(mica_context *ctx, const char *path, mica_tensor **out, mica_error *err) {
    array_bytes a;
    TRY(npy_read(path, &a, err));
    return array_as_tensor(ctx, &a, out, err);
}
