/* What the HDF5 tests share: the golden files, files built in memory, their elements. */
#ifndef CODEC_HDF5_SUPPORT_H
#define CODEC_HDF5_SUPPORT_H

#include "codec/hdf5.h"
#include "codec/hdf5_write.h"
#include "support/testing.h"
#include "tensor/dtype.h"

typedef struct blob {
    unsigned char *at;
    size_t size, room;
} blob;

static inline const char *golden_path(const char *name) {
    static char path[1024];
    const char *source = getenv("MICA_SOURCE");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/hdf5/%s.h5", source ? source : ".", name);
    return path;
}

static inline blob golden_bytes(const char *name) {
    blob b = {.room = 1 << 17};
    b.at = malloc(b.room);
    FILE *in = fopen(golden_path(name), "rb");
    assert_non_null(in);
    b.size = fread(b.at, 1, b.room, in);
    fclose(in);
    return b;
}

static inline h5_file *open_golden(const char *name) {
    mica_error err = {0};
    h5_file *file = NULL;
    ASSERT_OK(h5_open_file(golden_path(name), &file, &err));
    return file;
}

static inline h5_object *object_of(h5_file *file, const char *path) {
    mica_error err = {0};
    h5_object *object = NULL;
    ASSERT_OK(h5_find(file, path, &object, &err));
    return object;
}

/* Element i of every golden dataset (hdf5_golden.py). */
static inline double golden_element(mica_dtype dtype, size_t i) {
    double value = dtype_kind(dtype) == 'u' ? (double)(i * 7 % 200) : (double)(i * 7 % 1000) - 100;
    return dtype == MICA_INT8 ? (double)(int8_t)value : value;
}

static inline void assert_golden(h5_file *file, const char *path, size_t elements) {
    mica_error err = {0};
    h5_object *object = object_of(file, path);
    h5_type type;
    h5_space space;
    ASSERT_OK(h5_dataset(object, &type, &space, &err));
    assert_int_equal(space.elements, elements);
    double *found = malloc(elements * sizeof *found);
    ASSERT_OK(h5_read(object, MICA_FLOAT64, found, elements * sizeof *found, &err));
    for (size_t i = 0; i < elements; i++)
        if (found[i] != golden_element(type.dtype, i))
            fail_msg("%s[%zu] is %g, expected %g", path, i, found[i],
                     golden_element(type.dtype, i));
    free(found);
}

static inline mica_status to_bytes(void *context, const void *from, size_t size, mica_error *err) {
    blob *b = context;
    (void)err;
    if (b->size + size > b->room) b->at = realloc(b->at, b->room = 2 * (b->size + size));
    memcpy(b->at + b->size, from, size);
    b->size += size;
    return MICA_OK;
}

static inline blob finish(h5_writer *writer) {
    mica_error err = {0};
    blob b = {0};
    uint64_t size;
    ASSERT_OK(h5_writer_size(writer, &size, &err));
    ASSERT_OK(h5_writer_finish(writer, to_bytes, &b, &err));
    assert_int_equal(b.size, size);
    return b;
}

static inline h5_file *open_bytes(const blob *b) {
    mica_error err = {0};
    h5_file *file;
    ASSERT_OK(h5_open_memory("memory", b->at, b->size, &file, &err));
    return file;
}

#endif
