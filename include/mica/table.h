/* Tables: named columns of cells, read from CSV, TSV, JSON Lines and databases. The type of a
 * column is found by looking at all of its cells; statistics are those of pandas. A table does not
 * change once it is read, and any number of threads may look at it. */
#ifndef MICA_TABLE_H
#define MICA_TABLE_H

#include "mica/data.h"
#include "mica/options.h"

MICA_API_BEGIN

typedef struct mica_table mica_table;

/* What the cells of a column are. Any type may have missing cells: empty ones, NA, NaN, null and
 * the other spellings that pandas knows. */
typedef enum mica_column_type {
    MICA_COLUMN_MISSING, /* every cell is missing */
    MICA_COLUMN_BOOLEAN, /* True, False */
    MICA_COLUMN_INTEGER, /* whole numbers of 64 bits; with larger ones the column is text */
    MICA_COLUMN_NUMBER,  /* float64, as strtod reads it */
    MICA_COLUMN_DATE, /* 2024-03-05, 2024/3/5, 2024年3月5日, with a time and a zone or without */
    MICA_COLUMN_CATEGORY, /* texts that occur twice or more on average */
    MICA_COLUMN_TEXT
} mica_column_type;

/* "missing", "boolean", "integer", "number", "date", "category", "text". */
const char *mica_column_type_name(mica_column_type type);

typedef struct mica_table_options {
    size_t size;
    const char *format;    /* "csv", "jsonl"; NULL: by the name's ending (default NULL) */
    const char *separator; /* one character, "tab"; NULL: found in the first lines (default NULL) */
    const char *encoding;  /* "utf-8", "utf-16", "gb18030" or what iconv knows; NULL: found (default
                              NULL) */
    bool no_header; /* the first row is cells, not names: columns are 0, 1, … (default false) */
    const char *query;         /* of a database: SQL that gives rows (default NULL) */
    const char *table;         /* of a database: all of this table (default NULL: the only one) */
    const char *password_file; /* of a server: a file of lines host:port:database:user:password with
                                  mode 0600 (default NULL: ~/.pgpass) */
    mica_texts text_columns;   /* of a file: columns whose cells are texts, whatever they look like:
                                  "007" stays; names, or patterns such as "*_id" (default none) */
    const char *likely_encoding;  /* what a text is in that has no mark and is not UTF-8, where no
                                     encoding is given: instead of a guess (default NULL) */
    const char *likely_separator; /* what separates cells where it stands in each of the first
                                     lines, and no separator is given (default NULL) */
} mica_table_options;

mica_table_options mica_table_defaults(void);
/* Reads a file, plain or packed by gzip, xz or zstd; or a query of a database: sqlite:FILE, or
 * postgresql://user@host:port/dbname, which is opened for reading alone. NULL options: all
 * defaults. *out is the caller's. Errors name file and line: FORMAT for rows of another length than
 * the header. VALUE: an address that holds a password. */
mica_status mica_table_read(mica_context *ctx, const char *path, const mica_table_options *options,
                            mica_table **out, mica_error *err);
/* Frees it; sets *table to NULL. */
void mica_table_destroy(mica_table **table);

int64_t mica_table_rows(const mica_table *t);
int mica_table_columns(const mica_table *t);
/* NULL where there is no such column. */
const char *mica_table_name(const mica_table *t, int column);
/* The number of the column of that name; -1: there is none. */
int mica_table_find(const mica_table *t, const char *name);
mica_column_type mica_table_type(const mica_table *t, int column);

bool mica_table_is_missing(const mica_table *t, int column, int64_t row);
/* A cell as a number; NaN where it is missing or text. Of dates: seconds since 1970. */
double mica_table_number(const mica_table *t, int column, int64_t row);
/* A cell as text in at most `limit` bytes with the closing NUL ("" where it is missing), numbers in
 * their shortest form; returns the length of the whole text. */
size_t mica_table_text(const mica_table *t, int column, int64_t row, char *text, size_t limit);

/* What a column holds, with pandas's meaning of each. NaN where a type has no such number: texts
 * and booleans have none, dates no std. Of dates they are seconds since 1970. */
typedef struct mica_column_summary {
    int64_t count, missing;         /* cells that are there, that are missing */
    int64_t distinct;               /* different values, missing ones aside */
    double mean, std;               /* std with n - 1 below the fraction */
    double min, q25, q50, q75, max; /* quantiles interpolate linearly */
    int64_t top_row;   /* the first row with the most frequent value, of texts, booleans and
                          dates; -1: none */
    int64_t top_count; /* how often that value occurs */
} mica_column_summary;

/* One summary for each column, in their order. */
mica_status mica_table_describe(mica_context *ctx, const mica_table *t,
                                mica_column_summary *summaries, mica_error *err);

/* How a table becomes samples: which columns, what is done about missing cells. Lists of names take
 * the patterns of shells ("is_*"), where no column has the name itself. */
typedef struct mica_tabular_options {
    size_t size;
    const char *target;      /* the column y; NULL: inputs alone (default null) */
    const char *target_type; /* "class": numbers of classes, in the order of their names; "number";
                                "auto": classes of texts and booleans, else numbers as they are
                                (default "auto") */
    double target_above; /* the target is a class: whether its number is above this one; MICA_ZERO:
                            above 0 (default null) */
    const char *missing_target; /* rows without a target: "error", "drop" (default "error") */
    mica_texts features; /* the columns of x, in the table's order (default all others); the target
                            too, where it is named here, not by a pattern. Of a column
                            of dates also a part: "departure.weekday"; the parts are year, quarter,
                            month, week, day, day_of_year, weekday (Monday 0), hour, minute, second
                          */
    const char *inputs;  /* "together": one input x; "columns": each column is an input of its
                            own name, () float64, of texts strings; "grouped": columns of one kind
                            are one input, `groups` (default "together") */
    mica_texts ignore;   /* columns that are not used (default none) */
    mica_texts categorical;    /* columns whose different values are categories, whatever their type
                                  (default none) */
    const char *sample_weight; /* the column of a weight per sample; NULL: none (default null) */
    const char *impute;        /* what missing cells become: "mean", "median", "most_frequent",
                                  "constant"; of categories the most frequent where it says mean or
                                  median; "none": they are errors (default "none") */
    double fill_value;         /* for "constant" (default 0) */
    const char *fill_category; /* for "constant" (default "missing") */
    const char *unknown;       /* of categories that the training part lacks: "error"; "minus_one":
                                  their number is -1 (default "error") */
    const char *normalize;     /* texts, categories and classes are brought into this normal form of
                                  Unicode before they are compared: "NFC", "NFD", "NFKC", "NFKD",
                                  "none" (default "none") */
    double test_split;         /* the share of rows that is MICA_TEST, chosen by the seed, of each
                                  class as much; 0: both parts are the whole table (default 0) */
    double validation_split;   /* the share of the other rows that is kept for validation
                                  (default 0) */
    const char *subset;    /* "training", "validation": which share is taken; NULL: training, and
                              of MICA_TEST without a test_split the validation's (default null) */
    bool no_stratify;      /* the parts regard no classes (default false) */
    bool no_shuffle;       /* the parts are the table's last rows (default false) */
    int64_t seed;          /* which rows the parts are (default 0) */
    const char *fitted;    /* mica_dataset_preparation of the training part: columns, categories,
                              classes and imputed values are those; NULL: found in this table's
                              training part (default null) */
    const char *format;    /* these four are mica_table_options' (default null) */
    const char *separator; /* (default null) */
    const char *encoding;  /* (default null) */
    bool no_header;        /* (default false) */
    const char *query;     /* these three too (default null) */
    const char *table;     /* (default null) */
    const char *password_file; /* (default null) */
    bool text_categories;      /* columns of text are categorical too (default false) */
    mica_texts numeric;        /* columns that hold numbers, truth values or dates alone: a text in
                                  one is an error that names its row (default none) */
    mica_texts text_columns;   /* and this one (default none) */
    const char *split_groups;  /* a column: rows of one value are all in one of the parts, which the
                                  shares then count in values; of a target that is a class, unless
                                  no_stratify is set, in rows, and each value goes where the classes'
                                  shares become most alike (default null) */
    const char *split_time; /* a column of dates or numbers: the parts are its latest rows, the test
                               after the validation (default null) */
    const char *validation_order; /* how the rows for validation are chosen: "stratified",
                                     "shuffled", "last"; NULL: as those of the test part (default
                                     null) */
    int64_t validation_seed;      /* which they are (default: seed) */
    const char *join;   /* tables that are joined to this one first, one after the other: JSON text
                           [{"with": PATH, …}] with the options of mica_join_options by their names
                           and those of mica_table_options (default null) */
    bool predicting;    /* the rows are to be predicted: each is answered once. Joins keep all rows
                           and no key may come twice on their right; they are spared where the columns
                           of `fitted` are there; cleaning leaves no row out (default false) */
    const char *groups; /* what is "grouped", as JSON: {"sizes": {"type": "number", "columns": ["w",
                           "h"]}, …}. A "number" input is (columns) float32; a "category" one is
                           (columns) int32, where each column's numbers follow those of the column
                           before, the first for what the training part lacks: CategoryEncoding's
                           multi_hot makes one-hot codes of it. Constant numbers are left out. NULL:
                           "numbers" and "categories" by type (default null) */
    const char *clean;  /* how it is cleaned after that: JSON text of mica_clean_options by their
                           names. Texts and types are found in all rows, rows that come again go
                           before the parts are chosen; limits, means and the like are those of the
                           training part's rows, and lie in the preparation. Outliers' rows go from
                           the training part alone, rows with missing cells from all. Of columns that
                           are no inputs nothing is learned, unless a rule or `columns` names them;
                           the target and the weight are neither filled nor clipped (default null) */
    const char *filter; /* rows stay of which all these conditions hold, before the parts are
                           chosen: JSON text as mica_clean_options.filter; it sees what texts and
                           types have become. Rows that are predicted all stay (default null) */
    const char *likely_encoding;  /* these two are mica_table_options' as well (default null) */
    const char *likely_separator; /* (default null) */
} mica_tabular_options;

mica_tabular_options mica_tabular_defaults(void);
/* x (columns) float32: numbers, dates as days since 1970, booleans as 0 and 1, categories as their
 * numbers in the order of their names. The context owns the dataset; a failure gives an empty one,
 * and mica_check tells the error. NULL options: all defaults. */
mica_dataset *mica_table_dataset(mica_context *ctx, const mica_table *t, mica_part part,
                                 const mica_tabular_options *options);
/* The same of a file. */
mica_dataset *mica_load_table(mica_context *ctx, const char *path, mica_part part,
                              const mica_tabular_options *options);

/* Writes it as CSV (by the name's ending .tsv: separated by tabs), such that what is read back is
 * the same, texts aside that CSV cannot tell from numbers or missing cells ("007", "NA" of a
 * database); the old file stays until the new one is whole. */
mica_status mica_table_write(const mica_table *t, const char *path, mica_error *err);
/* The same for what not everybody may read: the file beside it, in which it is written, and a new
 * file are the owner's alone (mode 0600); a file that is replaced keeps its mode. */
mica_status mica_table_write_private(const mica_table *t, const char *path, mica_error *err);

/* What was done to make it (clean.h), as JSON text that lives as long as the table; NULL: it was
 * read. */
const char *mica_table_report(const mica_table *t);

MICA_API_END

#endif
