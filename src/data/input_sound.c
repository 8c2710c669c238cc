/* A sound as the input of a model: see inputs.h. */
#include "data/inputs.h"

static int64_t whole(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

sound_shape sound_wish_of(const json_t *card_input, const shape *s) {
    sound_shape wish = {.rate = whole(card_input, "sampling_rate")};
    if (s->rank != 3 || wish.rate < 1 || wish.rate > INT32_MAX) return (sound_shape){0};
    wish.channels = s->dims[2] > 0 ? s->dims[2] : whole(card_input, "channels");
    wish.mono = wish.channels == 1 && json_is_true(json_object_get(card_input, "mono"));
    wish.frames = s->dims[1] > 0 ? s->dims[1] : whole(card_input, "output_sequence_length");
    return wish.channels > 0 && wish.frames > 0 ? wish : (sound_shape){0};
}

mica_status sound_array(const void *bytes, size_t size, const sound_shape *wish, const char *name,
                        array_bytes *out, mica_error *err) {
    const shape s = {3, {1, wish->frames, wish->channels}};
    const size_t needed = sizeof(float) * (size_t)shape_size(&s);
    sound_room room = {0};
    *out = (array_bytes){0};
    if (!wish->rate)
        return fail(err, MICA_SHAPE,
                    "%s: a sound, and the model was not trained on sounds: its card names no "
                    "sampling rate",
                    name);
    buffer *made = buffer_new(needed);
    if (!made) return fail_memory(err, needed, name);
    mica_status status = sound_sample(bytes, size, wish, &room, name, made->data, err);
    sound_room_free(&room);
    if (status == MICA_OK) *out = (array_bytes){MICA_FLOAT32, s, made, 0};
    else buffer_drop(made);
    return status;
}
