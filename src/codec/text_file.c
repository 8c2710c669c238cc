/* Text files: see text_file.h. */
#include "codec/text_file.h"

#include "base/utf8.h"
#include "codec/text_encoding.h"
#include "codec/unpack.h"

#include <errno.h>
#include <iconv.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void text_file_free(text_file *t) {
    release_aligned(t->block);
    *t = (text_file){0};
}

int64_t text_line(const text_file *t, const char *at) {
    int64_t line = 1 + t->lines;
    for (const char *c = t->bytes; c < at && (c = memchr(c, '\n', (size_t)(at - c))); c++) line++;
    return line;
}

static mica_status make_room(text_file *t, size_t size, const char *name, mica_error *err) {
    *t = (text_file){.encoding = "utf-8"};
    if (size > SIZE_MAX / 4) return fail_memory(err, size, name);
    t->block = allocate_aligned(size + 2 * TEXT_MARGIN + 1);
    if (!t->block) return fail_memory(err, size, name);
    memset(t->block, 0, TEXT_MARGIN);
    t->bytes = t->block + TEXT_MARGIN;
    t->size = size;
    return MICA_OK;
}

static void end_text(text_file *t) {
    if (t->size && t->bytes[t->size - 1] != '\n') t->bytes[t->size++] = '\n';
    memset(t->bytes + t->size, 0, TEXT_MARGIN);
}

/* ---- what is in it ---- */

bool text_is_utf8(const char *bytes, size_t size) {
    int seen = text_look(bytes, size);
    return !(seen & TEXT_ZERO) && !((seen & TEXT_OTHER) && utf8_invalid(bytes, size));
}

static bool like_gb(const char *text, size_t size) {
    gb_count g = {0};
    gb_add(&g, text, size);
    return gb_likely(&g);
}

static mica_status fail_at(const text_file *t, const char *at, const char *name, const char *what,
                           mica_error *err) {
    return text_fail(name, text_line(t, at), *at, (uint64_t)(at - t->bytes), what, err);
}

/* ---- other encodings ---- */

static mica_status convert_with(iconv_t cd, const text_file *from, const char *encoding,
                                const char *name, text_file *to, mica_error *err) {
    char *in = from->bytes, *out = to->bytes;
    size_t in_left = from->size, out_left = to->size;
    if (iconv(cd, &in, &in_left, &out, &out_left) == (size_t)-1)
        return text_fail_converting(name, text_line(from, in), *in, (uint64_t)(in - from->bytes),
                                    encoding, errno == EINVAL, err);
    iconv(cd, NULL, NULL, &out, &out_left);
    to->size = (size_t)(out - to->bytes);
    return MICA_OK;
}

/* Replaces the text by itself in UTF-8; unchanged where that fails. */
static mica_status convert_from(text_file *t, const char *encoding, const char *name,
                                mica_error *err) {
    text_file to = {0};
    iconv_t cd = iconv_open("UTF-8", encoding);
    if (cd == (iconv_t)-1) return text_fail_unknown(name, encoding, err);
    mica_status status = make_room(&to, t->size * 3 + 16, name, err);
    if (status == MICA_OK) status = convert_with(cd, t, encoding, name, &to, err);
    iconv_close(cd);
    if (status != MICA_OK) {
        text_file_free(&to);
        return status;
    }
    text_file_free(t);
    *t = to;
    return MICA_OK;
}

static mica_status as_utf8(text_file *t, int seen, const char *name, const char *encoding,
                           mica_error *err) {
    const text_mark *mark = text_mark_of(t->bytes, t->size);
    const char *from = text_converted_from(encoding, mark), *at;
    const char *told = encoding ? encoding : mark ? mark->encoding : t->encoding;
    bool guessed = false;
    if (mark) t->bytes += mark->length, t->size -= mark->length; /* the margin only grows */
    if (!from && !encoding && (seen & TEXT_OTHER) && utf8_invalid(t->bytes, t->size) &&
        like_gb(t->bytes, t->size))
        told = from = "gb18030", guessed = true;
    if (from) {
        TRY(convert_from(t, from, name, err));
        seen = text_look(t->bytes, t->size);
    }
    t->encoding = told, t->guessed = guessed;
    if ((seen & TEXT_ZERO) && (at = memchr(t->bytes, 0, t->size)))
        return fail_at(t, at, name, text_with_nul, err);
    if ((seen & TEXT_OTHER) && (at = utf8_invalid(t->bytes, t->size)))
        return fail_at(t, at, name, text_of_neither(encoding), err);
    end_text(t);
    return MICA_OK;
}

/* ---- reading ---- */

mica_status text_file_of(const void *bytes, size_t size, const char *name, const char *encoding,
                         text_file *out, mica_error *err) {
    TRY(make_room(out, size, name, err));
    if (size) memcpy(out->bytes, bytes, size);
    mica_status status = as_utf8(out, text_look(out->bytes, size), name, encoding, err);
    if (status != MICA_OK) text_file_free(out);
    return status;
}

typedef struct reading {
    const file_reader *file;
    char *bytes;
    atomic_int seen;
    atomic_bool failed;
    mica_error err; /* of the piece that failed first in time */
} reading;

static void read_piece(void *arg, int64_t begin, int64_t end) {
    reading *r = arg;
    mica_error err = {0};
    if (file_read_at(r->file, (uint64_t)begin, r->bytes + begin, (size_t)(end - begin), &err)) {
        if (!atomic_exchange(&r->failed, true)) r->err = err;
        return;
    }
    atomic_fetch_or(&r->seen, text_look(r->bytes + begin, (size_t)(end - begin)));
}

static mica_status unpacked(const text_file *packed, const char *path, const char *encoding,
                            text_file *out, mica_error *err) {
    file_bytes content;
    TRY(unpack(packed->bytes, packed->size, path, &content, err));
    mica_status status = text_file_of(content.data, content.size, path, encoding, out, err);
    free(content.data);
    return status;
}

static mica_status read_open(const file_reader *file, const char *path, const char *encoding,
                             team *team, text_file *out, mica_error *err) {
    text_file own;
    TRY(make_room(&own, (size_t)file->size, path, err));
    reading r = {.file = file, .bytes = own.bytes};
    parallel_for(team, (int64_t)own.size, 1 << 18, read_piece, &r);
    mica_status status = MICA_OK;
    bool packed = !r.failed && packed_kind(own.bytes, own.size);
    if (r.failed) status = fail(err, r.err.code, "%s", r.err.message);
    else if (packed) status = unpacked(&own, path, encoding, out, err);
    else status = as_utf8(&own, r.seen, path, encoding, err);
    if (status == MICA_OK && !packed) *out = own;
    else text_file_free(&own);
    return status;
}

mica_status text_file_read(const char *path, const char *encoding, team *team, text_file *out,
                           mica_error *err) {
    file_reader file;
    *out = (text_file){0};
    TRY(file_open(&file, path, err));
    mica_status status = read_open(&file, path, encoding, team, out, err);
    file_close(&file);
    return status;
}
