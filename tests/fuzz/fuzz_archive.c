/* tar and zip: any bytes give members, broken ones or errors. */
#include "data/class_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static member_choice wanted(void *arg, const char *path) {
    (void)arg;
    return strstr(path, "stop") ? MEMBER_STOP : strstr(path, "readme") ? MEMBER_SKIP : MEMBER_KEEP;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    archive_members m;
    char path[64];
    file_bytes bytes = {0};
    size_t room = 0;
    volatile size_t sum = 0;
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const file_kind *kind = NULL;
    if (archive_kind(path, &kind, NULL) == MICA_OK && !kind) abort();
    if (members_open(&m, path, wanted, NULL, NULL) == MICA_OK) {
        for (size_t i = 0; i < m.count && i < 64; i++) {
            arena a = {0};
            char **names;
            size_t count;
            sum += members_kind(&m, m.member[i].path);
            if (members_list(&m, m.member[i].path, &a, &names, &count, NULL) == MICA_OK)
                sum += count;
            if (members_read(&m, m.member[i].path, &bytes, &room, NULL) == MICA_OK)
                for (size_t k = 0; k < bytes.size; k++) sum += bytes.data[k];
            arena_free(&a);
        }
        members_close(&m);
    }
    (void)sum;
    free(bytes.data);
    close(file);
    return 0;
}
