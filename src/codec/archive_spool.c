/* Temporary files without a name: see archive_spool.h. */
#include "codec/archive_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

void spool_begin(spool *s) { *s = (spool){.file.descriptor = -1}; }

void spool_close(spool *s) { file_close(&s->file); }

/* Where the file system knows no files without names, the name is taken away at once. */
static int open_unnamed(const char *folder) {
    char path[4096];
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return descriptor;
    if (snprintf(path, sizeof path, "%s/mica_XXXXXX", folder) >= (int)sizeof path) return -1;
    descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0) unlink(path);
    return descriptor;
}

static mica_status open_file(spool *s, mica_error *err) {
    const char *folder = getenv("TMPDIR");
    struct statvfs disk;
    char name[4096];
    if (!folder || !*folder) folder = "/tmp";
    snprintf(name, sizeof name, "temporary file in %s", folder);
    s->file.descriptor = open_unnamed(folder);
    if (s->file.descriptor < 0) return fail_errno(err, name, "make");
    s->file.path = strdup(name);
    if (!s->file.path) return fail_no_memory(err, name);
    s->most = UINT64_MAX;
    if (fstatvfs(s->file.descriptor, &disk) == 0)
        s->most = (uint64_t)disk.f_bavail * disk.f_frsize / 10 * 9;
    return MICA_OK;
}

mica_status spool_add(spool *s, const void *bytes, size_t count, const char *name,
                      mica_error *err) {
    if (s->file.descriptor < 0) TRY(open_file(s, err));
    if (count > s->most - s->size)
        return fail(err, MICA_IO,
                    "%s: more than %llu bytes of it would lie in the %s, nine tenths of what is "
                    "free there (TMPDIR names another folder)",
                    name, (unsigned long long)s->most, s->file.path);
    for (size_t done = 0; done < count;) {
        ssize_t n = pwrite(s->file.descriptor, (const char *)bytes + done, count - done,
                           (off_t)(s->size + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, s->file.path, "write");
        done += (size_t)n;
    }
    s->size += count;
    return MICA_OK;
}
