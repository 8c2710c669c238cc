/* Texts in pieces: see text_stream.h. */
#include "codec/text_stream.h"

#include "base/utf8.h"
#include "codec/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_CONVERSION ((iconv_t)-1)

enum { RAW = 1 << 16, FLUSHED = 64 }; /* bytes converted at a time; what the end may still give */

/* ---- the begin ---- */

static mica_status open_conversion(text_stream *s, mica_error *err) {
    if (!s->from || s->convert != NO_CONVERSION) return MICA_OK;
    s->convert = iconv_open("UTF-8", s->from);
    return s->convert != NO_CONVERSION ? MICA_OK : text_fail_unknown(s->name, s->from, err);
}

/* Behind the mark. */
mica_status text_stream_begin(text_stream *s, mica_error *err) {
    char front[TEXT_MARK_MOST];
    size_t got;
    const size_t mark = s->mark ? s->mark->length : 0;
    s->converted = s->given = (text_passed){0};
    s->in_filled = 0, s->ended = s->again = false;
    if (s->convert != NO_CONVERSION) iconv(s->convert, NULL, NULL, NULL, NULL);
    TRY(byte_stream_begin(&s->bytes, err));
    return mark ? byte_stream_read(&s->bytes, front, mark, &got, err) : MICA_OK;
}

static mica_status open_text(text_stream *s, const char *encoding, mica_error *err) {
    char front[TEXT_MARK_MOST];
    size_t got;
    s->encoding = encoding ? strdup(encoding) : NULL;
    s->in = malloc(RAW);
    if (!s->in || (encoding && !s->encoding)) return fail_no_memory(err, s->name);
    TRY(byte_stream_read(&s->bytes, front, sizeof front, &got, err));
    s->mark = text_mark_of(front, got);
    s->from = text_converted_from(s->encoding, s->mark);
    TRY(open_conversion(s, err));
    return text_stream_begin(s, err);
}

mica_status text_stream_open(text_stream *s, const char *path, const char *encoding,
                             mica_error *err) {
    *s = (text_stream){.name = path, .convert = NO_CONVERSION};
    mica_status status = byte_stream_open(&s->bytes, path, err);
    if (status == MICA_OK) status = open_text(s, encoding, err);
    if (status != MICA_OK) text_stream_close(s);
    return status;
}

void text_stream_close(text_stream *s) {
    if (s->convert != NO_CONVERSION) iconv_close(s->convert);
    byte_stream_close(&s->bytes);
    free(s->encoding);
    free(s->in);
    *s = (text_stream){.convert = NO_CONVERSION, .bytes.file.descriptor = -1};
}

const char *text_stream_encoding(const text_stream *s) {
    if (s->encoding) return s->encoding;
    return s->mark ? s->mark->encoding : s->guessed ? s->from : "utf-8";
}

/* ---- where it is no text ---- */

static void pass(text_passed *p, const char *bytes, size_t size) {
    p->bytes += size;
    p->lines += text_lines(bytes, size);
}

/* `wrong` is in what is given next, which lies at `text`. */
static mica_status fail_at(const text_stream *s, const char *text, const char *wrong,
                           const char *what, mica_error *err) {
    const size_t before = (size_t)(wrong - text);
    return text_fail(s->name, s->given.lines + text_lines(text, before) + 1, *wrong,
                     s->given.bytes + before, what, err);
}

/* Whether the file, which is no UTF-8, is GB18030: all of it is looked at. */
static mica_status look_for_gb(text_stream *s, bool *likely, mica_error *err) {
    gb_count g = {0};
    size_t got = 0;
    TRY(text_stream_begin(s, err));
    do {
        TRY(byte_stream_read(&s->bytes, s->in, RAW, &got, err));
        gb_add(&g, s->in, got);
    } while (got);
    *likely = gb_likely(&g);
    return MICA_OK;
}

/* text is what was read, `wrong` where it is no UTF-8. */
static mica_status other_encoding(text_stream *s, const char *text, const char *wrong,
                                  mica_error *err) {
    mica_error said = {0};
    bool likely = false;
    fail_at(s, text, wrong, text_of_neither(s->encoding), &said);
    if (!s->encoding) TRY(look_for_gb(s, &likely, err));
    if (!likely) return fail(err, said.code, "%s", said.message);
    s->from = "gb18030", s->guessed = true;
    TRY(open_conversion(s, err));
    TRY(text_stream_begin(s, err));
    s->again = true;
    return MICA_OK;
}

/* ---- UTF-8 ---- */

/* Whether all that is there of a letter is its begin, so that the rest may follow. */
static bool is_cut(const char *letter, size_t size) {
    size_t wrong;
    return size < 4 && !utf8_letter(letter, size, &wrong) && wrong == size;
}

static mica_status check(text_stream *s, char *to, size_t *got, mica_error *err) {
    const int seen = text_look(to, *got);
    const char *wrong = seen & TEXT_OTHER ? utf8_invalid(to, *got) : NULL;
    const char *zero = seen & TEXT_ZERO ? memchr(to, 0, *got) : NULL;
    if (wrong && !s->bytes.ended && is_cut(wrong, *got - (size_t)(wrong - to))) {
        s->in_filled = *got - (size_t)(wrong - to);
        memcpy(s->in, wrong, s->in_filled);
        *got -= s->in_filled;
        wrong = NULL;
    }
    if (wrong) {
        TRY(other_encoding(s, to, wrong, err));
        *got = 0;
        return MICA_OK;
    }
    return zero ? fail_at(s, to, zero, text_with_nul, err) : MICA_OK;
}

static mica_status read_utf8(text_stream *s, char *to, size_t room, size_t *got, mica_error *err) {
    const size_t begun = s->in_filled;
    memcpy(to, s->in, begun);
    s->in_filled = 0;
    TRY(byte_stream_read(&s->bytes, to + begun, room - begun, got, err));
    *got += begun;
    if (s->checked) return MICA_OK;
    TRY(check(s, to, got, err));
    return MICA_OK;
}

/* ---- other encodings ---- */

/* What is in s->in, as far as there is room. */
static mica_status convert_some(text_stream *s, char **out, size_t *room, mica_error *err) {
    char *in = s->in;
    size_t left = s->in_filled;
    const bool stopped = iconv(s->convert, &in, &left, out, room) == (size_t)-1;
    const int why = stopped ? errno : 0;
    if (!s->checked) pass(&s->converted, s->in, s->in_filled - left);
    if (why == EILSEQ || (why == EINVAL && s->bytes.ended))
        return text_fail_converting(s->name, s->converted.lines + 1, *in, s->converted.bytes,
                                    s->from, why == EINVAL, err);
    memmove(s->in, in, left);
    s->in_filled = left;
    return MICA_OK;
}

static mica_status read_converted(text_stream *s, char *to, size_t room, size_t *got,
                                  mica_error *err) {
    char *out = to;
    size_t left = room - FLUSHED, more;
    while (out == to && !(s->bytes.ended && !s->in_filled)) {
        TRY(byte_stream_read(&s->bytes, s->in + s->in_filled, RAW - s->in_filled, &more, err));
        s->in_filled += more;
        TRY(convert_some(s, &out, &left, err));
    }
    left += FLUSHED;
    if (s->bytes.ended && !s->in_filled) iconv(s->convert, NULL, NULL, &out, &left);
    *got = (size_t)(out - to);
    if (s->checked) return MICA_OK;
    const int seen = text_look(to, *got);
    const char *zero = seen & TEXT_ZERO ? memchr(to, 0, *got) : NULL;
    return zero ? fail_at(s, to, zero, text_with_nul, err) : MICA_OK;
}

mica_status text_stream_read(text_stream *s, char *to, size_t room, size_t *got, mica_error *err) {
    *got = 0;
    if (s->ended) return MICA_OK;
    TRY(s->from ? read_converted(s, to, room, got, err) : read_utf8(s, to, room, got, err));
    if (s->again) return MICA_OK;
    if (!s->checked) pass(&s->given, to, *got);
    s->ended = s->bytes.ended && !s->in_filled;
    s->checked |= s->ended;
    return MICA_OK;
}

void text_encoding_find(const char *path, const char *likely, const char **encoding) {
    enum { ROOM = 1 << 16 };
    text_stream s;
    size_t got = 0;
    char *room = malloc(ROOM);
    *encoding = text_converted_from(likely, NULL); /* of UTF-8 nothing is to be found out */
    if (!*encoding) return free(room);
    if (room && text_stream_open(&s, path, NULL, NULL) == MICA_OK) {
        mica_status status;
        do status = text_stream_read(&s, room, ROOM, &got, NULL);
        while (status == MICA_OK && got && !s.again);
        if (status == MICA_OK && !s.again) *encoding = NULL;
        text_stream_close(&s);
    }
    free(room);
}
