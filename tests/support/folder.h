/* A folder for the files of one test program, removed at its end: folder_open in a group's setup or
 * at the first use, folder_close at the end of the last test. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include "support/testing.h"

#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Paths that were given, which are valid until the end. */
typedef struct folder_file {
    struct folder_file *next;
    char path[512];
} folder_file;

static char folder_path[256];
static folder_file *folder_files;

static inline int folder_remove_one(const char *path, const struct stat *s, int kind,
                                    struct FTW *f) {
    return remove(path);
}

static inline void folder_close(void) {
    if (folder_path[0]) nftw(folder_path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder_path[0] = 0;
    for (folder_file *f; (f = folder_files);) folder_files = f->next, free(f);
}

static inline const char *folder_open(void) {
    const char *base = getenv("TMPDIR");
    if (folder_path[0]) return folder_path;
    snprintf(folder_path, sizeof folder_path, "%s/mica_test_XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder_path)) fail_msg("%s cannot be made", folder_path);
    atexit(folder_close);
    return folder_path;
}

/* The path of a file in it. Folders on the way are made. */
static inline const char *in_folder(const char *name) {
    const char *folder = folder_open();
    folder_file *f = malloc(sizeof *f);
    assert_non_null(f);
    f->next = folder_files, folder_files = f;
    char *path = f->path;
    snprintf(path, sizeof f->path, "%s/%s", folder, name);
    for (char *slash = strchr(path + strlen(folder_path) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    return path;
}

static inline void put_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file) fail_msg("%s cannot be written", path);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The whole file, the caller's to free. */
static inline unsigned char *get_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

static inline void copy_file(const char *from, const char *to) {
    size_t size;
    unsigned char *bytes = get_file(from, &size);
    put_file(to, bytes, size);
    free(bytes);
}

#endif
