/* Keras .h5 as a format: what it is known by, opening, closing. */
#include "format/keras_h5.h"

#include <string.h>

static bool probe(const unsigned char *bytes, size_t size) {
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    for (size_t at = 0; at + 8 <= size; at = at ? at * 2 : 512) /* a user block may be in front */
        if (!memcmp(bytes + at, signature, 8)) return true;
    return false;
}

static mica_status load(mica_context *ctx, const char *path, mica_model **out, mica_error *err) {
    h5_file *file;
    TRY(h5_open_file(path, &file, err));
    mica_status status = keras_h5_load_file(ctx, path, file, out, err);
    h5_close(&file);
    return status;
}

mica_status keras_h5_load_bytes(mica_context *ctx, const char *name, const void *bytes, size_t size,
                                mica_model **out, mica_error *err) {
    h5_file *file;
    *out = NULL;
    TRY(h5_open_memory(name, bytes, size, &file, err));
    mica_status status = keras_h5_load_file(ctx, name, file, out, err);
    h5_close(&file);
    return status;
}

const format format_keras_h5 = {
    .name = "keras_h5",
    .what = "Keras HDF5 (.h5)",
    .endings = {".h5", ".hdf5"},
    .probe = probe,
    .load = load,
    .load_weights = keras_h5_load_weights,
    .save = keras_h5_save,
    .save_weights = keras_h5_save_weights,
};
