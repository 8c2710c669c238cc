/* Locks on files: see lock.h. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_STEM 240 /* so that PATH.lock is no longer than a name may be */

struct held_lock {
    struct held_lock *next;
    int descriptor, times;
    char *path, *file; /* what is protected, and PATH.lock */
};

static struct held_lock **find(mica_context *ctx, const char *path) {
    struct held_lock **at = &ctx->locks;
    while (*at && strcmp((*at)->path, path)) at = &(*at)->next;
    return at;
}

static void free_lock(struct held_lock *l) {
    if (l->descriptor >= 0) close(l->descriptor);
    free(l->path);
    free(l->file);
    free(l);
}

static struct held_lock *new_lock(const char *path) {
    struct held_lock *l = allocate(1, sizeof *l);
    const char *name = strrchr(path, '/');
    size_t length = strlen(path), named = strlen(name ? name + 1 : path);
    if (!l) return NULL;
    *l = (struct held_lock){.descriptor = -1, .path = strdup(path), .file = malloc(length + 8)};
    if (!l->path || !l->file) return free_lock(l), NULL;
    if (named > LONGEST_STEM) length -= named - LONGEST_STEM;
    snprintf(l->file, length + 8, "%.*s.lock", (int)length, path);
    return l;
}

/* Whether the open file is still the one of that name: its owner may have removed it meanwhile. */
static bool named(const struct held_lock *l) {
    struct stat open_one, by_name;
    return !fstat(l->descriptor, &open_one) && !stat(l->file, &by_name) &&
           open_one.st_ino == by_name.st_ino && open_one.st_dev == by_name.st_dev;
}

static mica_status fail_busy(const struct held_lock *l, mica_error *err) {
    char process[24] = "";
    ssize_t n = pread(l->descriptor, process, sizeof process - 1, 0);
    process[n > 0 ? n : 0] = 0;
    process[strspn(process, "0123456789")] = 0;
    return fail(err, MICA_BUSY,
                "%s: another training writes it: %s is held by process %s; wait for its end, or "
                "choose another output",
                l->path, l->file, *process ? process : "(unknown)");
}

/* *again: the file was removed between its opening and its locking. */
static mica_status lock_file(struct held_lock *l, bool wait, bool *again, mica_error *err) {
    *again = false;
    l->descriptor = open(l->file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (l->descriptor < 0) return fail_errno(err, l->file, "lock");
    while (flock(l->descriptor, wait ? LOCK_EX : LOCK_EX | LOCK_NB)) {
        if (errno == EWOULDBLOCK) return fail_busy(l, err);
        if (errno != EINTR) break; /* a file system without locks */
    }
    if (!named(l)) {
        close(l->descriptor);
        l->descriptor = -1;
        *again = true;
        return MICA_OK;
    }
    /* the number is only told: a full disk is no reason to stop */
    if (!ftruncate(l->descriptor, 0)) dprintf(l->descriptor, "%ld\n", (long)getpid());
    return MICA_OK;
}

static mica_status take(mica_context *ctx, const char *path, bool wait, mica_error *err) {
    struct held_lock *l = *find(ctx, path);
    bool again = true;
    if (l) return l->times++, MICA_OK;
    if (!(l = new_lock(path))) return fail_no_memory(err, path);
    mica_status status = MICA_OK;
    while (again && status == MICA_OK) status = lock_file(l, wait, &again, err);
    if (status != MICA_OK) return free_lock(l), status;
    l->times = 1;
    l->next = ctx->locks;
    ctx->locks = l;
    return MICA_OK;
}

mica_status lock_take(mica_context *ctx, const char *path, mica_error *err) {
    return take(ctx, path, false, err);
}

mica_status lock_wait(mica_context *ctx, const char *path, mica_error *err) {
    return take(ctx, path, true, err);
}

void lock_give(mica_context *ctx, const char *path) {
    struct held_lock **at = find(ctx, path), *l = *at;
    if (!l || --l->times) return;
    *at = l->next;
    unlink(l->file); /* while it is locked: nobody else's */
    free_lock(l);
}

void lock_give_all(mica_context *ctx) {
    while (ctx->locks) {
        ctx->locks->times = 1;
        lock_give(ctx, ctx->locks->path);
    }
}

bool lock_held(const char *path, bool *left) {
    struct held_lock *l = new_lock(path);
    *left = false;
    if (!l) return false;
    bool held = false;
    l->descriptor = open(l->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (l->descriptor >= 0) {
        held = flock(l->descriptor, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
        *left = !held;
    }
    free_lock(l); /* and gives back what was taken for the question */
    return held;
}
