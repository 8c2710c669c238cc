/* Tables of text in blocks against the same as a whole: types, cells and errors are the same,
 * however small a block is, however the file is packed, and whatever it is encoded in. */
#include "build_config.h"
#include "codec/csv.h"

#include "support/folder.h"
#include "support/random_csv.h"
#include "table/distinct.h"

#include <iconv.h>
#include <zlib.h>
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

static mica_error err;
static csv_options declared; /* of all */

static mica_table *whole(const text_table *kind, const char *path, const char *encoding) {
    text_file text;
    mica_table *t = NULL;
    ASSERT_OK(text_file_read(path, encoding, NULL, &text, &err));
    ASSERT_OK(text_table_decode(kind, &text, path, declared, NULL, &t, &err));
    text_file_free(&text);
    return t;
}

static mica_status in_blocks(const text_table *kind, const char *path, const char *encoding,
                             size_t each, table_blocks *out) {
    const text_blocks how = {.encoding = encoding, .each = each, .most = each, .csv = declared};
    return text_table_blocks(kind, path, &how, out, &err);
}

static void same_bytes(const char *a, const char *b) {
    size_t m, n;
    unsigned char *x = get_file(a, &m), *y = get_file(b, &n);
    assert_int_equal(m, n);
    assert_memory_equal(x, y, m);
    free(x), free(y);
}

static void same_columns(const mica_table *head, const mica_table *t) {
    assert_int_equal(head->count, t->count);
    for (int i = 0; i < t->count; i++) {
        const table_column *a = &head->column[i], *b = &t->column[i];
        assert_string_equal(a->name, b->name);
        if (a->type != b->type)
            fail_msg("column %s: %s, expected %s", a->name, mica_column_type_name(a->type),
                     mica_column_type_name(b->type));
        assert_int_equal(a->missing, b->missing);
        assert_int_equal(a->timed, b->timed);
        assert_int_equal(a->zoned, b->zoned);
    }
}

/* Writes all blocks; how many there were. */
static int write_blocks(table_blocks *b, bool last, const char *path) {
    csv_writer w;
    mica_table *block;
    int count = 0;
    ASSERT_OK(csv_write_begin(&w, path, ',', false, &err));
    ASSERT_OK(b->begin(b, last, &err));
    for (;; count++) {
        ASSERT_OK(b->next(b, &block, &err));
        if (!block) break;
        for (int i = 0; i < block->count; i++)
            assert_int_equal(block->column[i].type, b->head->column[i].type);
        ASSERT_OK(csv_write_rows(&w, block, &err));
        mica_table_destroy(&block);
    }
    assert_int_equal(w.rows, b->rows);
    ASSERT_OK(csv_write_end(&w, MICA_OK, &err));
    return count;
}

static void check(const text_table *kind, const char *path, const char *encoding, size_t each,
                  int least) {
    mica_table *t = whole(kind, path, encoding), *gathered;
    table_blocks b;
    ASSERT_OK(csv_write(t, in_folder("whole.csv"), ',', false, &err));
    ASSERT_OK(in_blocks(kind, path, encoding, each, &b));
    assert_int_equal(b.rows, t->rows);
    same_columns(b.head, t);
    assert_string_equal(b.head->encoding, t->encoding);
    assert_int_equal(b.head->guessed, t->guessed);
    assert_int_equal(t->guessed, !encoding && !strcmp(t->encoding, "gb18030"));
    if (write_blocks(&b, false, in_folder("blocks.csv")) < least)
        fail_msg("%s, each %zu: too few blocks", path, each);
    same_bytes(in_folder("whole.csv"), in_folder("blocks.csv"));
    ASSERT_OK(blocks_gather(&b, NULL, 0, &gathered, &err));
    same_columns(gathered, t);
    ASSERT_OK(csv_write(gathered, in_folder("blocks.csv"), ',', false, &err));
    same_bytes(in_folder("whole.csv"), in_folder("blocks.csv"));
    mica_table_destroy(&gathered);
    mica_table_destroy(&t);
    blocks_close(&b);
}

/* ---- how a text may lie in a file ---- */

enum { ROOM = 1 << 20 };

typedef size_t packer(const char *text, size_t size, unsigned char *to);

static size_t as_it_is(const char *text, size_t size, unsigned char *to) {
    memcpy(to, text, size);
    return size;
}

static size_t one_member(const char *text, size_t size, unsigned char *to) {
    z_stream z = {.next_in = (unsigned char *)text,
                  .avail_in = (uInt)size,
                  .next_out = to,
                  .avail_out = ROOM};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static size_t gzipped(const char *text, size_t size, unsigned char *to) { /* in two members */
    size_t first = one_member(text, size / 3, to);
    return first + one_member(text + size / 3, size - size / 3, to + first);
}

#ifdef HAVE_LZMA
static size_t xzed(const char *text, size_t size, unsigned char *to) {
    size_t n = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text, size,
                                             to, &n, ROOM),
                     LZMA_OK);
    return n;
}
#endif
#ifdef HAVE_ZSTD
static size_t zstded(const char *text, size_t size, unsigned char *to) {
    size_t first = ZSTD_compress(to, ROOM, text, size / 2, 3);
    return first + ZSTD_compress(to + first, ROOM - first, text + size / 2, size - size / 2, 3);
}
#endif

static size_t encoded(const char *text, size_t size, unsigned char *to, const char *encoding) {
    char *in = (char *)text, *out = (char *)to;
    size_t left = size, room = ROOM;
    iconv_t cd = iconv_open(encoding, "UTF-8");
    assert_true(cd != (iconv_t)-1);
    assert_true(iconv(cd, &in, &left, &out, &room) != (size_t)-1);
    iconv_close(cd);
    return ROOM - room;
}

static size_t marked(const char *text, size_t size, unsigned char *to, const char *mark, size_t n,
                     const char *encoding) {
    memcpy(to, mark, n);
    return n + encoded(text, size, to + n, encoding);
}

static size_t utf8_marked(const char *text, size_t size, unsigned char *to) {
    return marked(text, size, to, "\xef\xbb\xbf", 3, "UTF-8");
}
static size_t utf16le(const char *text, size_t size, unsigned char *to) {
    return marked(text, size, to, "\xff\xfe", 2, "UTF-16LE");
}
static size_t utf16be(const char *text, size_t size, unsigned char *to) {
    return marked(text, size, to, "\xfe\xff", 2, "UTF-16BE");
}
static size_t gb18030(const char *text, size_t size, unsigned char *to) {
    return encoded(text, size, to, "GB18030");
}
static size_t big5(const char *text, size_t size, unsigned char *to) {
    return encoded(text, size, to, "BIG5");
}
static size_t gb18030_gzipped(const char *text, size_t size, unsigned char *to) {
    unsigned char *plain = malloc(ROOM);
    size_t n = one_member((char *)plain, gb18030(text, size, plain), to);
    free(plain);
    return n;
}

static const struct lying {
    const char *name, *encoding;
    packer *pack;
} lyings[] = {{"plain", NULL, as_it_is},
              {"gzip", NULL, gzipped},
#ifdef HAVE_LZMA
              {"xz", NULL, xzed},
#endif
#ifdef HAVE_ZSTD
              {"zstd", NULL, zstded},
#endif
              {"marked", NULL, utf8_marked},
              {"utf-16le", NULL, utf16le},
              {"utf-16be", "utf-16", utf16be},
              {"gb18030", NULL, gb18030},
              {"big5", "big5", big5},
              {"gb18030.gz", NULL, gb18030_gzipped}};

static const char *lay(const struct lying *how, const strbuf *text) {
    static char path[512];
    unsigned char *bytes = malloc(ROOM);
    snprintf(path, sizeof path, "%s.%s", in_folder("t"), how->name);
    size_t n = how->pack(text->data, text->length, bytes);
    put_file(path, bytes, n);
    free(bytes);
    return path;
}

/* As random_table, in letters that all these encodings have, and no mark. */
static strbuf chinese_table(uint64_t seed, int rows) {
    strbuf from = random_table(seed, rows), to = {0};
    const char *at = from.data, *end = at + from.length;
    if (from.length > 3 && !memcmp(at, "\xef\xbb\xbf", 3)) at += 3;
    for (; at < end; at++)
        if (*at == '\xc3') strbuf_add(&to, "\xe4\xb8\xad\xe6\x96\x87"), at++; /* 中文 for Ö */
        else strbuf_put(&to, at, 1);
    strbuf_free(&from);
    return to;
}

TEST(random_tables_in_blocks_are_the_whole) {
    for (uint64_t seed = 0; seed < 40; seed++) {
        strbuf text = random_table(seed, 3 + (int)(seed * 7 % 90));
        const char *path = lay(&lyings[0], &text);
        for (size_t each = 1; each < text.length; each = each * 5 + 2)
            check(&table_csv, path, NULL, each, each < 60 ? 2 : 1);
        strbuf_free(&text);
    }
}

TEST(packed_and_encoded_tables_in_blocks_are_the_whole) {
    for (size_t i = 0; i < LENGTH(lyings); i++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            strbuf text = chinese_table(seed, 5 + (int)seed * 19);
            const char *path = lay(&lyings[i], &text);
            for (size_t each = 1; each < text.length; each = each * 7 + 5)
                check(&table_csv, path, lyings[i].encoding, each, each < 60 ? 2 : 1);
            strbuf_free(&text);
        }
}

/* More than what is read, unpacked and converted at a time; the only letters that are no ASCII come
 * late. */
TEST(large_packed_and_encoded_tables_in_blocks_are_the_whole) {
    strbuf text = {0};
    random_csv r = {3, 0};
    strbuf_add(&text, "id,word,n\n");
    for (int i = 0; i < 9000; i++)
        strbuf_add(&text, "%d,%u %s,%u\n", i, random_below(&r, 1u << 30),
                   i > 8000 ? "\xe4\xb8\xad" : "a", random_below(&r, 100));
    for (size_t i = 0; i < LENGTH(lyings); i++) {
        const char *path = lay(&lyings[i], &text);
        check(&table_csv, path, lyings[i].encoding, 30000, 5);
    }
    strbuf_free(&text);
}

/* ---- JSON Lines ---- */

static void random_object(random_csv *r, int row, int rows, strbuf *out) {
    static const char *const values[] = {"1",
                                         "-3",
                                         "2.5",
                                         "true",
                                         "null",
                                         "\"x\"",
                                         "\"2024-03-05\"",
                                         "[1, {\"k\": 2}]",
                                         "\"a \\u4e2d \\n b\"",
                                         "1e30",
                                         "\"NA\"",
                                         "\"12\"",
                                         "99999999999999999"};
    strbuf_add(out, "{\"id\": %d", row / 2);
    if (random_below(r, 3)) strbuf_add(out, ", \"few\": \"%u\"", random_below(r, 3));
    if (random_below(r, 3)) strbuf_add(out, ", \"note\": \"n %u\"", random_below(r, 1u << 20));
    if (random_below(r, 3)) strbuf_add(out, ", \"any\": %s", values[random_below(r, 13)]);
    if (random_below(r, 3)) strbuf_add(out, ", \"whole\": %s", row > rows * 3 / 4 ? "1.5" : "7");
    if (row > rows / 2 && random_below(r, 2))
        strbuf_add(out, ", \"late %u\": \"\xe4\xb8\xad\"", random_below(r, 4));
    strbuf_add(out, "}");
}

static strbuf random_lines(uint64_t seed, int rows) {
    random_csv r = {seed, 0};
    strbuf out = {0};
    for (int row = 0; row < rows; row++) {
        random_object(&r, row, rows, &out);
        if (row + 1 < rows || seed % 2) strbuf_add(&out, seed % 3 ? "\n" : "\r\n");
        if (!random_below(&r, 9)) strbuf_add(&out, " \n");
    }
    return out;
}

TEST(json_lines_in_blocks_are_the_whole) {
    for (size_t i = 0; i < LENGTH(lyings); i++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            strbuf text = random_lines(seed, 3 + (int)seed * 17);
            const char *path = lay(&lyings[i], &text);
            for (size_t each = 1; each < text.length; each = each * 7 + 5)
                check(&table_jsonl, path, lyings[i].encoding, each, each < 60 ? 2 : 1);
            strbuf_free(&text);
        }
}

/* Columns that are said to be texts: also where their cells are numbers, or none. */
TEST(declared_texts_in_blocks_are_the_whole) {
    static const char lines[] = "{\"a\": \"007\", \"b\": 1}\n{\"a\": 7, \"b\": 2}\n"
                                "{\"b\": null, \"c_id\": \"01\"}\n{\"a\": \"\", \"b\": 3}\n";
    for (uint64_t seed = 0; seed < 12; seed++) {
        strbuf text = random_table(seed, 3 + (int)(seed * 7 % 90));
        const char *path = lay(&lyings[0], &text);
        declared.texts = seed % 2 ? MICA_TEXTS("*") : MICA_TEXTS("?");
        for (size_t each = 1; each < text.length; each = each * 5 + 2)
            check(&table_csv, path, NULL, each, 1);
        strbuf_free(&text);
    }
    put_file(in_folder("t.jsonl"), lines, sizeof lines - 1);
    declared.texts = MICA_TEXTS("a", "*_id");
    for (size_t each = 1; each < sizeof lines; each = each * 3 + 2)
        check(&table_jsonl, in_folder("t.jsonl"), NULL, each, 1);
    mica_table *t = whole(&table_jsonl, in_folder("t.jsonl"), NULL);
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_TEXT);
    assert_int_equal(mica_table_type(t, 1), MICA_COLUMN_INTEGER);
    assert_int_equal(mica_table_type(t, 2), MICA_COLUMN_TEXT);
    mica_table_destroy(&t);
    declared = (csv_options){0};
}

TEST(json_lines_that_are_wrong_or_change_are_errors) {
    const char *path = in_folder("t.jsonl");
    table_blocks b;
    mica_table *block;
    put_file(path, "{\"a\": 1}\n{\"a\": 2}\n\n{\"a\": }\n", 27);
    ASSERT_FAILS(in_blocks(&table_jsonl, path, NULL, 9, &b), MICA_FORMAT, "t.jsonl:4: column");
    put_file(path, "\n \n\n", 4);
    ASSERT_FAILS(in_blocks(&table_jsonl, path, NULL, 1, &b), MICA_FORMAT, "the file is empty");
    put_file(path, "{\"a\": 1}\n{\"a\": 2}\n", 18);
    static const char *const others[] = {"{\"a\": 1}\n{\"b\": 2}\n", "{\"a\": 1}\n{\"a\":\"x\"}",
                                         "{\"a\": 1}\n        \n"};
    ASSERT_OK(in_blocks(&table_jsonl, path, NULL, 9, &b));
    for (size_t i = 0; i < 3; i++) {
        mica_status status = MICA_OK;
        put_file(path, others[i], 18);
        ASSERT_OK(b.begin(&b, true, &err));
        while ((status = b.next(&b, &block, &err)) == MICA_OK && block) mica_table_destroy(&block);
        assert_int_equal(status, MICA_IO);
        assert_non_null(strstr(err.message, "it changed while it was read"));
    }
    blocks_close(&b);
}

/* ---- what is wrong ---- */

/* In blocks and as a whole the same is said. */
static void both_say(const char *bytes, size_t size, const char *encoding, const char *said) {
    const char *path = in_folder("t.csv");
    text_file text;
    table_blocks b;
    put_file(path, bytes, size);
    ASSERT_FAILS(in_blocks(&table_csv, path, encoding, 1, &b), MICA_FORMAT, said);
    assert_null(b.state);
    mica_error whole_err;
    assert_int_equal(text_file_read(path, encoding, NULL, &text, &whole_err), MICA_FORMAT);
    assert_string_equal(whole_err.message, err.message);
}

TEST(what_is_no_text_is_said_with_its_line) {
    static const char utf16[] = "\xff\xfe"
                                "a\0\n\0\0\0\n";
    both_say("a,b\n1,2\n3,\xff\n", 12, NULL, "t.csv:3: neither UTF-8 nor");
    both_say("a,b\n1,\xe4", 7, NULL, "t.csv:2: neither UTF-8 nor");
    both_say("a,b\n1,2\n\n3,\0\n", 13, NULL, "t.csv:4: a NUL byte");
    both_say(utf16, 8, NULL, "t.csv:2: a NUL byte");
    both_say(utf16, 9, NULL, "t.csv:2: no text in the encoding UTF-16LE: it is cut short");
    both_say("a\n1\n2\n\xff\n", 8, "utf-8", "t.csv:4: not UTF-8, as which it was to be read");
    both_say("a\n\xa4\xa4\xa4\xe5\n", 7, NULL, "t.csv:2: neither UTF-8 nor"); /* Big5's 中文 */
    both_say("a\n1\n2\n\xff\n", 8, "gb18030", "t.csv:4: no text in the encoding gb18030");
    table_blocks b;
    put_file(in_folder("t.csv"), "a\n1\n", 4);
    ASSERT_FAILS(in_blocks(&table_csv, in_folder("t.csv"), "klingon", 1, &b), MICA_VALUE,
                 "the encoding klingon is not known");
}

TEST(damaged_packed_tables_are_errors) {
    strbuf text = chinese_table(1, 200);
    for (size_t i = 0; i < LENGTH(lyings); i++) {
        if (lyings[i].pack != gzipped && !strchr("xz", lyings[i].name[0])) continue;
        size_t size;
        unsigned char *bytes = get_file(lay(&lyings[i], &text), &size);
        const char *path = in_folder("cut");
        for (size_t n = size - 1; n > 10; n -= 1 + n / 9) {
            table_blocks b;
            put_file(path, bytes, n);
            ASSERT_FAILS(in_blocks(&table_csv, path, NULL, 100, &b), MICA_FORMAT, "cut: the ");
        }
        free(bytes);
    }
    strbuf_free(&text);
}

TEST(small_files_are_held) {
    table_blocks b;
    const char *path = in_folder("t.csv");
    put_file(path, "a,b\n1,2\n", 8);
    ASSERT_OK(in_blocks(&table_csv, path, NULL, 100, &b));
    assert_non_null(b.whole);
    blocks_close(&b);
    strbuf text = {0};
    strbuf_add(&text, "a,b\n");
    for (int i = 0; i < 200; i++) strbuf_add(&text, "1,2\n");
    ASSERT_OK(in_blocks(&table_csv, lay(&lyings[1], &text), NULL, text.length - 1, &b));
    assert_null(b.whole);
    blocks_close(&b);
    ASSERT_OK(in_blocks(&table_csv, lay(&lyings[1], &text), NULL, text.length, &b));
    assert_non_null(b.whole);
    blocks_close(&b);
    strbuf_free(&text);
}

TEST(errors_in_later_blocks_name_the_line) {
    const char *path = in_folder("t.csv");
    table_blocks b;
    static const char text[] = "a,b\n1,2\n\n3,4\n5,6,7\n8,9\n";
    put_file(path, text, sizeof text - 1);
    ASSERT_FAILS(in_blocks(&table_csv, path, NULL, 5, &b), MICA_FORMAT,
                 "t.csv:5: 3 cells, expected 2");
    static const char open[] = "a,b\n1,2\n3,4\n5,\"6\n8,9\n";
    put_file(path, open, sizeof open - 1);
    ASSERT_FAILS(in_blocks(&table_csv, path, NULL, 5, &b), MICA_FORMAT,
                 "t.csv:4: a quote opens here");
    assert_null(b.state);
}

/* The separator is looked for in the file's first mebibyte, which ends within a cell here. */
TEST(a_row_that_is_cut_says_nothing_of_the_separator) {
    enum { ROWS = 4, LINES = 1 << 14 };
    strbuf text = {0};
    strbuf_add(&text, "text;k\n");
    for (int row = 0; row < ROWS; row++) {
        strbuf_add(&text, "\"%d", row);
        for (int i = 0; i < LINES; i++) strbuf_add(&text, "a line, and more of it\nof the same ");
        strbuf_add(&text, "\";%d\n", row);
    }
    assert_false(text.failed);
    put_file(in_folder("t.csv"), text.data, text.length);
    char path[512];
    snprintf(path, sizeof path, "%s", in_folder("t.csv"));
    table_blocks b;
    ASSERT_OK(in_blocks(&table_csv, path, NULL, 1 << 12, &b));
    assert_int_equal(b.head->count, 2);
    assert_string_equal(b.head->column[1].name, "k");
    blocks_close(&b);
    check(&table_csv, path, NULL, 1 << 12, ROWS);
    strbuf_free(&text);
}

TEST(a_file_that_changes_between_two_times_is_an_error) {
    const char *path = in_folder("t.csv");
    table_blocks b;
    mica_table *block;
    put_file(path, "a,b\n1,2\n3,4\n", 12);
    ASSERT_OK(in_blocks(&table_csv, path, NULL, 5, &b));
    put_file(path, "a,b\n1,x\n3,4\n", 12);
    ASSERT_OK(b.begin(&b, true, &err));
    ASSERT_FAILS(b.next(&b, &block, &err), MICA_IO, "t.csv: it changed while it was read");
    static const char *const others[] = {"a,b\n1,2\n\n\n\n\n", "a,b\n1\n,\n,\n,\n"};
    for (size_t i = 0; i < 2; i++) { /* of the same size: fewer rows, others */
        mica_status status = MICA_OK;
        put_file(path, others[i], 12);
        ASSERT_OK(b.begin(&b, true, &err));
        while ((status = b.next(&b, &block, &err)) == MICA_OK && block) mica_table_destroy(&block);
        assert_true(status == MICA_IO || status == MICA_FORMAT);
    }
    blocks_close(&b);
}

/* The distinct ones in [0, n), each twice. */
static int told(uint64_t n, double limit) {
    distinct_counter d = {0};
    for (uint64_t i = 0; i < 2 * n; i++) assert_true(distinct_add(&d, i % n));
    assert_true(d.room <= (size_t)1 << 21);
    int answer = distinct_compare(&d, limit);
    distinct_free(&d);
    return answer;
}

/* So many columns that samples of each are small: half of the cells of one are different, of
 * another one more than half, which is counted then. */
TEST(many_columns_are_told_in_bounded_room) {
    enum { COLUMNS = 1100, ROWS = 10000 };
    strbuf text = {0};
    for (int i = 0; i < COLUMNS; i++) strbuf_add(&text, "c%d%c", i, i + 1 < COLUMNS ? ',' : '\n');
    for (int row = 0; row < ROWS; row++) {
        strbuf_add(&text, "a%d,b%d", row % (ROWS / 2), row % (ROWS / 2 + 1));
        for (int i = 2; i < COLUMNS; i++) strbuf_put(&text, ",", 1);
        strbuf_put(&text, "\n", 1);
    }
    put_file(in_folder("wide.csv"), text.data, text.length);
    strbuf_free(&text);
    check(&table_csv, in_folder("wide.csv"), NULL, 1 << 20, 4);
    assert_int_equal(distinct_most(COLUMNS), 4096);
    assert_int_equal(distinct_most(1), 1 << 19);
    distinct_counter d = {.most = 4096};
    for (uint64_t i = 0; i < 100000; i++) assert_true(distinct_add(&d, i));
    assert_true(d.count <= 4096 && d.room <= 16384);
    distinct_free(&d);
}

TEST(distinct_values_are_told_in_bounded_room) {
    assert_int_equal(told(1000, 1000), -1);
    assert_int_equal(told(1000, 999.5), 1);
    assert_int_equal(told(3000000, 6e6), -1);
    assert_int_equal(told(3000000, 15e5), 1);
    assert_int_equal(told(3000000, 3e6), 0);
    uint64_t count = 0;
    for (uint64_t share = 0; share < 8; share++) { /* share by share it is exact */
        distinct_counter d = {.mask = 7, .share = share, .fixed = true};
        for (uint64_t i = 0; i < 200000; i++) assert_true(distinct_add(&d, i % 99999));
        count += d.count;
        distinct_free(&d);
    }
    assert_int_equal(count, 99999);
}

RUN_TESTS(UNIT(random_tables_in_blocks_are_the_whole),
          UNIT(packed_and_encoded_tables_in_blocks_are_the_whole),
          UNIT(large_packed_and_encoded_tables_in_blocks_are_the_whole),
          UNIT(json_lines_in_blocks_are_the_whole), UNIT(declared_texts_in_blocks_are_the_whole),
          UNIT(json_lines_that_are_wrong_or_change_are_errors),
          UNIT(what_is_no_text_is_said_with_its_line), UNIT(damaged_packed_tables_are_errors),
          UNIT(small_files_are_held), UNIT(errors_in_later_blocks_name_the_line),
          UNIT(a_row_that_is_cut_says_nothing_of_the_separator),
          UNIT(a_file_that_changes_between_two_times_is_an_error),
          UNIT(distinct_values_are_told_in_bounded_room),
          UNIT(many_columns_are_told_in_bounded_room))
