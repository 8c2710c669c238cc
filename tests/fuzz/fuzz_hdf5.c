/* HDF5 reader: everything that a file can be asked for, on bytes from anywhere. */
#include "codec/hdf5.h"

#include <stdlib.h>
#include <string.h>

static void read_attributes(h5_object *object) {
    mica_error err;
    const h5_attribute *attributes;
    size_t count;
    h5_texts texts;
    double numbers[64];
    if (h5_attributes(object, &attributes, &count, &err) != MICA_OK) return;
    for (size_t i = 0; i < count; i++) {
        const h5_attribute *found, *a = &attributes[i];
        if (h5_attribute_look(object, a->name, &found, &err) != MICA_OK || found != a) abort();
        if (h5_attribute_texts(object, a->name, &texts, &err) == MICA_OK)
            for (size_t k = 0; k < texts.count; k++) (void)!strlen(texts.at[k]);
        if (a->space.elements <= 64)
            (void)!h5_attribute_numbers(object, a->name, MICA_FLOAT64, numbers, a->space.elements,
                                        &err);
    }
}

static void read_as(h5_object *object, mica_dtype dtype, uint64_t elements) {
    mica_error err;
    size_t bytes = elements * mica_dtype_size(dtype);
    void *out = malloc(bytes ? bytes : 1);
    if (out) (void)!h5_read(object, dtype, out, bytes, &err);
    free(out);
}

static void read_dataset(h5_object *object, size_t file_bytes) {
    mica_error err;
    h5_type type;
    h5_space space;
    h5_texts texts;
    if (h5_dataset(object, &type, &space, &err) != MICA_OK) return;
    /* The promise to the caller: the extent is no larger than the stored bytes can explain. */
    if (space.elements * type.size > (file_bytes * 1040 + (1 << 20))) abort();
    if (space.elements * type.size > 1 << 24) return;
    read_as(object, MICA_FLOAT32, space.elements);
    read_as(object, type.dtype, space.elements);
    read_as(object, MICA_INT16, space.elements);
    void *raw = malloc(space.elements * type.size + 1);
    if (raw) (void)!h5_read_raw(object, raw, space.elements * type.size, &err);
    free(raw);
    (void)!h5_read_texts(object, &texts, &err);
}

static void read_object(h5_object *object, size_t file_bytes, unsigned depth, unsigned *left) {
    mica_error err;
    const h5_link *links;
    size_t count;
    if (depth > 8 || !*left) return;
    --*left;
    read_attributes(object);
    if (!h5_is_group(object)) {
        read_dataset(object, file_bytes);
        return;
    }
    if (h5_links(object, H5_BY_CREATION, &links, &count, &err) != MICA_OK &&
        h5_links(object, H5_BY_NAME, &links, &count, &err) != MICA_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        h5_object *child;
        if (h5_find_in(object, links[i].name, &child, &err) == MICA_OK)
            read_object(child, file_bytes, depth + 1, left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mica_error err;
    h5_file *file;
    h5_object *root;
    unsigned left = 200;
    if (h5_open_memory("fuzz", data, size, &file, &err) != MICA_OK) return 0;
    if (h5_find(file, "/", &root, &err) == MICA_OK) read_object(root, size, 0, &left);
    h5_close(&file);
    return 0;
}
