/* What is made of tables in blocks is the same, byte for byte, however many rows a block has, and
 * whether the table lies in memory or in a file. */
#include "batch/anonymize.h"
#include "batch/resample_table.h"
#include "batch/split_table.h"
#include "codec/csv.h"
#include "data/clean_table.h"
#include "data/join_tables.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/random_csv.h"
#include "transform/describe.h"

#include <fcntl.h>
#include <math.h>

static mica_error err;
static char source[512], first_path[512], other_path[512];

/* ---- a file as blocks ---- */

typedef struct way {
    const char *name;
    int64_t rows; /* of a block in memory; -1: as CSV, in blocks of `bytes` */
    size_t bytes;
    size_t room; /* for rows in another order */
} way;

static const way ways[] = {
    {"all at once", 0, 0},  {"rows one by one", 1, 0},        {"seven rows", 7, 0, 3000},
    {"4096 rows", 4096, 0}, {"a file, row by row", -1, 1, 1}, {"a file, some rows", -1, 300, 5000}};

static mica_table *read_whole(const char *path) {
    mica_table *t = NULL;
    ASSERT_OK(mica_table_read(ctx, path, NULL, &t, &err));
    return t;
}

static table_blocks open_way(const way *w, const mica_table *t, const char *path) {
    table_blocks b = {0};
    if (w->rows < 0)
        ASSERT_OK(text_table_blocks(&table_csv, path, &(text_blocks){.each = w->bytes}, &b, &err));
    if (!b.state) ASSERT_OK(blocks_of_table(t, w->rows < 0 ? 0 : w->rows, &b, &err));
    b.room = w->room;
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
static void check_text(making *m, const char *what, const strbuf *text) {
    strbuf wanted = {0};
    mica_error said = {0};
    snprintf(source, sizeof source, "%s", in_folder("source.csv"));
    snprintf(first_path, sizeof first_path, "%s", in_folder("first.csv"));
    snprintf(other_path, sizeof other_path, "%s", in_folder("other.csv"));
    put_file(source, text->data, text->length);
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
    strbuf_free(&wanted);
}

static void check(making *m, const char *what, uint64_t seed, int rows) {
    strbuf text = random_table(seed, rows);
    check_text(m, what, &text);
    strbuf_free(&text);
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

/* Blocks whose rows are others the last time. */
typedef struct changing {
    table_blocks before, after, *now;
} changing;

static mica_status begin_changing(table_blocks *b, bool last, mica_error *e) {
    changing *c = b->state;
    c->now = last ? &c->after : &c->before;
    return c->now->begin(c->now, last, e);
}

static mica_status next_changing(table_blocks *b, mica_table **block, mica_error *e) {
    table_blocks *now = ((changing *)b->state)->now;
    return now->next(now, block, e);
}

static mica_status anonymize_changing(const char *before, const char *after, const char *policy) {
    changing c = {0};
    mica_table *first, *second, *out = NULL;
    table_sink kept = {&out, table_keep};
    json_t *report = NULL;
    put_file(in_folder("a.csv"), before, strlen(before));
    first = read_whole(in_folder("a.csv"));
    put_file(in_folder("a.csv"), after, strlen(after));
    second = read_whole(in_folder("a.csv"));
    ASSERT_OK(blocks_of_table(first, 0, &c.before, &err));
    ASSERT_OK(blocks_of_table(second, 0, &c.after, &err));
    table_blocks in = {.head = first,
                       .rows = mica_table_rows(first),
                       .state = &c,
                       .begin = begin_changing,
                       .next = next_changing};
    mica_status status = anonymize_blocks(ctx, &in, policy, NULL, &kept, &report, &err);
    json_decref(report);
    mica_table_destroy(&out);
    blocks_close(&c.before), blocks_close(&c.after);
    mica_table_destroy(&first), mica_table_destroy(&second);
    return status;
}

TEST(rows_that_k_was_not_measured_of_are_never_written) {
    static const char plain[] = "{\"quasi_identifiers\": [\"a\"], \"k\": 2}",
                      some[] = "{\"quasi_identifiers\": [\"a\"], \"k\": 2, \"suppress\": 0.5}",
                      rich[] = "{\"quasi_identifiers\": [\"a\"], \"sensitive\": [\"b\"], "
                               "\"k\": 2, \"l\": 2}";
    static const char rows[] = "a,b\n1,5\n1,6\n2,5\n2,6\n", exposed[] = "a,b\n1,5\n1,6\n2,5\n";
    ASSERT_OK(anonymize_changing(rows, rows, plain));
    ASSERT_OK(anonymize_changing(exposed, exposed, some));
    ASSERT_OK(anonymize_changing(rows, rows, rich));
    const char *const said = "policy: rows changed after k-anonymity was measured";
    ASSERT_FAILS(anonymize_changing(rows, "a,b\n1,5\n1,6\n2,5\n3,6\n", plain), MICA_IO, said);
    ASSERT_FAILS(anonymize_changing(rows, "a,b\n1,5\n1,6\n1,5\n2,6\n", plain), MICA_IO, said);
    ASSERT_FAILS(anonymize_changing(rows, "a,b\n1,5\n1,6\n2,5\n", plain), MICA_IO, said);
    ASSERT_FAILS(anonymize_changing(rows, "a,b\n1,5\n1,6\n2,5\n2,5\n", rich), MICA_IO, said);
    ASSERT_FAILS(anonymize_changing(exposed, "a,b\n1,5\n1,6\n9,5\n", some), MICA_IO, said);
}

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
    char path[512];
    static const char wanted[] = "when,n\n1,b\n2,d\n3,e\n";
    static const char text[] = "when,n\n5,a\n1,b\n4,c\n2,d\n3,e\n";
    snprintf(path, sizeof path, "%s", in_folder("times.csv")); /* the next ones take its place */
    put_file(path, text, sizeof text - 1);
    mica_table *t = read_whole(path);
    for (size_t i = 0; i < LENGTH(ways); i++) {
        csv_writer w;
        table_sink train = {&w, put}, *sinks[PARTS] = {[PART_TRAIN] = &train};
        table_blocks in = open_way(&ways[i], t, path);
        if (in.room) in.room = 300; /* less than three rows */
        mica_table_split_options o = {SIZED(split), .test_fraction = 0.4, .time = "when"};
        ASSERT_OK(csv_write_begin(&w, in_folder("train.csv"), ',', false, &err));
        mica_status status = split_blocks(ctx, &in, &o, sinks, &err);
        ASSERT_OK(csv_write_end(&w, status, &err));
        size_t size;
        unsigned char *made = get_file(in_folder("train.csv"), &size);
        assert_int_equal(size, sizeof wanted - 1);
        assert_memory_equal(made, wanted, size);
        free(made);
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
    {"smote", "kind", {SIZED(resample), .method = "smote", .neighbors = 2}},
    {"smote by counts",
     "kind",
     {SIZED(resample), .method = "smote", .neighbors = 3, .counts = {2, {"b=5000", "\"c\",=60"}}}},
    {"smote by dates", "day", {SIZED(resample), .method = "smote", .neighbors = 1}},
    {"smote by truth", "flag", {SIZED(resample), .method = "smote", .ratio = 0.9}},
    {"smote by whole numbers", "whole", {SIZED(resample), .method = "smote", .neighbors = 1}},
    {"smote of fewer", "kind", {SIZED(resample), .method = "smote", .counts = {1, {"a=1"}}}},
    {"smote of few", "kind", {SIZED(resample), .method = "smote", .neighbors = 40}},
};
enum { OF_NUMBERS = 7 }; /* the first of those of a table of numbers */

static mica_status resample(table_blocks *in, const char *what, table_sink *out, strbuf *said) {
    const resample_case *c = resamples;
    json_t *report = NULL;
    while (strcmp(c->what, what)) c++;
    mica_status status = resample_blocks(ctx, in, c->target, &c->o, out, &report, &err);
    if (status == MICA_OK) keep_report(report, said);
    return status;
}

TEST(tables_are_resampled_in_blocks_as_at_once) {
    for (size_t i = 0; i < OF_NUMBERS; i++)
        for (uint64_t seed = 1; seed < 4; seed++)
            check(resample, resamples[i].what, seed, 30 + (int)seed * 31);
}

/* The target in the middle of columns of numbers: whole, real, whole until late; one cell of the
 * last column is `odd`, where that is not NULL. */
static strbuf random_numbers(uint64_t seed, int rows, const char *target, const char *odd) {
    random_csv r = {seed, 0};
    strbuf out = {0};
    strbuf_add(&out, "n,x,%s,late,large\n", target);
    for (int row = 0; row < rows; row++) {
        uint32_t class = random_below(&r, 10) < 6 ? 0 : 1 + random_below(&r, 3) / 2;
        strbuf_add(&out, "%d,%.3f,", (int)random_below(&r, 50), random_below(&r, 999) / 7.0);
        if (!strcmp(target, "kind"))
            strbuf_add(&out, "%s", (const char *[]){"a", "b", "\"\"\"c\"\",\""}[class]);
        if (!strcmp(target, "day")) strbuf_add(&out, "2024-01-0%u 08:30:00", class + 1);
        if (!strcmp(target, "flag")) strbuf_add(&out, class ? "True" : "False");
        if (!strcmp(target, "whole")) strbuf_add(&out, "%d", 7 - (int)class * 9);
        strbuf_add(&out, row == rows - 2 ? ",0.25" : ",%u", random_below(&r, 9));
        if (odd && row == rows / 2) strbuf_add(&out, ",%s\n", odd);
        else strbuf_add(&out, ",9%08u123456\n", random_below(&r, 90000000));
    }
    return out;
}

TEST(tables_get_rows_between_neighbours_in_blocks_as_at_once) {
    for (size_t i = OF_NUMBERS; i < LENGTH(resamples); i++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            static const char *const odds[5] = {"NA", "two"};
            strbuf text = random_numbers(seed, 60 + (int)seed * 20, resamples[i].target,
                                         odds[seed]);
            check_text(resample, resamples[i].what, &text);
            strbuf_free(&text);
        }
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

/* ---- cleaning ---- */

typedef struct clean_case {
    const char *what;
    mica_clean_options o;
} clean_case;

#define CLEAN .size = sizeof(mica_clean_options)
#define NA                                                                                         \
    {                                                                                              \
        3, { "alpha", "note 7", "-5" }                                                             \
    }

static const clean_case cleans[] = {
    {"nothing", {CLEAN}},
    {"texts", {CLEAN, .trim = true, .letters = "upper", .na_values = NA}},
    {"texts that are numbers", {CLEAN, .na_values = {1, {"99999999999999999999"}}}},
    {"dates of texts", {CLEAN, .letters = "lower", .spaces = true, .missing = "most_frequent"}},
    {"repair", {CLEAN, .repair = true, .missing = "mean"}},
    {"repair some", {CLEAN, .repair = true, .unrepaired = "missing", .missing = "median"}},
    {"duplicates", {CLEAN, .drop_duplicates = true, .subset = {2, {"word", "flag"}}}},
    {"last duplicates",
     {CLEAN, .drop_duplicates = true, .keep = "last", .subset = {1, {"w*"}}, .missing = "drop"}},
    {"no duplicates", {CLEAN, .drop_duplicates = true, .keep = "none", .subset = {1, {"real"}}}},
    {"all columns equal", {CLEAN, .drop_duplicates = true}},
    {"z score", {CLEAN, .outliers = "z_score", .factor = 1}},
    {"quartiles", {CLEAN, .outliers = "iqr", .factor = 0.2}},
    {"clipped, then filled", {CLEAN, .outliers = "iqr", .factor = 0.23, .missing = "mean"}},
    {"clipped, then filled by whole numbers",
     {CLEAN, .outliers = "z_score", .factor = 1.1, .missing = "constant",
      .columns = {2, {"whole", "late"}}}},
    {"outliers dropped",
     {CLEAN, .outliers = "iqr", .factor = 0.3, .outlier_action = "drop", .missing = "mean"}},
    {"outliers missing",
     {CLEAN, .outliers = "z_score", .factor = 1.2, .outlier_action = "missing", .repair = true,
      .missing = "median"}},
    {"most frequent", {CLEAN, .missing = "most_frequent"}},
    {"median", {CLEAN, .missing = "median"}},
    {"constant",
     {CLEAN, .missing = "constant", .fill_value = 0.5, .columns = {2, {"whole", "late"}}}},
    {"constant texts", {CLEAN, .missing = "constant", .columns = {2, {"word", "note"}}}},
    {"constant dates",
     {CLEAN, .missing = "constant", .fill_text = "2024-02-03T04:05:06", .columns = {1, {"day"}}}},
    {"constant truth", {CLEAN, .missing = "constant", .fill_value = 7, .columns = {1, {"flag"}}}},
    {"forward", {CLEAN, .missing = "forward_fill", .drop_duplicates = true}},
    {"all of it",
     {CLEAN, .trim = true, .repair = true, .drop_duplicates = true, .outliers = "iqr",
      .outlier_action = "drop", .missing = "most_frequent", .na_values = NA}},
    {"rules",
     {CLEAN,
      .rules = "{\"real\": {\"missing\": \"mean\", \"outliers\": \"iqr\"}, "
               "\"word\": {\"missing\": \"drop\"}}",
      .missing = "forward_fill"}},
    {"no such column", {CLEAN, .drop_duplicates = true, .subset = {1, {"wrod"}}}},
};
static size_t clean_most;

static mica_status clean(table_blocks *in, const char *what, table_sink *out, strbuf *said) {
    const clean_case *c = cleans;
    json_t *report = NULL;
    while (strcmp(c->what, what)) c++;
    mica_status status = clean_blocks(ctx, in, &c->o, clean_most, out, &report, &err);
    if (status == MICA_OK) keep_report(report, said);
    return status;
}

TEST(tables_are_cleaned_in_blocks_as_at_once) {
    static const size_t mosts[] = {0, 2, 15};
    for (size_t i = 0; i < LENGTH(cleans); i++)
        for (uint64_t seed = 0; seed < 6; seed++) {
            clean_most = mosts[seed % 3];
            check(clean, cleans[i].what, seed, (int)seed * 29);
        }
}

/* ---- what columns hold ---- */

static void same_summary(const mica_column_summary *a, const mica_column_summary *b,
                         const frequent_values *top_a, const frequent_values *top_b,
                         const char *where) {
    const double x[] = {a->mean, a->std, a->min, a->q25, a->q50, a->q75, a->max};
    const double y[] = {b->mean, b->std, b->min, b->q25, b->q50, b->q75, b->max};
    const int64_t m[] = {a->count, a->missing, a->distinct, a->top_row, a->top_count};
    const int64_t n[] = {b->count, b->missing, b->distinct, b->top_row, b->top_count};
    for (size_t i = 0; i < LENGTH(x); i++)
        if (memcmp(&x[i], &y[i], sizeof *x) && !(isnan(x[i]) && isnan(y[i])))
            fail_msg("%s: statistic %zu is %.17g, expected %.17g", where, i, y[i], x[i]);
    for (size_t i = 0; i < LENGTH(m); i++)
        if (m[i] != n[i])
            fail_msg("%s: count %zu is %lld, expected %lld", where, i, (long long)n[i],
                     (long long)m[i]);
    assert_int_equal(top_a->count, top_b->count);
    for (int i = 0; i < top_a->count; i++) {
        const frequent_value *v = &top_a->value[i], *u = &top_b->value[i];
        if (v->count != u->count || v->row != u->row || strcmp(v->text, u->text))
            fail_msg("%s: frequent value %d is %s, expected %s", where, i, u->text, v->text);
    }
}

enum { MOST_COLUMNS = 16 };

static void describe_way(const way *w, const mica_table *t, size_t most, mica_column_summary *out,
                         frequent_values *tops) {
    for (int c = 0; c < t->count; c++) assert_true(frequent_open(&tops[c], 1 + c % 5));
    table_blocks in = open_way(w, t, source);
    if (w->rows) in.whole = NULL; /* also a block of all rows */
    ASSERT_OK(describe_blocks(&in, most, NULL, out, tops, &err));
    blocks_close(&in);
}

/* However few different values may be held at a time (ends with 0: the default). */
static void check_described(const strbuf *text, size_t first_way, const size_t *mosts) {
    mica_column_summary wanted[MOST_COLUMNS], got[MOST_COLUMNS];
    frequent_values tops[MOST_COLUMNS], others[MOST_COLUMNS];
    char where[128];
    snprintf(source, sizeof source, "%s", in_folder("source.csv"));
    put_file(source, text->data, text->length);
    mica_table *t = read_whole(source);
    describe_way(&ways[0], t, 0, wanted, tops);
    for (size_t k = 0; !k || mosts[k - 1]; k++)
        for (size_t i = first_way; i < LENGTH(ways); i++) {
            describe_way(&ways[i], t, mosts[k], got, others);
            for (int c = 0; c < t->count; c++) {
                snprintf(where, sizeof where, "%s, %zu held, column %s", ways[i].name, mosts[k],
                         t->column[c].name);
                same_summary(&wanted[c], &got[c], &tops[c], &others[c], where);
                frequent_free(&others[c]);
            }
        }
    for (int c = 0; c < t->count; c++) frequent_free(&tops[c]);
    mica_table_destroy(&t);
}

TEST(columns_are_described_in_blocks_as_at_once) {
    for (uint64_t seed = 0; seed < 8; seed++) {
        strbuf text = random_table(seed, (int)seed * 37);
        check_described(&text, 1, (size_t[]){1, 3, 20, 0});
        strbuf_free(&text);
    }
}

/* Sums of several pieces, numbers that lie far apart, infinities, both zeros. */
TEST(many_numbers_are_described_in_blocks_as_at_once) {
    strbuf text = {0};
    random_csv r = {11, 0};
    strbuf_add(&text, "real,large,wide,inf,same\n");
    for (int i = 0; i < 6000; i++)
        strbuf_add(&text, "%.9g,%lld,%u,%s,%s\n", (random_below(&r, 1u << 30) - 5e8) / 7e3,
                   (1LL << 60) + random_below(&r, 100), random_below(&r, 1u << 31),
                   random_below(&r, 3)   ? "1.5"
                   : random_below(&r, 2) ? "-inf"
                                         : "inf",
                   random_below(&r, 2) ? "-0.0" : "0.0");
    check_described(&text, 3, (size_t[]){1500, 0});
    strbuf_free(&text);
}

RUN_TESTS(IN_CONTEXT(tables_are_deidentified_in_blocks_as_at_once),
          IN_CONTEXT(rows_that_k_was_not_measured_of_are_never_written),
          IN_CONTEXT(tables_are_split_in_blocks_as_at_once),
          IN_CONTEXT(a_split_by_time_puts_rows_in_its_order),
          IN_CONTEXT(tables_are_resampled_in_blocks_as_at_once),
          IN_CONTEXT(tables_get_rows_between_neighbours_in_blocks_as_at_once),
          IN_CONTEXT(tables_are_joined_in_blocks_as_at_once),
          IN_CONTEXT(tables_are_cleaned_in_blocks_as_at_once),
          IN_CONTEXT(columns_are_described_in_blocks_as_at_once),
          IN_CONTEXT(many_numbers_are_described_in_blocks_as_at_once))
