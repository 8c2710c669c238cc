/* What is made of tables in blocks is the same, byte for byte, however many rows a block has, and
 * whether the table lies in memory or in a file. */
#include "batch/anonymize.h"
#include "codec/csv_blocks.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/random_csv.h"

#include <fcntl.h>

static mica_error err;
static char source[512], first_path[512], other_path[512];

/* ---- a file as blocks ---- */

typedef struct way {
    const char *name;
    int64_t rows; /* of a block in memory; -1: as CSV, in blocks of `bytes` */
    size_t bytes;
} way;

static const way ways[] = {{"all at once", 0, 0},         {"rows one by one", 1, 0},
                           {"seven rows", 7, 0},          {"4096 rows", 4096, 0},
                           {"a file, row by row", -1, 1}, {"a file, some rows", -1, 300}};

static mica_table *read_whole(const char *path) {
    mica_table *t = NULL;
    ASSERT_OK(mica_table_read(ctx, path, NULL, &t, &err));
    return t;
}

static table_blocks open_way(const way *w, const mica_table *t, const char *path) {
    table_blocks b = {0};
    if (w->rows < 0)
        ASSERT_OK(csv_blocks_open(path, NULL, (csv_options){0}, w->bytes, NULL, &b, &err));
    if (!b.state) ASSERT_OK(blocks_of_table(t, w->rows < 0 ? 0 : w->rows, &b, &err));
    return b;
}

/* ---- where blocks go ---- */

static mica_status put(table_sink *s, mica_table *block, mica_error *e) {
    mica_status status = csv_write_rows(s->state, block, e);
    mica_table_destroy(&block);
    return status;
}

typedef mica_status making(table_blocks *in, const char *what, table_sink *out, strbuf *report);

static mica_status make(making *m, const way *w, const mica_table *t, const char *path,
                        const char *what, const char *to, strbuf *report) {
    csv_writer writer;
    table_sink sink = {&writer, put};
    table_blocks in = open_way(w, t, path);
    ASSERT_OK(csv_write_begin(&writer, to, ',', false, &err));
    mica_status status = m(&in, what, &sink, report);
    csv_write_end(&writer, status, NULL);
    blocks_close(&in);
    return status;
}

static void same_bytes(const char *a, const char *b, const char *how, const char *what) {
    size_t m, n;
    unsigned char *x = get_file(a, &m), *y = get_file(b, &n);
    if (m != n || memcmp(x, y, m)) fail_msg("%s: %s: other bytes than all at once", what, how);
    free(x), free(y);
}

/* All ways against the first; also where it fails, with the same words. */
static void check(making *m, const char *what, uint64_t seed, int rows) {
    strbuf text = random_table(seed, rows);
    strbuf wanted = {0};
    mica_error said = {0};
    snprintf(source, sizeof source, "%s", in_folder("source.csv"));
    snprintf(first_path, sizeof first_path, "%s", in_folder("first.csv"));
    snprintf(other_path, sizeof other_path, "%s", in_folder("other.csv"));
    put_file(source, text.data, text.length);
    mica_table *t = read_whole(source);
    mica_status expected = make(m, &ways[0], t, source, what, first_path, &wanted);
    if (expected != MICA_OK) said = err;
    for (size_t i = 1; i < LENGTH(ways); i++) {
        strbuf report = {0};
        mica_status status = make(m, &ways[i], t, source, what, other_path, &report);
        assert_int_equal(status, expected);
        if (status == MICA_OK) same_bytes(first_path, other_path, ways[i].name, what);
        else assert_string_equal(err.message, said.message);
        if (status == MICA_OK) assert_string_equal(report.data, wanted.data);
        strbuf_free(&report);
    }
    mica_table_destroy(&t);
    strbuf_free(&text), strbuf_free(&wanted);
}

static void keep_report(json_t *report, strbuf *out) {
    char *text = config_text(report);
    strbuf_add(out, "%s", text);
    free(text);
    json_decref(report);
}

/* ---- de-identification ---- */

static mica_status anonymize(table_blocks *in, const char *policy, table_sink *out, strbuf *said) {
    json_t *report = NULL;
    mica_anonymize_options o = mica_anonymize_defaults();
    o.key_file = in_folder("key");
    mica_status status = anonymize_blocks(ctx, in, policy, &o, out, &report, &err);
    if (status == MICA_OK) keep_report(report, said);
    return status;
}

static const char *const policies[] = {
    "{\"columns\": {\"word\": \"drop\"}}",
    "{\"columns\": {\"id\": \"pseudonym\", \"note\": {\"mask\": {\"first\": 2}}}, \"seed\": 3}",
    "{\"columns\": {\"real\": {\"noise\": {\"scale\": 2}}, \"whole\": {\"noise\": {\"scale\": 9}}},"
    "\"seed\": 5, \"quasi_identifiers\": [\"flag\", \"whole\"]}",
    "{\"columns\": {\"day\": {\"generalise\": {\"unit\": \"quarter\"}}, \"whole\": {\"generalise\":"
    "{\"width\": 20}}}, \"quasi_identifiers\": [\"day\", \"whole\", \"flag\"], \"k\": 2, "
    "\"suppress\": 1,"
    "\"sensitive\": [\"word\", \"late\"]}",
    "{\"columns\": {\"late\": {\"mask\": {\"last\": 1, \"shape\": true}}, \"word\": \"drop\"},"
    "\"quasi_identifiers\": [\"late\", \"word\"], \"k\": 2, \"suppress\": 0.6, \"l\": 2,"
    "\"sensitive\": [\"flag\"]}",
    "{\"columns\": {\"code\": {\"generalise\": {\"prefix\": 2, \"digits\": 4}}}, \"other_columns\":"
    "\"drop\", \"quasi_identifiers\": [\"code\"], \"k\": 1000}",
    "{\"columns\": {\"flag\": {\"noise\": {\"scale\": 1}}}}"};

TEST(tables_are_deidentified_in_blocks_as_at_once) {
    static const char key[] = "0123456789abcdef0123456789abcdef";
    put_file(in_folder("key"), key, 32);
    chmod(in_folder("key"), 0600);
    for (uint64_t seed = 0; seed < 6; seed++)
        for (size_t i = 0; i < LENGTH(policies); i++)
            check(anonymize, policies[i], seed, (int)(seed * 23));
}

RUN_TESTS(IN_CONTEXT(tables_are_deidentified_in_blocks_as_at_once))
