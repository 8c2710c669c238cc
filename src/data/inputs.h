/* What `mica predict` reads: .npy (one array), .npz (its arrays by name), a picture or a sound (one
 * sample with its batch axis), or "-" for one of them from standard input. The kind is told by the
 * first bytes, not by the name. Where texts are wanted, what is none of these is one text, UTF-8.
 */
#ifndef DATA_INPUTS_H
#define DATA_INPUTS_H

#include "base/config.h"
#include "codec/npy.h"
#include "data/sound_read.h"
#include "transform/fit_image.h"
#include "transform/preprocess_input.h"

#define MAX_INPUT_ARRAYS 96

/* What a picture shall become: the model's input, or the preparation of its card. */
typedef struct picture_wish {
    int64_t height, width; /* 0: as it is */
    int64_t channels;      /* 1, 3, 4; 0: as it is */
    mica_resize_method method;
    picture_fit fit;
    preprocess_mode preprocess;
    bool exact; /* JPEG by the exact inverse transform */
} picture_wish;

/* What a file shall become: an input of a model. */
typedef struct input_wish {
    picture_wish picture;
    sound_shape sound; /* rate 0: it takes none */
    bool texts;        /* neither: strings */
} input_wish;

typedef struct inputs {
    int count;
    array_bytes array[MAX_INPUT_ARRAYS]; /* of a picture: (1, height, width, channels) float32 in 0
                                            … 255; of a sound: (1, frames, channels) float32 */
    char name[MAX_INPUT_ARRAYS][64];     /* of an array in an .npz; else "" */
    bool picture;                        /* the first axis is a batch of one for sure */
} inputs;

/* What the card's object of an input (NULL: nothing is known) and the input's shape with its batch
 * ask of a picture. Channels 0: it takes none. */
picture_wish picture_wish_of(const json_t *card_input, const shape *s);
/* The bytes of a picture as such an array; the caller drops out->bytes. FORMAT: it is broken, or
 * none; UNSUPPORTED: this build does not decode that kind. Pure: any thread. */
mica_status picture_array(const void *bytes, size_t size, picture_wish wish, const char *name,
                          array_bytes *out, mica_error *err);

/* The same of a sound, WAV or FLAC, which is brought to a rate and cut or filled up to a length. */
sound_shape sound_wish_of(const json_t *card_input, const shape *s);
mica_status sound_array(const void *bytes, size_t size, const sound_shape *wish, const char *name,
                        array_bytes *out, mica_error *err);

mica_status inputs_read(const char *path, const input_wish *wish, inputs *out, mica_error *err);
void inputs_free(inputs *in);

#endif
