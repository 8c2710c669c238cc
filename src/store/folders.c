/* See folders.h. */
#include "store/folders.h"

#include "base/file.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

/* Each piece to `take`, which may be NULL, and all into the sum. */
static mica_status read_all(file_reader *r, file_writer *w, char sha256_text[65], mica_error *err) {
    sha256 h;
    char *piece = malloc(PIECE);
    mica_status status = piece ? MICA_OK : fail_memory(err, PIECE, r->path);
    sha256_begin(&h);
    for (uint64_t at = 0, n; at < r->size && status == MICA_OK; at += n) {
        n = r->size - at < PIECE ? r->size - at : PIECE;
        status = file_read_at(r, at, piece, (size_t)n, err);
        if (status == MICA_OK) sha256_add(&h, piece, (size_t)n);
        if (status == MICA_OK && w) status = file_write(w, piece, (size_t)n, err);
    }
    free(piece);
    sha256_end_hex(&h, sha256_text);
    return status;
}

mica_status copy_with_sum(const char *from, const char *to, char sha256_text[65], int64_t *bytes,
                          mica_error *err) {
    file_reader r;
    file_writer w;
    TRY(file_open(&r, from, err));
    *bytes = (int64_t)r.size;
    mica_status status = file_begin(&w, to, err);
    if (status == MICA_OK) {
        status = read_all(&r, &w, sha256_text, err);
        if (status == MICA_OK) status = file_commit(&w, err);
        else file_cancel(&w);
    }
    file_close(&r);
    return status;
}

mica_status file_sum(const char *path, char sha256_text[65], int64_t *bytes, mica_error *err) {
    file_reader r;
    TRY(file_open(&r, path, err));
    *bytes = (int64_t)r.size;
    mica_status status = read_all(&r, NULL, sha256_text, err);
    file_close(&r);
    return status;
}

mica_status folder_sync(const char *path, mica_error *err) {
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail_errno(err, path, "open");
    /* Some file systems cannot: then there is nothing more to be done. */
    const bool failed = fsync(folder) && errno == EIO;
    mica_status status = failed ? fail_errno(err, path, "fsync") : MICA_OK;
    close(folder);
    return status;
}

static mica_status make_one(const char *path, bool *made, mica_error *err) {
    *made = !mkdir(path, 0777);
    if (*made || file_is_folder(path)) return MICA_OK;
    return errno == EEXIST ? fail(err, MICA_IO, "%s: a file, expected a folder", path)
                           : fail_errno(err, path, "make");
}

mica_status folder_make(const char *path, bool *made, mica_error *err) {
    char *part = strdup(path);
    mica_status status = part ? MICA_OK : fail_no_memory(err, path);
    for (char *slash = part ? part + 1 : NULL; status == MICA_OK && (slash = strchr(slash, '/'));
         *slash++ = '/') {
        *slash = 0;
        status = make_one(part, made, err);
    }
    free(part);
    return status == MICA_OK ? make_one(path, made, err) : status;
}

static mica_status remove_one(const char *path, mica_error *err) {
    struct stat facts;
    if (lstat(path, &facts)) return errno == ENOENT ? MICA_OK : fail_errno(err, path, "look at");
    if (S_ISDIR(facts.st_mode)) return folder_remove(path, err);
    return unlink(path) && errno != ENOENT ? fail_errno(err, path, "remove") : MICA_OK;
}

mica_status folder_remove(const char *path, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    struct stat facts;
    if (lstat(path, &facts) && errno == ENOENT) return MICA_OK;
    mica_status status = folder_list(path, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++) {
        const char *one = path_join(&a, path, names[i]);
        status = one ? remove_one(one, err) : fail_no_memory(err, path);
    }
    arena_free(&a);
    if (status != MICA_OK) return status;
    return rmdir(path) && errno != ENOENT ? fail_errno(err, path, "remove") : MICA_OK;
}
