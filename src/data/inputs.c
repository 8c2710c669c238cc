/* Inputs of `mica predict`: see inputs.h. */
#include "data/inputs.h"

#include "base/utf8.h"
#include "codec/image.h"
#include "codec/npz.h"
#include "codec/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mica_status read_npy(file_bytes file, const char *name, inputs *out, mica_error *err) {
    buffer *bytes = buffer_new(file.size); /* aligned, so that the array shares it */
    if (!bytes) return fail_memory(err, file.size, name);
    memcpy(bytes->data, file.data, file.size);
    mica_status status = npy_decode(bytes, 0, name, &out->array[0], err);
    out->count = status == MICA_OK;
    buffer_drop(bytes);
    return status;
}

static mica_status read_npz(file_bytes file, const char *name, inputs *out, mica_error *err) {
    zip z;
    TRY(zip_open_memory(&z, file.data, file.size, name, err));
    mica_status status = MICA_OK;
    for (size_t i = 0; i < z.count && status == MICA_OK; i++) {
        if (out->count == MAX_INPUT_ARRAYS)
            status = fail(err, MICA_UNSUPPORTED, "%s: more than %d arrays", name, MAX_INPUT_ARRAYS);
        if (status == MICA_OK)
            status = npz_read(&z, z.member[i].name, &out->array[out->count], err);
        if (status != MICA_OK) break;
        char *to = out->name[out->count++];
        snprintf(to, sizeof out->name[0], "%s", z.member[i].name);
        char *ending = strrchr(to, '.');
        if (ending && !strcmp(ending, ".npy")) *ending = 0;
    }
    zip_close(&z);
    if (status == MICA_OK && !out->count)
        status = fail(err, MICA_FORMAT, "%s: it holds no array", name);
    return status;
}

static const unsigned char *row_of(void *from, int64_t y) { return image_row(from, y); }

static mica_status resize(image *i, picture_wish w, const char *name, array_bytes *a,
                          mica_error *err) {
    if (w.height < 1) w.height = i->height;
    if (w.width < 1) w.width = i->width;
    TRY(image_check_size(w.width, w.height, name, err));
    *a = (array_bytes){MICA_FLOAT32, {4, {1, w.height, w.width, i->channels}}, NULL, 0};
    size_t bytes = sizeof(float) * (size_t)shape_size(&a->shape);
    a->bytes = buffer_new(bytes);
    if (!a->bytes) return fail_memory(err, bytes, name);
    pixel_rows rows = {
        .height = i->height, .width = i->width, .channels = i->channels, .row = row_of, .from = i};
    resize_room room = {0};
    mica_status status = fit_image(&rows, w.fit, a->bytes->data, w.height, w.width, i->channels,
                                   w.method, &room, err);
    resize_room_free(&room);
    if (status == MICA_OK)
        preprocess_input(w.preprocess, a->bytes->data, w.height * w.width, i->channels);
    return status;
}

mica_status picture_array(const void *bytes, size_t size, picture_wish wish, const char *name,
                          array_bytes *out, mica_error *err) {
    image picture = {0};
    *out = (array_bytes){0};
    mica_status status = image_decode(
        bytes, size, (image_wish){.channels = (int)wish.channels, .exact = wish.exact}, name,
        &picture, err);
    if (status == MICA_OK) status = resize(&picture, wish, name, out, err);
    image_free(&picture);
    if (status == MICA_OK) return status;
    if (out->bytes) buffer_drop(out->bytes);
    *out = (array_bytes){0};
    return status;
}

static mica_status read_sample(file_bytes file, const input_wish *w, const char *name, inputs *out,
                               mica_error *err) {
    array_bytes *to = &out->array[0];
    out->picture = !sound_is(file.data, file.size);
    TRY(out->picture ? picture_array(file.data, file.size, w->picture, name, to, err)
                     : sound_array(file.data, file.size, &w->sound, name, to, err));
    out->count = 1;
    return MICA_OK;
}

picture_wish picture_wish_of(const json_t *card_input, const shape *s) {
    static const char *const methods[] = RESIZE_METHODS, *const modes[] = PREPROCESS_MODES;
    const char *method = json_string_value(json_object_get(card_input, "interpolation")),
               *mode = json_string_value(json_object_get(card_input, "preprocess_input"));
    picture_wish wish = {.method = MICA_RESIZE_BILINEAR};
    for (int i = 0; method && methods[i]; i++)
        if (!strcmp(method, methods[i])) wish.method = (mica_resize_method)i;
    for (int i = 0; mode && modes[i]; i++)
        if (!strcmp(mode, modes[i])) wish.preprocess = (preprocess_mode)i;
    if (json_is_true(json_object_get(card_input, "crop_to_aspect_ratio"))) wish.fit = FIT_CROP;
    if (json_is_true(json_object_get(card_input, "pad_to_aspect_ratio"))) wish.fit = FIT_PAD;
    if ((s->rank != 3 && s->rank != 4) || sound_wish_of(card_input, s).rate) return wish;
    wish.height = s->dims[1] > 0 ? s->dims[1] : 0;
    wish.width = s->dims[2] > 0 ? s->dims[2] : 0;
    wish.channels = s->rank == 4 ? s->dims[3] : 1;
    if (wish.channels != 1 && wish.channels != 3 && wish.channels != 4) wish.channels = 0;
    return wish;
}

/* A text: (1) strings. */
static mica_status read_text(file_bytes file, const char *name, inputs *out, mica_error *err) {
    const char *text = (const char *)file.data, *wrong = utf8_invalid(text, file.size);
    size_t mark = file.size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0,
           size = file.size - mark;
    if (wrong)
        return fail(err, MICA_FORMAT, "%s: no UTF-8 (byte 0x%02x at %zu)", name,
                    (unsigned char)*wrong, (size_t)(wrong - text));
    array_bytes *a = &out->array[0];
    *a = (array_bytes){MICA_STRING, {1, {1}}, buffer_new(sizeof(mica_string) + size), 0};
    if (!a->bytes) return fail_memory(err, size, name);
    mica_string *own = a->bytes->data;
    memcpy(own + 1, text + mark, size);
    *own = (mica_string){(const char *)(own + 1), size};
    out->count = 1;
    return MICA_OK;
}

static bool is_sample(file_bytes file) {
    return image_kind_of(file.data, file.size) != IMAGE_UNKNOWN || sound_is(file.data, file.size);
}

mica_status inputs_read(const char *path, const input_wish *wish, inputs *out, mica_error *err) {
    bool standard = !strcmp(path, "-");
    const char *name = standard ? "standard input" : path;
    file_bytes file;
    *out = (inputs){0};
    TRY(standard ? file_read_descriptor(STDIN_FILENO, name, &file, err)
                 : file_read(path, &file, err));
    mica_status status;
    if (npy_is(file.data, file.size)) status = read_npy(file, name, out, err);
    else if (zip_is(file.data, file.size)) status = read_npz(file, name, out, err);
    else if (wish->texts) status = read_text(file, name, out, err);
    else if (is_sample(file)) status = read_sample(file, wish, name, out, err);
    else
        status = fail(err, MICA_FORMAT,
                      "%s: %zu bytes of an unknown kind, expected .npy, .npz, JPEG, PNG, WebP, "
                      "BMP, PPM, WAV or FLAC",
                      name, file.size);
    free(file.data);
    if (status != MICA_OK) inputs_free(out);
    return status;
}

void inputs_free(inputs *in) {
    for (int i = 0; i < in->count; i++) buffer_drop(in->array[i].bytes);
    *in = (inputs){0};
}
