/* CSV in blocks against CSV as a whole: types, cells and errors are the same, however small a block
 * is. */
#include "codec/csv_blocks.h"

#include "support/folder.h"
#include "support/random_csv.h"
#include "table/distinct.h"

static mica_error err;

static mica_table *whole(const char *path) {
    text_file text;
    mica_table *t = NULL;
    ASSERT_OK(text_file_read(path, NULL, NULL, &text, &err));
    ASSERT_OK(csv_decode(&text, path, (csv_options){0}, NULL, &t, &err));
    text_file_free(&text);
    return t;
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

static void check(const char *path, size_t each, int least) {
    mica_table *t = whole(path), *gathered;
    table_blocks b;
    ASSERT_OK(csv_write(t, in_folder("whole.csv"), ',', false, &err));
    ASSERT_OK(csv_blocks_open(path, NULL, (csv_options){0}, each, NULL, &b, &err));
    if (!b.state) fail_msg("%s, each %zu: not in blocks", path, each);
    assert_int_equal(b.rows, t->rows);
    same_columns(b.head, t);
    if (write_blocks(&b, false, in_folder("blocks.csv")) < least) fail_msg("too few blocks");
    same_bytes(in_folder("whole.csv"), in_folder("blocks.csv"));
    ASSERT_OK(blocks_gather(&b, NULL, 0, &gathered, &err));
    same_columns(gathered, t);
    ASSERT_OK(csv_write(gathered, in_folder("blocks.csv"), ',', false, &err));
    same_bytes(in_folder("whole.csv"), in_folder("blocks.csv"));
    mica_table_destroy(&gathered);
    mica_table_destroy(&t);
    blocks_close(&b);
}

TEST(random_tables_in_blocks_are_the_whole) {
    char path[512];
    snprintf(path, sizeof path, "%s", in_folder("t.csv")); /* the next ones take its place */
    for (uint64_t seed = 0; seed < 40; seed++) {
        strbuf text = random_table(seed, 3 + (int)(seed * 7 % 90));
        put_file(path, text.data, text.length);
        for (size_t each = 1; each < text.length; each = each * 5 + 2)
            check(path, each, each < 60 ? 2 : 1);
        strbuf_free(&text);
    }
}

TEST(what_is_small_or_of_another_encoding_is_left_to_others) {
    const char *path = in_folder("t.csv");
    static const struct {
        const char *bytes;
        size_t size;
        const char *encoding;
    } left[] = {{"a,b\n1,2\n", 8, NULL},
                {"\x1f\x8b_", 3, NULL},
                {"\xff\xfe"
                 "a\0\n\0",
                 6, NULL},
                {"a\n\xb0\xa1\n", 5, NULL},
                {"a\n1\n\xb0\xa1\n", 7, NULL},
                {"a\n\0\n", 4, NULL},
                {"a\n1\n2\n", 6, "gb18030"},
                {"\n\n \n", 4, NULL}};
    for (size_t i = 0; i < LENGTH(left); i++) {
        table_blocks b;
        put_file(path, left[i].bytes, left[i].size);
        ASSERT_OK(
            csv_blocks_open(path, left[i].encoding, (csv_options){0}, i ? 1 : 100, NULL, &b, &err));
        assert_null(b.state);
    }
}

TEST(errors_in_later_blocks_name_the_line) {
    const char *path = in_folder("t.csv");
    table_blocks b;
    static const char text[] = "a,b\n1,2\n\n3,4\n5,6,7\n8,9\n";
    put_file(path, text, sizeof text - 1);
    ASSERT_FAILS(csv_blocks_open(path, NULL, (csv_options){0}, 5, NULL, &b, &err), MICA_FORMAT,
                 "t.csv:5: 3 cells, expected 2");
    static const char open[] = "a,b\n1,2\n3,4\n5,\"6\n8,9\n";
    put_file(path, open, sizeof open - 1);
    ASSERT_FAILS(csv_blocks_open(path, NULL, (csv_options){0}, 5, NULL, &b, &err), MICA_FORMAT,
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
    ASSERT_OK(csv_blocks_open(path, NULL, (csv_options){0}, 1 << 12, NULL, &b, &err));
    assert_int_equal(b.head->count, 2);
    assert_string_equal(b.head->column[1].name, "k");
    blocks_close(&b);
    check(path, 1 << 12, ROWS);
    strbuf_free(&text);
}

TEST(a_file_that_changes_between_two_times_is_an_error) {
    const char *path = in_folder("t.csv");
    table_blocks b;
    mica_table *block;
    put_file(path, "a,b\n1,2\n3,4\n", 12);
    ASSERT_OK(csv_blocks_open(path, NULL, (csv_options){0}, 5, NULL, &b, &err));
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
          UNIT(what_is_small_or_of_another_encoding_is_left_to_others),
          UNIT(errors_in_later_blocks_name_the_line),
          UNIT(a_row_that_is_cut_says_nothing_of_the_separator),
          UNIT(a_file_that_changes_between_two_times_is_an_error),
          UNIT(distinct_values_are_told_in_bounded_room))
