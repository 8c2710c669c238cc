/* idx: a folder with the four files of MNIST, or of data in its format, gzipped or not:
 * train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…. x (N, 28, 28), y (N), of the type that
 * the file says. Source: the format's description by LeCun, Cortes and Burges. */
#include "codec/gzip.h"
#include "data/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One file, read and unpacked by a thread of its own: inflating the images takes a while. */
typedef struct idx_file {
    char path[4096];
    mica_dtype dtype;
    shape shape;
    buffer *bytes;
    size_t offset;
    mica_status status;
    mica_error err;
} idx_file;

static bool find_file(const char *folder, const char *stem, char path[4096]) {
    static const char *const endings[] = {".gz", ""};
    for (size_t i = 0; i < LENGTH(endings); i++) {
        snprintf(path, 4096, "%s/%s%s", folder, stem, endings[i]);
        if (file_exists(path)) return true;
    }
    return false;
}

static void release_malloced(buffer *b) {
    free(b->data);
    free(b);
}

static int64_t big_endian(const unsigned char *b) {
    return (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | (int64_t)b[3];
}

/* The type code of the header; floats and wide integers are big-endian. */
static bool dtype_of_code(unsigned char code, mica_dtype *dtype) {
    switch (code) {
    case 0x08: return *dtype = MICA_UINT8, true;
    case 0x09: return *dtype = MICA_INT8, true;
    case 0x0B: return *dtype = MICA_INT16, true;
    case 0x0C: return *dtype = MICA_INT32, true;
    case 0x0D: return *dtype = MICA_FLOAT32, true;
    case 0x0E: return *dtype = MICA_FLOAT64, true;
    default: return false;
    }
}

static void swap_bytes(unsigned char *data, size_t count, size_t size) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char swap = data[i * size + k];
            data[i * size + k] = data[i * size + size - 1 - k];
            data[i * size + size - 1 - k] = swap;
        }
}

static mica_status parse(idx_file *f, file_bytes content) {
    const unsigned char *b = content.data;
    mica_error *err = &f->err;
    if (content.size < 4 || b[0] || b[1] || !dtype_of_code(b[2], &f->dtype) || b[3] < 1 || b[3] > MAX_RANK)
        return fail(err, MICA_FORMAT, "%s: not an IDX file: it begins with %02x %02x %02x %02x", f->path,
                    content.size > 0 ? b[0] : 0, content.size > 1 ? b[1] : 0, content.size > 2 ? b[2] : 0, content.size > 3 ? b[3] : 0);
    f->offset = 4 + 4 * (size_t)b[3];
    if (content.size < f->offset) return fail(err, MICA_FORMAT, "%s: the IDX header is cut short", f->path);
    f->shape.rank = b[3];
    for (int i = 0; i < f->shape.rank; i++) f->shape.dims[i] = big_endian(b + 4 + 4 * i);
    int64_t size = shape_size(&f->shape), bytes;
    size_t each = mica_dtype_size(f->dtype);
    if (__builtin_mul_overflow(size, (int64_t)each, &bytes)) bytes = INT64_MAX;
    if ((uint64_t)bytes != content.size - f->offset)
        return fail(err, MICA_FORMAT, "%s: %zu bytes of data, expected %lld", f->path, content.size - f->offset, (long long)bytes);
    swap_bytes(content.data + f->offset, (size_t)size, each);
    return MICA_OK;
}

static void *load_file(void *arg) {
    idx_file *f = arg;
    file_bytes packed, content = {0};
    f->status = file_read(f->path, &packed, &f->err);
    if (f->status != MICA_OK) return NULL;
    if (gzip_is(packed.data, packed.size)) {
        f->status = gzip_unpack(packed.data, packed.size, f->path, &content, &f->err);
        free(packed.data);
    } else {
        content = packed;
    }
    if (f->status == MICA_OK) f->status = parse(f, content);
    if (f->status == MICA_OK && !(f->bytes = buffer_over(content.data, content.size, release_malloced, NULL)))
        f->status = fail_memory(&f->err, sizeof(buffer), f->path);
    if (f->status != MICA_OK) free(content.data);
    return NULL;
}

/* Both files at once. */
static void load_both(idx_file *images, idx_file *labels) {
    pthread_t helper;
    bool started = pthread_create(&helper, NULL, load_file, labels) == 0;
    load_file(images);
    if (started) pthread_join(helper, NULL);
    else load_file(labels);
}

static mica_status fill(mica_dataset *d, const idx_file *images, const idx_file *labels, mica_error *err) {
    shape sample = {.rank = images->shape.rank - 1}, label = {.rank = labels->shape.rank - 1};
    if (images->shape.dims[0] != labels->shape.dims[0])
        return fail(err, MICA_FORMAT, "%s: %lld samples, but %s has %lld", images->path, (long long)images->shape.dims[0],
                    labels->path, (long long)labels->shape.dims[0]);
    d->rows = images->shape.dims[0];
    memcpy(sample.dims, images->shape.dims + 1, sizeof(int64_t) * (size_t)sample.rank);
    memcpy(label.dims, labels->shape.dims + 1, sizeof(int64_t) * (size_t)label.rank);
    TRY(memory_add_column(d, "x", COLUMN_INPUT, images->dtype, &sample, images->bytes, images->offset, err));
    return memory_add_column(d, "y", COLUMN_TARGET, labels->dtype, &label, labels->bytes, labels->offset, err);
}

static mica_status idx_load(mica_context *ctx, const char *folder, mica_part part, mica_dataset *d, mica_error *err) {
    const char *stem = part == MICA_TRAIN ? "train" : "t10k";
    char image_name[64], label_name[64];
    idx_file *files = allocate(2, sizeof *files), *images = files, *labels = files ? files + 1 : NULL;
    if (!files) return fail_memory(err, 2 * sizeof *files, folder);
    snprintf(image_name, sizeof image_name, "%s-images-idx3-ubyte", stem);
    snprintf(label_name, sizeof label_name, "%s-labels-idx1-ubyte", stem);
    mica_status status = MICA_OK;
    if (!find_file(folder, image_name, images->path)) status = fail(err, MICA_IO, "%s: %s(.gz) is not there", folder, image_name);
    else if (!find_file(folder, label_name, labels->path)) status = fail(err, MICA_IO, "%s: %s(.gz) is not there", folder, label_name);
    if (status == MICA_OK) {
        load_both(images, labels);
        const idx_file *bad = images->status != MICA_OK ? images : labels;
        if (err && bad->status != MICA_OK) *err = bad->err;
        status = bad->status == MICA_OK ? fill(d, images, labels, err) : bad->status;
    }
    buffer_drop(images->bytes);
    buffer_drop(labels->bytes);
    free(files);
    return status;
}

static bool idx_probe(const char *path) {
    char found[4096];
    return find_file(path, "train-images-idx3-ubyte", found) || find_file(path, "t10k-images-idx3-ubyte", found);
}

const source source_idx = {"idx", "a folder of IDX files as MNIST's, gzipped or not", idx_probe, idx_load};
