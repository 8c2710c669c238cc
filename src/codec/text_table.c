/* Tables in files of text: see text_table.h. */
#include "codec/text_table.h"

const text_table *const text_tables[] = {
#define TABLE(name) &table_##name,
#include "codec/tables.def"
#undef TABLE
    NULL,
};

mica_status text_table_decode(const text_table *kind, const text_file *text, const char *name,
                              csv_options o, team *team, mica_table **out, mica_error *err) {
    TRY(kind->decode(text, name, o, team, out, err));
    if (table_set_encoding(*out, text->encoding, text->guessed)) return MICA_OK;
    mica_table_destroy(out);
    return fail_no_memory(err, name);
}

static mica_status hold(const text_table *kind, const text_file *text, const char *path,
                        const text_blocks *how, table_blocks *out, mica_error *err) {
    mica_table *t = NULL;
    TRY(text_table_decode(kind, text, path, how->csv, how->team, &t, err));
    mica_status status = blocks_take_table(t, out, err);
    if (status != MICA_OK) mica_table_destroy(&t);
    return status;
}

/* What is small by its size is read at once, by all threads. */
static mica_status hold_file(const text_table *kind, const char *path, const text_blocks *how,
                             table_blocks *out, mica_error *err) {
    text_file text;
    TRY(text_file_read(path, how->encoding, how->team, &text, err));
    mica_status status = hold(kind, &text, path, how, out, err);
    text_file_free(&text);
    return status;
}

/* Whether all of it is there, and no more than that; it may have to be read in another encoding. */
static mica_status fill_first(text_rows *r, size_t most, bool *all, mica_error *err) {
    do {
        TRY(text_rows_begin(r, 0, err));
        TRY(text_rows_fill(r, most + 1, all, err));
    } while (r->stream.again);
    *all = *all && r->filled <= most;
    return MICA_OK;
}

/* Where the file may be small although its size does not tell: it is packed, or converted. */
static mica_status hold_small(const text_table *kind, text_rows *r, const text_blocks *how,
                              table_blocks *out, mica_error *err) {
    bool all;
    TRY(fill_first(r, how->most, &all, err));
    r->text.size = r->filled;
    r->text.encoding = text_stream_encoding(&r->stream), r->text.guessed = r->stream.guessed;
    mica_status status = all ? hold(kind, &r->text, r->name, how, out, err) : MICA_OK;
    if (!all && how->most > how->each) text_rows_shrink(r); /* it is given back */
    return status;
}

static mica_status open_rows(const text_table *kind, text_rows *r, const text_blocks *how,
                             table_blocks *out, mica_error *err) {
    row_source source = {0};
    mica_status status = kind->open_rows(r, how->csv, how->team, &source, err);
    if (status == MICA_OK) return blocks_of_source(&source, out, err);
    row_source_close(&source);
    return status;
}

/* A text is most often at least that many times as large as its packed file: what cannot be small
 * enough is not tried. */
enum { PACKED_BY = 2 };

mica_status text_table_blocks(const text_table *kind, const char *path, const text_blocks *how,
                              table_blocks *out, mica_error *err) {
    text_rows r;
    *out = (table_blocks){0};
    TRY(text_rows_open(&r, path, how->encoding, how->each, err));
    const uint64_t size = r.stream.bytes.file.size;
    const bool packed = r.stream.bytes.packing;
    mica_status status = MICA_OK;
    if (!packed && size <= how->most) status = hold_file(kind, path, how, out, err);
    else if (packed && size <= how->most / PACKED_BY) status = hold_small(kind, &r, how, out, err);
    if (status == MICA_OK && !out->state) status = open_rows(kind, &r, how, out, err);
    text_rows_close(&r);
    return status;
}
