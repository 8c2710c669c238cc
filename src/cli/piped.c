/* See piped.h. */
#include "cli/piped.h"

#include "codec/npy.h"
#include "codec/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool begins_with_object(const unsigned char *bytes, size_t size) {
    size_t at = size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (at < size && strchr(" \t\r\n", bytes[at]) && bytes[at]) at++;
    return at < size && bytes[at] == '{';
}

mica_status piped_open(piped *p, mica_error *err) {
    file_bytes all;
    *p = (piped){.arrays = false};
    spool_begin(&p->file);
    TRY(file_read_descriptor(STDIN_FILENO, PIPED, &all, err));
    p->arrays = npy_is(all.data, all.size) || zip_is(all.data, all.size);
    p->lines = begins_with_object(all.data, all.size);
    mica_status status = all.size ? spool_add(&p->file, all.data, all.size, PIPED, err)
                                  : fail(err, MICA_VALUE, PIPED ": it is empty");
    free(all.data);
    if (status != MICA_OK) piped_close(p);
    else snprintf(p->path, sizeof p->path, "/proc/self/fd/%d", p->file.file.descriptor);
    return status;
}

void piped_close(piped *p) { spool_close(&p->file); }

void piped_name(const piped *p, mica_error *err) {
    char *at = strstr(err->message, p->path);
    const size_t length = strlen(p->path);
    if (!at) return;
    strbuf text = {0};
    strbuf_put(&text, err->message, (size_t)(at - err->message));
    strbuf_add(&text, PIPED "%s", at + length);
    if (!text.failed) snprintf(err->message, sizeof err->message, "%s", text.data);
    strbuf_free(&text);
}
