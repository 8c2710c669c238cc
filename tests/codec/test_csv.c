/* The CSV reader: RFC 4180, what pandas makes of what is not in it, errors with file and line. */
#include "codec/csv.h"

#include "base/strbuf.h"
#include "support/folder.h"

static mica_error err;

static mica_status read_with(const char *bytes, size_t size, csv_options o, team *threads,
                             mica_table **out) {
    text_file text;
    mica_status status = text_file_of(bytes, size, "t.csv", NULL, &text, &err);
    if (status == MICA_OK) status = csv_decode(&text, "t.csv", o, threads, out, &err);
    if (status == MICA_OK || err.code != MICA_OK) text_file_free(&text);
    return status;
}

static mica_table *table_of(const char *csv) {
    mica_table *t = NULL;
    memset(&err, 0, sizeof err);
    ASSERT_OK(read_with(csv, strlen(csv), (csv_options){0}, NULL, &t));
    return t;
}

static void fails(const char *csv, const char *message) {
    mica_table *t = NULL;
    ASSERT_FAILS(read_with(csv, strlen(csv), (csv_options){0}, NULL, &t), MICA_FORMAT, message);
}

/* A row as its texts between bars. */
static void row_is(const mica_table *t, int64_t row, const char *expected) {
    char got[512] = "";
    for (int i = 0; i < mica_table_columns(t); i++) {
        size_t n = strlen(got);
        got[n] = '|';
        mica_table_text(t, i, row, got + n + 1, sizeof got - n - 1);
    }
    assert_string_equal(got, expected);
}

TEST(csv_reads_quotes_separators_and_newlines_in_cells) {
    mica_table *t = table_of("a,b,c\n\"x,y\",\"two\nlines\",\"say \"\"hi\"\"\"\n,\"\",\"\"\"\"\n");
    assert_int_equal(mica_table_rows(t), 2);
    row_is(t, 0, "|x,y|two\nlines|say \"hi\"");
    row_is(t, 1, "|||\"");
    assert_true(mica_table_is_missing(t, 1, 1));
    mica_table_destroy(&t);
    t = table_of("a;b\r\n1;\"x\"\r\n2;y\r\n"); /* the separator is found */
    row_is(t, 0, "|1|x");
    row_is(t, 1, "|2|y");
    mica_table_destroy(&t);
}

TEST(csv_quote_inside_a_cell_is_a_letter) {
    mica_table *t = table_of("a,b\n5\" disk,x\n\"a\"b\"c,y\n");
    row_is(t, 0, "|5\" disk|x");
    row_is(t, 1, "|ab\"c|y"); /* as pandas: behind the closing quote the cell goes on */
    mica_table_destroy(&t);
}

TEST(csv_of_one_column_and_of_no_rows) {
    mica_table *t = table_of("a\n1\n\n2\n\"\"\n");
    assert_int_equal(mica_table_rows(t), 3);
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_INTEGER);
    assert_true(mica_table_is_missing(t, 0, 2));
    mica_table_destroy(&t);
    t = table_of("a,b");
    assert_int_equal(mica_table_rows(t), 0);
    assert_int_equal(mica_table_columns(t), 2);
    assert_int_equal(mica_table_type(t, 1), MICA_COLUMN_MISSING);
    mica_table_destroy(&t);
}

TEST(csv_names_are_made_different) {
    mica_table *t = table_of("a,a,,a.1,\n1,2,3,4,5\n");
    const char *const names[] = {"a", "a.1", "Unnamed: 2", "a.1.1", "Unnamed: 4"};
    for (int i = 0; i < 5; i++) assert_string_equal(mica_table_name(t, i), names[i]);
    assert_int_equal(mica_table_find(t, "a.1"), 1);
    assert_int_equal(mica_table_find(t, "b"), -1);
    mica_table_destroy(&t);
    ASSERT_OK(read_with("1,2\n3,4\n", 8, (csv_options){.no_header = true}, NULL, &t));
    assert_string_equal(mica_table_name(t, 1), "1");
    assert_int_equal(mica_table_rows(t), 2);
    mica_table_destroy(&t);
}

TEST(csv_columns_can_be_said_to_be_texts) {
    mica_table *t = NULL;
    static const char text[] = "id,zip,v\n007,01234,1\n8,NA,2\n";
    char cell[16];
    csv_options o = {.texts = MICA_TEXTS("zip", "?d")};
    memset(&err, 0, sizeof err);
    ASSERT_OK(read_with(text, sizeof text - 1, o, NULL, &t));
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_TEXT);
    assert_int_equal(mica_table_type(t, 2), MICA_COLUMN_INTEGER);
    mica_table_text(t, 0, 0, cell, sizeof cell);
    assert_string_equal(cell, "007");
    mica_table_text(t, 1, 0, cell, sizeof cell);
    assert_string_equal(cell, "01234");
    assert_true(mica_table_is_missing(t, 1, 1)); /* as pandas with dtype=str */
    mica_table_destroy(&t);
}

TEST(csv_errors_name_file_and_line) {
    fails("", "t.csv: the file is empty");
    fails("\n \n", "t.csv: the file is empty");
    fails("a,b\r1,2\r3,4\r", "t.csv:1: a line that ends in CR alone (byte 0x0d at 3)");
    fails("a,b\n1,2\n\n3\n", "t.csv:4: 1 cells, expected 2");
    fails("a,b\n\"x\ny\",2\n3,4,5\n", "t.csv:4: 3 cells, expected 2");
    fails("a,b\n1,2,3,4,5,6,7\n", "t.csv:2: 7 cells, expected 2");
    fails("a,b\n1,2\n\"open,3\n4,5\n", "t.csv:3: a quote opens here");
    fails("a,\"b\n", "t.csv:1: a quote opens here");
    mica_table *t = NULL;
    ASSERT_FAILS(read_with("a,b\n1,\0\n", 8, (csv_options){0}, NULL, &t), MICA_FORMAT,
                 "t.csv:2: a NUL byte");
    fails("a,b\n\xff\xff\xff,2\n", "t.csv:2: neither UTF-8 nor");
}

static mica_column_type type_of(const char *cells) {
    mica_table *t = table_of(cells);
    mica_column_type type = mica_table_type(t, 0);
    mica_table_destroy(&t);
    return type;
}

TEST(csv_finds_types) {
    assert_int_equal(type_of("a,b\n1,\nNA,\n-3,\n"), MICA_COLUMN_INTEGER);
    assert_int_equal(type_of("a,b\n1,\n2.5,\n"), MICA_COLUMN_NUMBER);
    assert_int_equal(type_of("a,b\n1,\n1e5,\n"), MICA_COLUMN_NUMBER);
    assert_int_equal(type_of("a,b\nTrue,\nfalse,\n"), MICA_COLUMN_BOOLEAN);
    assert_int_equal(type_of("a,b\nTrue,\n1,\n"), MICA_COLUMN_TEXT);
    assert_int_equal(type_of("a,b\nx,\nx,\n"), MICA_COLUMN_CATEGORY);
    assert_int_equal(type_of("a,b\nx,\ny,\n"), MICA_COLUMN_TEXT);
    assert_int_equal(type_of("a,b\nnan,\n,\n"), MICA_COLUMN_MISSING);
    assert_int_equal(type_of("a,b\n9223372036854775807,\n"), MICA_COLUMN_INTEGER);
    assert_int_equal(type_of("a,b\n9223372036854775808,\n1,\n"), MICA_COLUMN_TEXT);
    assert_int_equal(type_of("a,b\n9223372036854775808,\n1.5,\n"), MICA_COLUMN_NUMBER);
    assert_int_equal(type_of("a,b\n2024-02-29,\n2024/3/5,\n"), MICA_COLUMN_DATE);
    assert_int_equal(type_of("a,b\n2023-02-29,\n"), MICA_COLUMN_TEXT);
    assert_int_equal(type_of("a,b\n2024-02-29T10:00:00Z,\n2024-02-29T10:00:00,\n"),
                     MICA_COLUMN_TEXT); /* with and without a zone */
}

TEST(csv_reads_chinese_dates_and_full_width_digits) {
    mica_table *t = table_of(
        "日期,数\n2024年3月5日,１２\n２０２４年１２月３１日 10时30分,－３．５\n");
    assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_DATE);
    assert_int_equal(mica_table_type(t, 1), MICA_COLUMN_NUMBER);
    row_is(t, 0, "|2024-03-05T00:00:00|12");
    row_is(t, 1, "|2024-12-31T10:30:00|-3.5");
    mica_table_destroy(&t);
}

/* ---- encodings ---- */

TEST(csv_encodings_are_found) {
    static const char utf8[] = "\xef\xbb\xbf"
                               "a,b\n\xe4\xb8\xad,1\n";
    static const char utf16[] = "\xff\xfe"
                                "a\0,\0b\0\n\0\x2d\x4e,\0"
                                "1\0\n\0";
    static const char big[] = "\xfe\xff"
                              "\0a\0,\0b\0\n\x4e\x2d\0,\0"
                              "1\0\n";
    static const char gb[] = "a,b\n\xd6\xd0,1\n";
    const struct {
        const char *bytes;
        size_t size;
    } files[] = {{utf8, sizeof utf8 - 1},
                 {utf16, sizeof utf16 - 1},
                 {big, sizeof big - 1},
                 {gb, sizeof gb - 1}};
    for (size_t i = 0; i < 4; i++) {
        mica_table *t = NULL;
        memset(&err, 0, sizeof err);
        ASSERT_OK(read_with(files[i].bytes, files[i].size, (csv_options){0}, NULL, &t));
        assert_string_equal(mica_table_name(t, 0), "a");
        row_is(t, 0, "|\xe4\xb8\xad|1");
        mica_table_destroy(&t);
    }
    text_file text;
    ASSERT_OK(text_file_of("a\n\xe9t\xe9\n", 6, "t", "latin1", &text, &err));
    assert_string_equal(text.bytes, "a\n\xc3\xa9t\xc3\xa9\n");
    text_file_free(&text);
    ASSERT_FAILS(text_file_of("a\n\xe9t\xe9\n", 6, "t", NULL, &text, &err), MICA_FORMAT, "t:2: ");
    ASSERT_FAILS(text_file_of("a", 1, "t", "no-such", &text, &err), MICA_VALUE, "no-such");
    ASSERT_FAILS(text_file_of("\xff\xfe"
                              "a",
                              3, "t", NULL, &text, &err),
                 MICA_FORMAT, "UTF-16LE: it is cut short");
}

/* ---- large files: pieces, second readings ---- */

static void add_row(strbuf *text, int i, bool quotes, bool blanks) {
    const char *q = quotes && i % 3 == 0 ? "\"" : "";
    strbuf_add(text, "%d,%s%c%s%s,%d.%d,%s", i, q, 'a' + i % 26, quotes && *q ? "\"\"" : "", q,
               i % 100, i % 7, i > 30000 ? "late" : "5");
    strbuf_add(text, blanks && i % 1000 == 0 ? "\n\n" : "\n");
}

/* 40,000 rows; the last column is text only far behind. Any number of threads: one table. */
TEST(csv_pieces_make_one_table) {
    for (int kind = 0; kind < 4; kind++) {
        strbuf text = {0};
        strbuf_add(&text, "i,t,x,late\n");
        for (int i = 0; i < 40000; i++) add_row(&text, i, kind & 1, kind & 2);
        for (int threads = 1; threads <= 5; threads += 2) {
            team *together = team_open(threads);
            mica_table *t = NULL;
            memset(&err, 0, sizeof err);
            ASSERT_OK(read_with(text.data, text.length, (csv_options){0}, together, &t));
            assert_int_equal(mica_table_rows(t), 40000);
            assert_int_equal(mica_table_type(t, 0), MICA_COLUMN_INTEGER);
            assert_int_equal(mica_table_type(t, 3), MICA_COLUMN_CATEGORY);
            for (int i = 0; i < 40000; i++) {
                char expected[64];
                snprintf(expected, sizeof expected, "|%d|%c%s|%g|%s", i, 'a' + i % 26,
                         (kind & 1) && i % 3 == 0 ? "\"" : "", i % 100 + i % 7 / 10.0,
                         i > 30000 ? "late" : "5");
                row_is(t, i, expected);
            }
            mica_table_destroy(&t);
            team_close(together);
        }
        strbuf_free(&text);
    }
}

TEST(csv_error_far_behind_names_its_line) {
    strbuf text = {0};
    strbuf_add(&text, "a,b\n");
    for (int i = 0; i < 100000; i++) strbuf_add(&text, i == 77777 || i == 90000 ? "1\n" : "1,2\n");
    team *together = team_open(3);
    mica_table *t = NULL;
    ASSERT_FAILS(read_with(text.data, text.length, (csv_options){0}, together, &t), MICA_FORMAT,
                 "t.csv:77779: 1 cells");
    team_close(together);
    strbuf_free(&text);
}

TEST(csv_of_10000_columns) {
    strbuf text = {0};
    for (int i = 0; i < 10000; i++) strbuf_add(&text, "%sc%d", i ? "," : "", i);
    for (int row = 0; row < 50; row++)
        for (int i = 0; i < 10000; i++) strbuf_add(&text, "%s%d", i ? "," : "\n", row * i);
    mica_table *t = table_of(text.data);
    assert_int_equal(mica_table_columns(t), 10000);
    assert_int_equal(mica_table_rows(t), 50);
    assert_int_equal(mica_table_find(t, "c9999"), 9999);
    for (int i = 0; i < 10000; i++) assert_true(mica_table_number(t, i, 49) == 49.0 * i);
    mica_table_destroy(&t);
    strbuf_free(&text);
}

/* A cell takes a byte of the file at least: lines that are blank ask for no memory. */
TEST(csv_of_blank_lines_takes_no_room) {
    strbuf text = {0};
    for (int i = 0; i < 5000; i++) strbuf_add(&text, "%sc%d", i ? "," : "", i);
    for (int i = 0; i < 3000000; i++) strbuf_put(&text, "\n", 1);
    for (int i = 0; i < 5000; i++) strbuf_add(&text, "%s%d", i ? "," : "", i);
    for (int i = 0; i < 3000000; i++) strbuf_put(&text, "\n", 1);
    mica_table *t = table_of(text.data);
    assert_int_equal(mica_table_rows(t), 1);
    assert_true(mica_table_number(t, 4999, 0) == 4999);
    mica_table_destroy(&t);
    strbuf_free(&text);
}

/* ---- files ---- */

TEST(csv_is_written_so_that_it_reads_back) {
    const char *csv = "n,t,x,d,b\n1,\"a,b\",2.5,2024-03-05T10:00:00Z,True\n"
                      ",\"q\"\"\n\",1e-300,,False\n-7,plain,,1999-12-31T00:00:00.25Z,\n";
    mica_table *t = table_of(csv), *again = NULL;
    const char *path = in_folder("out.csv");
    ASSERT_OK(csv_write(t, path, ',', false, &err));
    size_t size;
    unsigned char *bytes = get_file(path, &size);
    ASSERT_OK(read_with((char *)bytes, size, (csv_options){0}, NULL, &again));
    for (int row = 0; row < 3; row++)
        for (int i = 0; i < 5; i++) {
            char a[64], b[64];
            mica_table_text(t, i, row, a, sizeof a);
            mica_table_text(again, i, row, b, sizeof b);
            assert_string_equal(a, b);
            assert_int_equal(mica_table_type(t, i), mica_table_type(again, i));
        }
    free(bytes);
    mica_table_destroy(&t);
    mica_table_destroy(&again);
}

RUN_TESTS(UNIT(csv_reads_quotes_separators_and_newlines_in_cells),
          UNIT(csv_quote_inside_a_cell_is_a_letter), UNIT(csv_of_one_column_and_of_no_rows),
          UNIT(csv_names_are_made_different), UNIT(csv_columns_can_be_said_to_be_texts),
          UNIT(csv_errors_name_file_and_line), UNIT(csv_finds_types),
          UNIT(csv_reads_chinese_dates_and_full_width_digits), UNIT(csv_encodings_are_found),
          UNIT(csv_pieces_make_one_table), UNIT(csv_error_far_behind_names_its_line),
          UNIT(csv_of_10000_columns), UNIT(csv_of_blank_lines_takes_no_room),
          UNIT(csv_is_written_so_that_it_reads_back))
