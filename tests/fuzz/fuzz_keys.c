/* Files of keys: any bytes are keys that can be asked for, or an error; what was read is written as
 * what is read again. */
#include "base/file.h"
#include "serve/access.h"
#include "serve/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/mica_fuzz_XXXXXX";

static void end(void) { unlink(path); }

static bool write_file(const uint8_t *data, size_t size) {
    static int fd;
    if (!fd && (fd = mkstemp(path)) > 0) atexit(end);
    return fd > 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size;
}

static void ask(void) {
    access_control *a;
    identity who;
    mica_error err;
    if (access_open(&(access_options){.keys = path}, &a, &err) != MICA_OK) return;
    access_check(a, "Bearer mica_AAAA", "name", ACTION_PREDICT, "m", &who, &err);
    access_check(a, NULL, "name", ACTION_METRICS, NULL, &who, &err);
    access_close(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    key_list keys = {0}, again = {0};
    mica_error err = {0};
    if (!write_file(data, size)) return 0;
    if (keys_load(path, &keys, &err) != MICA_OK) {
        if (!err.message[0]) abort();
        return 0;
    }
    ask();
    char other[] = "/tmp/mica_fuzz_XXXXXX";
    const int fd = mkstemp(other);
    if (fd >= 0 && keys_save(other, &keys, &err) == MICA_OK &&
        (keys_load(other, &again, &err) != MICA_OK || again.count != keys.count)) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    if (fd >= 0) close(fd), unlink(other);
    keys_free(&again);
    keys_free(&keys);
    return 0;
}
