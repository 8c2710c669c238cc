/* Reading weights into a model: all of them, or none. */
#include "format/keras_h5.h"

#include <stdlib.h>

mica_status read_numbers(h5_object *dataset, mica_dtype dtype, const shape *s, buffer **out,
                         mica_error *err) {
    size_t bytes = (size_t)shape_size(s) * mica_dtype_size(dtype);
    *out = buffer_new(bytes);
    if (!*out) return fail_memory(err, bytes, h5_path(dataset));
    mica_status status = h5_read(dataset, dtype, (*out)->data, bytes, err);
    if (status == MICA_OK) return status;
    buffer_drop(*out);
    *out = NULL;
    return status;
}

void put_value(mica_tensor *v, buffer *value) {
    buffer_drop(v->buffer);
    v->buffer = value;
    v->offset = 0;
    strides_of(&v->shape, v->strides);
    v->variable->version++;
}

mica_status read_weights(const matching *found, const char *name, mica_error *err) {
    buffer **values = allocate(found->count + 1, sizeof(buffer *));
    mica_status status = values ? MICA_OK : fail_memory(err, found->count, name);
    for (size_t i = 0; i < found->count && status == MICA_OK; i++) {
        const mica_tensor *v = found->at[i].weight->variable;
        status = read_numbers(found->at[i].dataset, v->dtype, &v->shape, &values[i], err);
    }
    for (size_t i = 0; i < found->count && values; i++)
        if (status == MICA_OK) put_value(found->at[i].weight->variable, values[i]);
        else buffer_drop(values[i]);
    free(values);
    return status;
}

mica_status keras_h5_load_weights(mica_model *m, const char *path, mica_error *err) {
    h5_file *file;
    h5_object *group;
    matching found = {0};
    TRY(h5_open_file(path, &file, err));
    mica_status status = weights_group(file, path, &group, err);
    if (status == MICA_OK) status = match_weights(m, group, path, &found, err);
    if (status == MICA_OK) status = read_weights(&found, path, err);
    free(found.at);
    h5_close(&file);
    return status;
}
