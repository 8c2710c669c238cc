/* Queries in blocks: what they give is what the query gives as a whole, in each pass, and what does
 * not stay the same is an error. */
#include "base/file.h"
#include "data/database.h"
#include "data/table.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "table/edit.h"

enum { ROWS = 5000, SMALL = 4000 /* bytes of a block */ };

static char spec[600];

static void run_sql(const char *sql) {
    database_writer w;
    ASSERT_OK(database_open_to_write(&(database_request){.spec = spec}, &w, &err));
    ASSERT_OK(database_execute(&w, sql, 0, NULL, &err));
    database_close(&w);
}

/* Columns whose values are of one kind up to some row, and of another from there on. */
static const char things[] =
    "CREATE TABLE things AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE "
    "i < 4999) SELECT i AS whole, i * 0.37 AS real, "
    "CASE WHEN i < 3000 THEN i ELSE i * 1.0 END AS whole_then_real, "
    "CASE WHEN i < 3000 THEN i ELSE 'word ' || i END AS whole_then_word, "
    "CASE WHEN i < 1000 THEN i WHEN i < 2000 THEN i / 2.0 WHEN i < 4000 THEN i WHEN i < 4500 THEN "
    "'x' ELSE i END AS all_of_them, "
    "CASE WHEN i = 0 THEN 'word' WHEN i % 2 THEN i ELSE i * 1.0 END AS word_first, "
    "CASE WHEN i < 4990 THEN i ELSE CAST(i AS TEXT) END AS whole_then_digits, "
    "CASE WHEN i % 3 THEN '2024-03-' || substr('0' || (i % 28 + 1), -2) END AS day, "
    "date(i * 86400, 'unixepoch') || CASE WHEN i > 4000 THEN 'T10:00:00Z' ELSE 'T11:00:00Z' END AS "
    "moment, CASE WHEN i % 2 THEN 'True' ELSE 'False' END AS truth, "
    "'group ' || (i % 7) AS some, 'person ' || i AS different, "
    "'half ' || (i / 2) AS half, 'less ' || (i / 2 + (i > 4000)) AS fewer, "
    "CASE WHEN i < 4999 THEN 'NA' ELSE 7 END AS late, NULL AS empty, "
    "CASE WHEN i = 2500 THEN -9223372036854775808 ELSE i END AS lowest, "
    "CASE WHEN i = 4999 THEN 1e300 ELSE 9007199254740993 END AS large FROM n";

static void make(void) {
    mica_table *t = NULL;
    const database_request probe = {.spec = "sqlite:/dev/null", .query = "SELECT 1 AS one"};
    if (database_read(&probe, &t, &err) == MICA_UNSUPPORTED) skip(); /* built without SQLite */
    mica_table_destroy(&t);
    snprintf(spec, sizeof spec, "sqlite:%s", in_folder("things.db"));
    if (!file_exists(in_folder("things.db"))) run_sql(things);
}

static mica_status open_query(const char *query, size_t each, table_blocks *b) {
    mica_table_options o = mica_table_defaults();
    o.query = query;
    return table_blocks_open(ctx, spec, &o, each, b, &err);
}

static void expect_same(const mica_table *a, const mica_table *b) {
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->count, b->count);
    for (int i = 0; i < a->count; i++) {
        const table_column *x = &a->column[i], *y = &b->column[i];
        assert_string_equal(x->name, y->name);
        if (x->type != y->type || x->missing != y->missing || x->timed != y->timed ||
            x->zoned != y->zoned)
            fail_msg("%s: %d, %d of %d", x->name, x->type, (int)x->missing, y->type);
    }
    sha256 h;
    char told[2][65];
    sha256_begin(&h), table_digest(a, &h), sha256_end_hex(&h, told[0]);
    sha256_begin(&h), table_digest(b, &h), sha256_end_hex(&h, told[1]);
    assert_string_equal(told[0], told[1]);
}

/* How many blocks there are; their columns are those of the head. */
static int count_blocks(table_blocks *b) {
    mica_table *block;
    int count = 0;
    ASSERT_OK(b->begin(b, false, &err));
    for (;; count++) {
        ASSERT_OK(b->next(b, &block, &err));
        if (!block) return count;
        for (int i = 0; i < block->count; i++)
            assert_int_equal(block->column[i].type, b->head->column[i].type);
        mica_table_destroy(&block);
    }
}

static void expect_as_whole(const char *query, int least) {
    mica_table_options o = mica_table_defaults();
    mica_table *whole, *gathered;
    table_blocks b;
    o.query = query;
    ASSERT_OK(mica_table_read(ctx, spec, &o, &whole, &err));
    ASSERT_OK(open_query(query, SMALL, &b));
    assert_int_equal(b.rows, whole->rows);
    assert_true(least <= count_blocks(&b));
    for (int pass = 0; pass < 2; pass++) {
        ASSERT_OK(blocks_gather(&b, NULL, 0, &gathered, &err));
        expect_same(gathered, whole);
        mica_table_destroy(&gathered);
    }
    blocks_close(&b);
    mica_table_destroy(&whole);
}

TEST(blocks_of_a_query_are_the_query_as_a_whole) {
    make();
    expect_as_whole("SELECT * FROM things", 100);
    expect_as_whole("SELECT * FROM things ORDER BY whole DESC; -- the end", 100);
    expect_as_whole("SELECT some, count(*) AS n FROM things, (SELECT 1 UNION SELECT 2) GROUP BY 1",
                    1);
    expect_as_whole("SELECT different FROM things WHERE whole < 0", 1);
    expect_as_whole("SELECT empty FROM things", 1);
}

TEST(blocks_of_a_query_have_wanted_columns) {
    make();
    const int columns[] = {4, 11};
    mica_table_options o = mica_table_defaults();
    mica_table *whole, *some, *picked;
    table_blocks b;
    o.query = "SELECT * FROM things";
    ASSERT_OK(mica_table_read(ctx, spec, &o, &whole, &err));
    ASSERT_OK(table_pick(whole, columns, 2, NULL, 0, &picked, &err));
    ASSERT_OK(open_query(o.query, SMALL, &b));
    ASSERT_OK(blocks_gather(&b, columns, 2, &some, &err));
    expect_same(some, picked);
    mica_table_destroy(&some);
    blocks_close(&b);
    mica_table_destroy(&picked);
    mica_table_destroy(&whole);
}

TEST(what_is_small_is_held) {
    make();
    table_blocks b;
    ASSERT_OK(open_query("SELECT * FROM things", 0, &b));
    assert_non_null(b.whole);
    blocks_close(&b);
}

TEST(all_passes_see_one_state) {
    make();
    mica_table *before, *after;
    table_blocks b;
    run_sql("CREATE TABLE changing AS SELECT whole, different FROM things");
    ASSERT_OK(open_query("SELECT * FROM changing", SMALL, &b));
    ASSERT_OK(blocks_gather(&b, NULL, 0, &before, &err));
    run_sql("UPDATE changing SET different = 'other'");
    run_sql("INSERT INTO changing SELECT whole, 'more' FROM things");
    ASSERT_OK(blocks_gather(&b, NULL, 0, &after, &err));
    expect_same(after, before);
    mica_table_destroy(&before);
    mica_table_destroy(&after);
    blocks_close(&b);
    ASSERT_OK(open_query("SELECT * FROM changing", SMALL, &b));
    assert_int_equal(b.rows, 2 * ROWS);
    blocks_close(&b);
    run_sql("DROP TABLE changing");
}

static void expect_other(const char *query) {
    mica_table *block;
    table_blocks b = {0};
    mica_status status = open_query(query, SMALL, &b);
    if (status == MICA_OK) status = b.begin(&b, false, &err);
    while (status == MICA_OK && (status = b.next(&b, &block, &err)) == MICA_OK && block)
        mica_table_destroy(&block);
    assert_int_equal(status, MICA_IO);
    if (!strstr(err.message, "the query gave other rows")) fail_msg("%s", err.message);
    blocks_close(&b);
}

TEST(rows_that_do_not_stay_the_same_are_an_error) {
    make();
    expect_other("SELECT whole, random() AS x FROM things");
    expect_other("SELECT whole FROM things ORDER BY random()");
    expect_other("SELECT whole FROM things WHERE random() % 2");
    expect_other("SELECT CASE WHEN random() % 2 THEN 'x' ELSE whole END AS x FROM things");
    expect_other("SELECT CASE WHEN random() % 2 THEN 0.5 ELSE whole END AS x FROM things");
    expect_other("SELECT CASE WHEN random() % 2 THEN 'a' ELSE 'b' END AS x FROM things");
}

TEST(errors_of_a_query_name_the_row_of_the_whole) {
    make();
    table_blocks b;
    ASSERT_FAILS(open_query("SELECT CASE WHEN whole = 4321 THEN x'00' ELSE 1 END AS x FROM things "
                            "ORDER BY whole",
                            SMALL, &b),
                 MICA_TYPE, "row 4322, column 'x': a BLOB");
}

RUN_TESTS(IN_CONTEXT(blocks_of_a_query_are_the_query_as_a_whole),
          IN_CONTEXT(blocks_of_a_query_have_wanted_columns), IN_CONTEXT(what_is_small_is_held),
          IN_CONTEXT(all_passes_see_one_state),
          IN_CONTEXT(rows_that_do_not_stay_the_same_are_an_error),
          IN_CONTEXT(errors_of_a_query_name_the_row_of_the_whole))
