/* Keys: see secret.h. */
#include "batch/secret.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST = 16, MOST = 65536 };

static mica_status check_file(int descriptor, const char *path, mica_error *err) {
    struct stat file;
    if (fstat(descriptor, &file)) return fail_errno(err, path, "look at");
    if (!S_ISREG(file.st_mode))
        return fail(err, MICA_IO, "%s: no file, expected a key in one", path);
    if (file.st_mode & 077)
        return fail(err, MICA_VALUE,
                    "%s: mode %04o lets others use the key, expected 0600 (chmod 600 %s)", path,
                    (unsigned)(file.st_mode & 07777), path);
    if (file.st_size >= LEAST && file.st_size <= MOST) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: a key of %lld bytes, expected %d to %d", path,
                (long long)file.st_size, LEAST, MOST);
}

mica_status secret_read(const char *path, secret *out, mica_error *err) {
    file_bytes file = {0};
    *out = (secret){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* never waits for a pipe */
    if (descriptor < 0) return fail_errno(err, path, "open");
    mica_status status = check_file(descriptor, path, err);
    if (status == MICA_OK) status = file_read_descriptor(descriptor, path, &file, err);
    close(descriptor);
    TRY(status);
    *out = (secret){file.data, file.size};
    if (out->size && out->bytes[out->size - 1] == '\n') out->size--;
    if (out->size && out->bytes[out->size - 1] == '\r') out->size--;
    if (out->size >= LEAST) return MICA_OK;
    size_t size = out->size;
    secret_forget(out);
    return fail(err, MICA_VALUE, "%s: a key of %zu bytes, expected %d to %d", path, size, LEAST,
                MOST);
}

void secret_forget(secret *s) {
    if (s->bytes) explicit_bzero(s->bytes, s->size);
    free(s->bytes);
    *s = (secret){0};
}

mica_status secret_seed(uint64_t *out, mica_error *err) {
    if (getrandom(out, sizeof *out, 0) == (ssize_t)sizeof *out) return MICA_OK;
    return fail_errno(err, "getrandom", "ask for random bytes");
}
