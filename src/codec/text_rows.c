/* Rows of texts: see text_rows.h. A stretch lies in a buffer; what is behind its last whole row
 * goes to the front before more is read. */
#include "codec/text_rows.h"

#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

mica_status text_rows_open(text_rows *r, const char *path, const char *encoding, size_t each,
                           mica_error *err) {
    *r = (text_rows){.name = strdup(path), .each = each};
    if (!r->name) return fail_no_memory(err, path);
    mica_status status = text_stream_open(&r->stream, r->name, encoding, err);
    if (status == MICA_OK) return MICA_OK;
    free(r->name);
    *r = (text_rows){0};
    return status;
}

void text_rows_close(text_rows *r) {
    if (!r->name) return;
    text_stream_close(&r->stream);
    free(r->text.block);
    free(r->name);
    *r = (text_rows){0};
}

bool text_rows_tell(const text_rows *r, mica_table *t) {
    return table_set_encoding(t, text_stream_encoding(&r->stream), r->stream.guessed);
}

void text_rows_shrink(text_rows *r) {
    free(r->text.block);
    r->text = (text_file){0};
    r->filled = r->room = 0;
}

static mica_status make_room(text_rows *r, size_t bytes, mica_error *err) {
    enum { LARGE = 1 << 26 };
    if (bytes <= r->room) return MICA_OK;
    if (bytes > SIZE_MAX / 4 || (bytes > LARGE && (int64_t)bytes > memory_available()))
        return fail_memory(err, bytes, r->name); /* a row without an end */
    char *larger = realloc(r->text.block, bytes + 2 * TEXT_MARGIN + 1);
    if (!larger) return fail_memory(err, bytes, r->name);
    if (!r->text.block) memset(larger, 0, TEXT_MARGIN);
    r->text.block = larger;
    r->text.bytes = larger + TEXT_MARGIN;
    r->room = bytes;
    return MICA_OK;
}

mica_status text_rows_fill(text_rows *r, size_t until, bool *all, mica_error *err) {
    size_t got;
    while (r->filled < until && !r->stream.ended && !r->stream.again) {
        size_t more = until - r->filled;
        if (more < TEXT_STREAM_LEAST) more = TEXT_STREAM_LEAST;
        TRY(make_room(r, r->filled + more, err));
        TRY(text_stream_read(&r->stream, r->text.bytes + r->filled, more, &got, err));
        r->filled += got;
    }
    *all = r->stream.ended;
    if (!*all || !r->filled) return MICA_OK;
    if (r->text.bytes[r->filled - 1] != '\n') r->text.bytes[r->filled++] = '\n';
    memset(r->text.bytes + r->filled, 0, TEXT_MARGIN);
    return MICA_OK;
}

mica_status text_rows_begin(text_rows *r, size_t skip, mica_error *err) {
    bool all;
    TRY(text_stream_begin(&r->stream, err));
    r->filled = r->text.size = 0;
    r->text.lines = 0;
    TRY(text_rows_fill(r, skip, &all, err));
    r->text.size = skip < r->filled ? skip : r->filled;
    return MICA_OK;
}

static void drop_stretch(text_rows *r) {
    const size_t rest = r->filled - r->text.size;
    if (!r->text.size) return;
    r->text.lines += text_lines(r->text.bytes, r->text.size);
    memmove(r->text.bytes, r->text.bytes + r->text.size, rest);
    r->filled = rest;
    r->text.size = 0;
}

mica_status text_rows_next(text_rows *r, mica_error *err) {
    bool all;
    drop_stretch(r);
    for (size_t until = r->each;; until *= 2) {
        TRY(text_rows_fill(r, until, &all, err));
        if (r->stream.again) return MICA_OK;
        size_t have = r->filled < until ? r->filled : until;
        const char *begin = r->text.bytes, *end = all && have == r->filled
                                                      ? begin + have
                                                      : r->rows_end(r->arg, begin, begin + have);
        if (!r->filled || end) return r->text.size = end ? (size_t)(end - begin) : 0, MICA_OK;
    }
}
