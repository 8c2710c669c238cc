/* idx: a folder with the four files of MNIST, or of data in its format, gzipped or not:
 * train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-…; the hyphen before idx may be a dot.
 * x (N, 28, 28), y (N), of the types that the files say. */
#include "codec/idx.h"

#include "data/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One file, read and unpacked by a thread of its own: inflating the images takes a while. */
typedef struct idx_file {
    char path[4096];
    array_bytes array;
    mica_status status;
    mica_error err;
} idx_file;

static const char *const stems[2][2] = {{"train-images", "train-labels"},
                                        {"t10k-images", "t10k-labels"}};

static bool find_file(const char *folder, mica_part part, int which, char path[4096]) {
    static const char *const kinds[2] = {"idx3", "idx1"}, *const endings[] = {".gz", ""};
    for (size_t dot = 0; dot < 2; dot++)
        for (size_t i = 0; i < LENGTH(endings); i++) {
            int n = snprintf(path, 4096, "%s/%s%c%s-ubyte%s", folder,
                             stems[part == MICA_TEST][which], dot ? '.' : '-', kinds[which],
                             endings[i]);
            if (n < 4096 && file_exists(path)) return true;
        }
    return false;
}

static void *load_file(void *arg) {
    idx_file *f = arg;
    f->status = idx_read(f->path, &f->array, &f->err);
    return NULL;
}

/* Both files at once. */
static void load_both(idx_file *files) {
    pthread_t helper;
    bool started = pthread_create(&helper, NULL, load_file, &files[1]) == 0;
    load_file(&files[0]);
    if (started) pthread_join(helper, NULL);
    else load_file(&files[1]);
}

static mica_status fill(mica_dataset *d, const idx_file *files, mica_error *err) {
    const array_bytes *x = &files[0].array, *y = &files[1].array;
    if (x->shape.dims[0] != y->shape.dims[0])
        return fail(err, MICA_FORMAT, "%s: %lld samples, but %s has %lld", files[0].path,
                    (long long)x->shape.dims[0], files[1].path, (long long)y->shape.dims[0]);
    TRY(memory_add_array(d, "x", COLUMN_INPUT, x, err));
    return memory_add_array(d, "y", COLUMN_TARGET, y, err);
}

static mica_status read_files(mica_dataset *d, const char *folder, idx_file *files,
                              mica_error *err) {
    load_both(files);
    for (int i = 0; i < 2; i++) {
        if (files[i].status == MICA_OK) continue;
        if (err) *err = files[i].err;
        return files[i].status;
    }
    TRY(memory_digest_files(d, (const char *const[]){files[0].path, files[1].path}, 2, err));
    return fill(d, files, err);
}

static mica_status idx_load(const source_request *r, mica_dataset *d, mica_error *err) {
    idx_file *files = allocate(2, sizeof *files);
    if (!files) return fail_memory(err, 2 * sizeof *files, r->path);
    mica_status status = MICA_OK;
    for (int i = 0; i < 2 && status == MICA_OK; i++)
        if (!find_file(r->path, r->part, i, files[i].path))
            status = fail(err, MICA_IO, "%s: %s-idx%d-ubyte(.gz) is not there", r->path,
                          stems[r->part == MICA_TEST][i], i ? 1 : 3);
    if (status == MICA_OK) status = read_files(d, r->path, files, err);
    d->has_parts = true;
    for (int i = 0; i < 2; i++) buffer_drop(files[i].array.bytes);
    free(files);
    return status;
}

static bool idx_probe(const char *path) {
    char found[4096];
    return find_file(path, MICA_TRAIN, 0, found) || find_file(path, MICA_TEST, 0, found);
}

static const field idx_fields[] = {END_OF_FIELDS};

const source source_idx = {
    "idx", "a folder of IDX files as MNIST's, gzipped or not", idx_fields, 0, idx_probe, idx_load};
