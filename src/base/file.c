/* Reading files and folders: see file.h. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mica_status read_into(int descriptor, const char *name, unsigned char *at, size_t wanted,
                             size_t *got, mica_error *err) {
    *got = 0;
    while (*got < wanted) {
        ssize_t n = read(descriptor, at + *got, wanted - *got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, name, "read");
        if (n == 0) break;
        *got += (size_t)n;
    }
    return MICA_OK;
}

/* Whether a file that cannot be opened is to blame itself, not who opens it nor the machine. */
static bool is_of_file(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG ||
           code == ENXIO || code == ENODEV;
}

/* of_file: the status where the file itself is to blame. */
static mica_status open_regular(const char *path, mica_status of_file, int *descriptor,
                                uint64_t *size, mica_error *err) {
    struct stat facts;
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* so that a pipe does not block */
    if (*descriptor < 0) {
        const int code = errno;
        mica_status failed = fail_errno(err, path, "open");
        if (!is_of_file(code)) return failed;
        if (err) err->code = of_file;
        return of_file;
    }
    mica_status status = MICA_OK;
    if (fstat(*descriptor, &facts)) status = fail_errno(err, path, "stat");
    else if (S_ISDIR(facts.st_mode))
        status = fail(err, of_file, "%s: a folder, expected a file", path);
    else if (!S_ISREG(facts.st_mode)) status = fail(err, of_file, "%s: not a regular file", path);
    else *size = (uint64_t)facts.st_size;
    if (status == MICA_OK) return MICA_OK;
    close(*descriptor);
    *descriptor = -1;
    return status;
}

static mica_status read_again(const char *path, mica_status of_file, file_bytes *out, size_t *room,
                              mica_error *err) {
    int descriptor;
    uint64_t size;
    out->size = 0;
    TRY(open_regular(path, of_file, &descriptor, &size, err));
    mica_status status = MICA_OK;
    if (size >= *room || !out->data) {
        unsigned char *larger = size < SIZE_MAX / 2 ? malloc((size_t)size + 1) : NULL;
        if (larger) {
            free(out->data);
            out->data = larger;
            *room = (size_t)size + 1;
        } else {
            status = fail_memory(err, size, path);
        }
    }
    if (status == MICA_OK)
        status = read_into(descriptor, path, out->data, (size_t)size, &out->size, err);
    close(descriptor);
    return status;
}

mica_status file_read_of_many(const char *path, file_bytes *out, size_t *room, mica_error *err) {
    return read_again(path, MICA_FORMAT, out, room, err);
}

mica_status file_read(const char *path, file_bytes *out, mica_error *err) {
    size_t room = 0;
    *out = (file_bytes){0};
    mica_status status = read_again(path, MICA_IO, out, &room, err);
    if (status == MICA_OK) return MICA_OK;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}

mica_status file_read_descriptor(int descriptor, const char *name, file_bytes *out,
                                 mica_error *err) {
    size_t room = 0, got = 0;
    mica_status status = MICA_OK;
    *out = (file_bytes){0};
    do {
        if (!grow(&out->data, &room, out->size + 65536, 1)) status = fail_memory(err, room, name);
        else
            status = read_into(descriptor, name, out->data + out->size, room - out->size, &got,
                               err);
        out->size += got;
    } while (status == MICA_OK && out->size == room);
    if (status == MICA_OK) return MICA_OK;
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

/* ---- folders ---- */

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static mica_status list_into(DIR *folder, const char *path, arena *a, char ***names, size_t *count,
                             mica_error *err) {
    size_t room = 0;
    for (struct dirent *entry; errno = 0, (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char *name = grow(names, &room, *count + 1, sizeof **names) ? arena_text(a, entry->d_name)
                                                                    : NULL;
        if (!name) return fail_memory(err, room, path);
        (*names)[(*count)++] = name;
    }
    return errno ? fail_errno(err, path, "list") : MICA_OK;
}

mica_status folder_list(const char *path, arena *a, char ***names, size_t *count, mica_error *err) {
    char **found = NULL;
    *names = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder) return fail_errno(err, path, "open");
    mica_status status = list_into(folder, path, a, &found, count, err);
    closedir(folder);
    if (status == MICA_OK && *count) {
        qsort(found, *count, sizeof *found, by_bytes);
        *names = arena_copy(a, found, *count * sizeof *found);
        if (!*names) status = fail_memory(err, *count * sizeof *found, path);
    }
    free(found);
    return status;
}

/* ---- in pieces ---- */

mica_status file_open(file_reader *r, const char *path, mica_error *err) {
    *r = (file_reader){.descriptor = -1};
    TRY(open_regular(path, MICA_IO, &r->descriptor, &r->size, err));
    r->path = strdup(path);
    if (r->path) return MICA_OK;
    file_close(r);
    return fail_memory(err, strlen(path), path);
}

mica_status file_read_at(const file_reader *r, uint64_t at, void *out, size_t count,
                         mica_error *err) {
    for (size_t done = 0; done < count;) {
        ssize_t n = pread(r->descriptor, (char *)out + done, count - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, r->path, "read");
        if (n == 0)
            return fail(err, MICA_FORMAT,
                        "%s: the file ends at byte %llu, expected %zu bytes from %llu on", r->path,
                        (unsigned long long)(at + done), count, (unsigned long long)at);
        done += (size_t)n;
    }
    return MICA_OK;
}

void file_close(file_reader *r) {
    if (r->descriptor >= 0) close(r->descriptor);
    free(r->path);
    *r = (file_reader){.descriptor = -1};
}
