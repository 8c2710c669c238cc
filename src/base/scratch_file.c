/* Files that are written in place: see scratch_file.h. */
#include "base/scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

mica_status scratch_open(scratch_file *f, const char *path, bool anew, mica_error *err) {
    struct stat facts;
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | (anew ? O_TRUNC : 0);
    *f = (scratch_file){.descriptor = open(path, flags, 0600), .path = path};
    if (f->descriptor < 0) return fail_errno(err, path, "opening");
    if (fstat(f->descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) {
        f->size = (uint64_t)facts.st_size;
        return MICA_OK;
    }
    scratch_close(f);
    return fail(err, MICA_IO, "%s: expected a file", path);
}

void scratch_close(scratch_file *f) {
    if (f->descriptor >= 0) close(f->descriptor);
    f->descriptor = -1;
}

mica_status scratch_read(const scratch_file *f, uint64_t at, void *out, size_t count, size_t *got,
                         mica_error *err) {
    *got = 0;
    while (*got < count) {
        ssize_t n = pread(f->descriptor, (char *)out + *got, count - *got, (off_t)(at + *got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(err, f->path, "reading");
        if (!n) return MICA_OK;
        *got += (size_t)n;
    }
    return MICA_OK;
}

mica_status scratch_write(const scratch_file *f, uint64_t at, const void *bytes, size_t count,
                          mica_error *err) {
    for (size_t done = 0; done < count;) {
        ssize_t n = pwrite(f->descriptor, (const char *)bytes + done, count - done,
                           (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail_errno(err, f->path, "writing");
        done += (size_t)n;
    }
    return MICA_OK;
}
