/* Whole files: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mica_status read_all(int descriptor, const char *path, file_bytes *out, mica_error *err) {
    size_t done = 0;
    while (done < out->size) {
        ssize_t n = read(descriptor, out->data + done, out->size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, path, "read");
        if (n == 0) break;
        done += (size_t)n;
    }
    out->size = done;
    return MICA_OK;
}

mica_status file_read(const char *path, file_bytes *out, mica_error *err) {
    struct stat facts;
    *out = (file_bytes){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail_errno(err, path, "open");
    mica_status status = MICA_OK;
    if (fstat(descriptor, &facts)) status = fail_errno(err, path, "stat");
    else if (!S_ISREG(facts.st_mode)) status = fail(err, MICA_IO, "%s: not a regular file", path);
    if (status == MICA_OK) {
        out->size = (size_t)facts.st_size;
        out->data = malloc(out->size ? out->size : 1);
        status = out->data ? read_all(descriptor, path, out, err) : fail_memory(err, out->size, path);
    }
    close(descriptor);
    if (status == MICA_OK) return status;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}

bool file_exists(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool file_is_folder(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

char *path_join(arena *a, const char *folder, const char *name) {
    size_t n = strlen(folder), length = n + strlen(name) + 2;
    char *path = arena_take(a, length);
    bool slash = n && folder[n - 1] != '/' && name[0];
    if (path) snprintf(path, length, "%s%s%s", folder, slash ? "/" : "", name);
    return path;
}

mica_status file_begin(file_writer *w, const char *path, mica_error *err) {
    size_t length = strlen(path) + 16;
    *w = (file_writer){.descriptor = -1, .path = strdup(path), .aside = malloc(length)};
    if (!w->path || !w->aside) {
        file_cancel(w);
        return fail_memory(err, length, path);
    }
    snprintf(w->aside, length, "%s.XXXXXX", path);
    w->descriptor = mkostemp(w->aside, O_CLOEXEC);
    if (w->descriptor >= 0) {
        mode_t mask = umask(0);
        umask(mask);
        fchmod(w->descriptor, 0666 & ~mask);
        return MICA_OK;
    }
    mica_status status = fail_errno(err, path, "create");
    w->aside[0] = 0;
    file_cancel(w);
    return status;
}

mica_status file_write(file_writer *w, const void *bytes, size_t count, mica_error *err) {
    const char *at = bytes;
    while (count) {
        ssize_t n = write(w->descriptor, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, w->path, "write");
        at += n;
        count -= (size_t)n;
        w->size += (size_t)n;
    }
    return MICA_OK;
}

/* So that the new name survives a crash too. Some file systems refuse: then there is nothing more. */
static void sync_folder(const char *path) {
    char *copy = strdup(path);
    int folder = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    free(copy);
}

mica_status file_commit(file_writer *w, mica_error *err) {
    mica_status status = MICA_OK;
    if (fsync(w->descriptor)) status = fail_errno(err, w->path, "fsync");
    if (close(w->descriptor) && status == MICA_OK) status = fail_errno(err, w->path, "close");
    w->descriptor = -1;
    if (status == MICA_OK && rename(w->aside, w->path)) status = fail_errno(err, w->path, "rename");
    if (status == MICA_OK) {
        w->aside[0] = 0;
        sync_folder(w->path);
    }
    file_cancel(w);
    return status;
}

void file_cancel(file_writer *w) {
    if (w->descriptor >= 0) close(w->descriptor);
    if (w->aside && w->aside[0]) unlink(w->aside);
    free(w->path);
    free(w->aside);
    *w = (file_writer){.descriptor = -1};
}
