/* See piped.h. */
#include "cli/piped.h"

#include "codec/npy.h"
#include "codec/text_stream.h"
#include "codec/zip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, FRONT = 4096 };

/* Whether its text begins with an object; what is wrong with it says who reads it. */
static bool begins_with_object(const char *path, const char *encoding) {
    text_stream text;
    char front[FRONT];
    size_t got = 0, at = 0;
    if (text_stream_open(&text, path, encoding, NULL) != MICA_OK) return false;
    mica_status status = MICA_OK;
    do status = text_stream_read(&text, front, sizeof front, &got, NULL);
    while (status == MICA_OK && !got && text.again && text_stream_begin(&text, NULL) == MICA_OK);
    text_stream_close(&text);
    while (status == MICA_OK && at < got && strchr(" \t\r\n", front[at])) at++;
    return status == MICA_OK && at < got && front[at] == '{';
}

/* All of it into the spool; whether its first bytes are those of arrays. */
static mica_status spool_input(piped *p, mica_error *err) {
    char *chunk = malloc(CHUNK);
    mica_status status = chunk ? MICA_OK : fail_no_memory(err, PIPED);
    for (ssize_t n = 1; status == MICA_OK && n;) {
        n = read(STDIN_FILENO, chunk, CHUNK);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) status = fail_errno(err, PIPED, "read");
        else if (n && !p->file.size)
            p->arrays = npy_is(chunk, (size_t)n) || zip_is(chunk, (size_t)n);
        if (n > 0) status = spool_add(&p->file, chunk, (size_t)n, PIPED, err);
    }
    free(chunk);
    if (status != MICA_OK || p->file.size) return status;
    return fail(err, MICA_VALUE, PIPED ": it is empty");
}

mica_status piped_open(piped *p, const char *encoding, mica_error *err) {
    *p = (piped){.arrays = false};
    spool_begin(&p->file);
    mica_status status = spool_input(p, err);
    if (status != MICA_OK) {
        piped_close(p);
        return status;
    }
    snprintf(p->path, sizeof p->path, "/proc/self/fd/%d", p->file.file.descriptor);
    p->lines = !p->arrays && begins_with_object(p->path, encoding);
    return MICA_OK;
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

/* ---- as a table ---- */

bool is_piped(const char *argument) { return !strcmp(argument, "-"); }

static piped table; /* a process has one standard input */
static bool is_read;

mica_status piped_table(const char *encoding, const piped **out, mica_error *err) {
    if (is_read)
        return fail(err, MICA_VALUE, PIPED ": it can be read once, but two tables are it (-)");
    TRY(piped_open(&table, encoding, err));
    is_read = true;
    *out = &table;
    if (!table.arrays) return MICA_OK;
    return fail(err, MICA_VALUE, PIPED ": arrays of NumPy or a ZIP, expected a table as text");
}

void piped_table_name(mica_error *err) {
    if (is_read) piped_name(&table, err);
}
