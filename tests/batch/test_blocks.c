/* What is made of tables in blocks is the same, byte for byte, however many rows a block has, and
 * whether the table lies in memory or in a file. */
#include "batch/anonymize.h"
#include "batch/join_tables.h"
#include "batch/resample_table.h"
#include "batch/split_table.h"
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

/* ---- splits ---- */

typedef struct split_case {
    const char *what;
    int part;
    int64_t fold; /* -1: a split */
    mica_table_split_options split;
    mica_table_folds_options folds;
} split_case;

#define SIZED(kind) .size = sizeof(mica_table_##kind##_options)

static const split_case splits[] = {
    {"train", PART_TRAIN, -1, {SIZED(split), .test_fraction = 0.3}},
    {"test", PART_TEST, -1, {SIZED(split), .test_fraction = 0.3}},
    {"validation", PART_VALIDATION, -1, {SIZED(split), .validation_fraction = 0.2}},
    {"last rows", PART_TEST, -1, {SIZED(split), .no_shuffle = true}},
    {"stratified", PART_TRAIN, -1, {SIZED(split), .stratify = "flag"}},
    {"classes of one row", PART_TRAIN, -1, {SIZED(split), .stratify = "note"}},
    {"groups", PART_TEST, -1, {SIZED(split), .groups = "id", .validation_fraction = 0.2}},
    {"in order of time", PART_TRAIN, -1, {SIZED(split), .time = "id"}},
    {"time is missing", PART_TRAIN, -1, {SIZED(split), .time = "day"}},
    {"time of texts", PART_TRAIN, -1, {SIZED(split), .time = "word"}},
    {"no such column", PART_TRAIN, -1, {SIZED(split), .groups = "wrod"}},
    {"fold", PART_TEST, 1, {0}, {SIZED(folds), .folds = 3, .shuffle = true}},
    {"fold of both",
     PART_TRAIN,
     0,
     {0},
     {SIZED(folds), .folds = 2, .stratify = "flag", .groups = "id"}},
    {"fold of time", PART_TRAIN, 2, {0}, {SIZED(folds), .folds = 3, .time = "id"}},
};

static mica_status split(table_blocks *in, const char *what, table_sink *out, strbuf *said) {
    const split_case *c = splits;
    table_sink *sinks[PARTS] = {NULL};
    while (strcmp(c->what, what)) c++;
    sinks[c->part] = out;
    strbuf_add(said, "-");
    return c->fold < 0 ? split_blocks(ctx, in, &c->split, sinks, &err)
                       : fold_blocks(ctx, in, c->fold, &c->folds, sinks, &err);
}

TEST(tables_are_split_in_blocks_as_at_once) {
    for (size_t i = 0; i < LENGTH(splits); i++)
        for (uint64_t seed = 1; seed < 5; seed++)
            check(split, splits[i].what, seed, 40 + (int)seed * 31);
}

/* In another order than the table's. */
TEST(a_split_by_time_puts_rows_in_its_order) {
    const char *path = in_folder("times.csv");
    static const char text[] = "when,n\n5,a\n1,b\n4,c\n2,d\n3,e\n";
    put_file(path, text, sizeof text - 1);
    mica_table *t = read_whole(path), *parts[PARTS] = {NULL};
    for (size_t i = 0; i < LENGTH(ways); i++) {
        table_sink kept[PARTS], *sinks[PARTS];
        for (int p = 0; p < PARTS; p++)
            kept[p] = (table_sink){&parts[p], table_keep}, sinks[p] = &kept[p];
        table_blocks in = open_way(&ways[i], t, path);
        mica_table_split_options o = {SIZED(split), .test_fraction = 0.4, .time = "when"};
        ASSERT_OK(split_blocks(ctx, &in, &o, sinks, &err));
        char texts[8] = "";
        for (int64_t row = 0; row < 3; row++)
            mica_table_text(parts[PART_TRAIN], 1, row, texts + row, 2);
        assert_string_equal(texts, "bde");
        for (int p = 0; p < PARTS; p++) mica_table_destroy(&parts[p]);
        blocks_close(&in);
    }
    mica_table_destroy(&t);
}

/* ---- resampling ---- */

typedef struct resample_case {
    const char *what, *target;
    mica_table_resample_options o;
} resample_case;

static const resample_case resamples[] = {
    {"over", "code", {SIZED(resample)}},
    {"over by counts", "id", {SIZED(resample), .counts = {1, {"3=9"}}}},
    {"under", "id", {SIZED(resample), .method = "under"}},
    {"under again and again", "id", {SIZED(resample), .method = "under", .replacement = true}},
    {"smote of texts", "id", {SIZED(resample), .method = "smote"}},
    {"a class is missing", "flag", {SIZED(resample)}},
    {"no such column", "flog", {SIZED(resample)}},
};

static mica_status resample(table_blocks *in, const char *what, table_sink *out, strbuf *said) {
    const resample_case *c = resamples;
    json_t *report = NULL;
    while (strcmp(c->what, what)) c++;
    mica_status status = resample_blocks(ctx, in, c->target, &c->o, out, &report, &err);
    if (status == MICA_OK) keep_report(report, said);
    return status;
}

TEST(tables_are_resampled_in_blocks_as_at_once) {
    for (size_t i = 0; i < LENGTH(resamples); i++)
        for (uint64_t seed = 1; seed < 4; seed++)
            check(resample, resamples[i].what, seed, 30 + (int)seed * 31);
}

/* ---- joins ---- */

typedef struct join_case {
    const char *what;
    mica_join_options o;
} join_case;

#define JOIN .size = sizeof(mica_join_options)

static const join_case joins[] = {
    {"inner", {JOIN, .on = {1, {"id"}}}},
    {"left", {JOIN, .on = {1, {"id"}}, .how = "left", .indicator = true}},
    {"left by two", {JOIN, .on = {2, {"word", "flag"}}, .how = "left"}},
    {"left, missing apart", {JOIN, .on = {1, {"whole"}}, .how = "left", .missing_apart = true}},
    {"numbers of two types", {JOIN, .left_on = {1, {"whole"}}, .right_on = {1, {"late"}}}},
    {"right", {JOIN, .on = {1, {"id"}}, .how = "right"}},
    {"outer", {JOIN, .on = {2, {"id", "word"}}, .how = "outer", .suffixes = {2, {".l", ".r"}}}},
    {"left keys twice", {JOIN, .on = {1, {"id"}}, .validate = "one_to_many"}},
    {"right keys twice", {JOIN, .on = {1, {"id"}}, .validate = "many_to_one"}},
    {"texts and dates", {JOIN, .left_on = {1, {"word"}}, .right_on = {1, {"day"}}}},
};
static mica_table *right_table;

static mica_status join_both(table_blocks *in, const char *what, table_sink *out, strbuf *said) {
    const join_case *c = joins;
    json_t *report = NULL;
    while (strcmp(c->what, what)) c++;
    mica_status status = join_blocks(in, right_table, &c->o, out, &report, &err);
    if (status == MICA_OK) keep_report(report, said);
    return status;
}

TEST(tables_are_joined_in_blocks_as_at_once) {
    strbuf text = random_table(77, 50);
    put_file(in_folder("right.csv"), text.data, text.length);
    strbuf_free(&text);
    right_table = read_whole(in_folder("right.csv"));
    for (size_t i = 0; i < LENGTH(joins); i++)
        for (uint64_t seed = 1; seed < 4; seed++)
            check(join_both, joins[i].what, seed, (int)seed * 41);
    mica_table_destroy(&right_table);
}

RUN_TESTS(IN_CONTEXT(tables_are_deidentified_in_blocks_as_at_once),
          IN_CONTEXT(tables_are_split_in_blocks_as_at_once),
          IN_CONTEXT(a_split_by_time_puts_rows_in_its_order),
          IN_CONTEXT(tables_are_resampled_in_blocks_as_at_once),
          IN_CONTEXT(tables_are_joined_in_blocks_as_at_once))
