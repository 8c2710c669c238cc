/* Writing files aside: see file.h. */
#include "base/file.h"
#include "base/file_abandon.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_NAMES 16   /* that many processes may write one path at once */
#define LONGEST_STEM 230 /* so that the name aside is no longer than a name may be */

/* ---- what a signal handler removes ---- */

/* A handler reaches nothing but what is static. */
static atomic_bool watching, ending;
static atomic_int opening, pending;      /* files that have no place in the list yet; a signal */
static _Atomic(const char *) asides[64]; /* names; more than these at once are not watched */

void file_watch(void) { atomic_store(&watching, true); }

/* Either the handler finds nothing being opened, or who opens finds the signal. */
bool file_abandon_all(int number) {
    atomic_store(&pending, number);
    if (atomic_load(&opening)) return false;
    atomic_store(&ending, true);
    for (size_t i = 0; i < LENGTH(asides); i++) {
        const char *name = atomic_load(&asides[i]);
        if (name) unlink(name);
    }
    return true;
}

static void end_opening(void) {
    atomic_fetch_sub(&opening, 1);
    const int number = atomic_load(&pending);
    if (number && file_abandon_all(number)) raise(number);
}

static void watch_aside(const char *name) {
    if (!atomic_load(&watching)) return;
    for (size_t i = 0; i < LENGTH(asides); i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&asides[i], &none, name)) return;
    }
}

/* Before the name is freed. Either the handler finds the place empty, or it has begun and this
 * thread stays here: the name lives until it was used. */
static void forget_aside(const char *name) {
    if (!atomic_load(&watching)) return;
    for (size_t i = 0; i < LENGTH(asides); i++)
        if (atomic_load(&asides[i]) == name) atomic_store(&asides[i], NULL);
    while (atomic_load(&ending)) pause();
}

/* ---- writing ---- */

/* Whether the open file is the one that `path` names now, and nobody else writes it. */
static bool owned(int descriptor, const char *path) {
    struct stat open_one, named;
    if (flock(descriptor, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) return false;
    return !fstat(descriptor, &open_one) && !stat(path, &named) &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev &&
           S_ISREG(open_one.st_mode);
}

/* Opens PATH.part, or PATH.part1 … while another process writes the one before. */
static bool open_aside(file_writer *w, size_t length, bool owner_only) {
    const char *name = strrchr(w->path, '/');
    size_t stem = strlen(w->path);
    name = name ? name + 1 : w->path;
    if (strlen(name) > LONGEST_STEM) stem -= strlen(name) - LONGEST_STEM;
    for (int i = 0; i < ASIDE_NAMES; i++) {
        if (i) snprintf(w->aside, length, "%.*s.part%d", (int)stem, w->path, i);
        else snprintf(w->aside, length, "%.*s.part", (int)stem, w->path);
        w->descriptor = open(w->aside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                             owner_only ? 0600 : 0666);
        if (w->descriptor < 0) return false;
        if (owned(w->descriptor, w->aside)) /* one that was left behind may be open to others */
            return (!owner_only || !fchmod(w->descriptor, 0600)) && !ftruncate(w->descriptor, 0);
        close(w->descriptor);
        w->descriptor = -1;
    }
    errno = EBUSY;
    return false;
}

/* The path that links lead to, where there is a file already. */
static char *final_path(const char *path) {
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

static mica_status begin_aside(file_writer *w, const char *path, const struct stat *old,
                               bool owner_only, mica_error *err) {
    size_t length = strlen(w->path) + 16;
    w->aside = malloc(length);
    if (!w->aside) return fail_memory(err, length, path);
    atomic_fetch_add(&opening, 1);
    const bool opened = open_aside(w, length, owner_only);
    if (w->descriptor >= 0) watch_aside(w->aside);
    end_opening();
    if (!opened) {
        mica_status status = fail_errno(err, path, "write");
        if (w->descriptor < 0) w->aside[0] = 0; /* nothing to remove */
        return status;
    }
    if (owner_only) w->mode = old ? old->st_mode & 07777 : 0;
    else if (old) (void)!fchmod(w->descriptor, old->st_mode & 07777); /* as what it replaces */
    return MICA_OK;
}

static mica_status begin(file_writer *w, const char *path, bool owner_only, mica_error *err) {
    struct stat old;
    mica_status status = MICA_OK;
    *w = (file_writer){.descriptor = -1, .path = final_path(path)};
    if (!w->path) return fail_memory(err, strlen(path), path);
    bool there = stat(w->path, &old) == 0;
    if (there && S_ISDIR(old.st_mode)) {
        status = fail(err, MICA_IO, "%s: a folder, expected a file", path);
    } else if (there && !S_ISREG(old.st_mode)) {
        w->descriptor = open(w->path, O_WRONLY | O_CLOEXEC);
        if (w->descriptor < 0) status = fail_errno(err, path, "open");
    } else if (there && access(w->path, W_OK)) {
        status = fail_errno(err, path, "write");
    } else {
        status = begin_aside(w, path, there ? &old : NULL, owner_only, err);
    }
    if (status != MICA_OK) file_cancel(w);
    return status;
}

mica_status file_begin(file_writer *w, const char *path, mica_error *err) {
    return begin(w, path, false, err);
}

mica_status file_begin_private(file_writer *w, const char *path, mica_error *err) {
    return begin(w, path, true, err);
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

/* Some file systems and devices have no fsync: then there is nothing more to be done. */
static bool sync_failed(int descriptor) {
    return fsync(descriptor) && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP &&
           errno != EROFS;
}

/* So that the new name survives a crash too. */
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
    if (w->mode) (void)!fchmod(w->descriptor, (mode_t)w->mode);
    if (w->aside && sync_failed(w->descriptor)) status = fail_errno(err, w->path, "fsync");
    /* Renamed while it is open and locked: nobody takes the name aside over in between. */
    if (status == MICA_OK && w->aside && rename(w->aside, w->path))
        status = fail_errno(err, w->path, "rename");
    if (status == MICA_OK && w->aside) w->aside[0] = 0;
    if (close(w->descriptor) && status == MICA_OK) status = fail_errno(err, w->path, "close");
    w->descriptor = -1;
    if (status == MICA_OK && w->aside) sync_folder(w->path);
    file_cancel(w);
    return status;
}

void file_cancel(file_writer *w) {
    if (w->aside && w->aside[0]) unlink(w->aside);
    if (w->aside) forget_aside(w->aside);
    if (w->descriptor >= 0) close(w->descriptor);
    free(w->path);
    free(w->aside);
    *w = (file_writer){.descriptor = -1};
}

mica_status file_check_writable(const char *path, mica_error *err) {
    file_writer trial;
    TRY(file_begin(&trial, path, err));
    file_cancel(&trial);
    return MICA_OK;
}

mica_status file_check_open(const char *path, mica_error *err) {
    struct stat there;
    if (!stat(path, &there)) {
        if (S_ISDIR(there.st_mode))
            return fail(err, MICA_IO, "%s: this is a folder, expected a file", path);
        return access(path, W_OK) ? fail_errno(err, path, "write") : MICA_OK;
    }
    if (errno != ENOENT) return fail_errno(err, path, "look at");
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!folder) return fail_memory(err, strlen(path), path);
    const mica_status status = access(folder, W_OK | X_OK) ? fail_errno(err, path, "make")
                                                           : MICA_OK;
    free(folder);
    return status;
}

mica_status folder_check_writable(const char *path, mica_error *err) {
    char *copy = strdup(path), *slash;
    struct stat there;
    if (!copy) return fail_memory(err, strlen(path), path);
    while (stat(copy, &there) && errno == ENOENT && (slash = strrchr(copy, '/')) && slash != copy)
        *slash = 0;
    const char *at = copy; /* the nearest that is there */
    if (stat(at, &there) && errno == ENOENT) at = *path == '/' ? "/" : ".";
    mica_status status = MICA_OK;
    if (stat(at, &there)) status = fail_errno(err, path, "look at");
    else if (!S_ISDIR(there.st_mode))
        status = fail(err, MICA_IO, "%s: %s is a file, expected a folder", path, at);
    else if (access(at, W_OK | X_OK)) status = fail_errno(err, path, "write");
    free(copy);
    return status;
}

mica_status file_replace(const char *path, const void *bytes, size_t count, mica_error *err) {
    file_writer w;
    TRY(file_begin(&w, path, err));
    mica_status status = file_write(&w, bytes, count, err);
    if (status == MICA_OK) return file_commit(&w, err);
    file_cancel(&w);
    return status;
}
