/* Tables made of tables: cleaned, joined, de-identified. The table that is given stays as it is;
 * the one that is made is the caller's (mica_table_destroy), and mica_table_report says as JSON
 * what was done. */
#ifndef MICA_CLEAN_H
#define MICA_CLEAN_H

#include "mica/table.h"

MICA_API_BEGIN

typedef struct mica_anonymize_options {
    size_t size;
    const char *key_file; /* instead of the policy's (default NULL) */
    const char *name;     /* of the policy, for errors (default "policy") */
    double certainty;     /* of what is reported of columns that the policy does not name: the least
                             (default 0.6) */
} mica_anonymize_options;
mica_anonymize_options mica_anonymize_defaults(void);
/* De-identifies a table by a policy, JSON text: docs/tables.md says what it may hold. Errors:
 * VALUE where k or l is not reached, or the key's file can be read by others; NAME for what the
 * policy says of no column; TYPE where a protection does not fit a column. No error and no report
 * holds a cell. Source: Sweeney, k-Anonymity (2002); Machanavajjhala et al., l-Diversity (2006). */
mica_status mica_table_anonymize(mica_context *ctx, const mica_table *t, const char *policy,
                                 const mica_anonymize_options *options, mica_table **out,
                                 mica_error *err);
/* Which columns are likely personal, and how many cells hold what: mail addresses, phone and card
 * numbers, numbers of persons, names, postal addresses, by pattern and check digits, with at least
 * that certainty (0: 0.6). JSON text that lives as long as the context: {"rows", "columns":
 * [{"column", "type", "likely", "by_name", "there", "cells", "kinds": {KIND: {"cells", "finds",
 * "whole"}}}]}; it holds no cell. */
mica_status mica_table_find_personal(mica_context *ctx, const mica_table *t, double certainty,
                                     const char **json, mica_error *err);

typedef struct mica_clean_options {
    size_t size;
    mica_texts columns; /* that all of this is done with; patterns as "is_*" (default all) */
    const char *rules;  /* for single columns, other options than these: JSON text {COLUMN: {OPTION:
                           VALUE}} of those marked * (default NULL) */
    bool drop_duplicates; /* rows that equal an earlier one go (default false) */
    mica_texts subset;    /* the columns that must be equal for that (default all) */
    const char *keep;     /* which of equal rows stays: "first", "last", "none" (default "first") */
    const char *missing;  /* * what missing cells become: "mean", "median" (texts and truth values
                             have none: theirs stay, or are a TYPE error where a rule or `columns`
                             names them), "most_frequent", "constant", "forward_fill"; "drop": their
                             rows go; "none" (default "none") */
    double fill_value;    /* * of numbers and booleans by "constant" (default 0) */
    const char *fill_text; /* * of texts and dates by "constant" (default "missing") */
    mica_texts na_values;  /* * texts that are missing, beside those that reading knows (default
                              none) */
    const char *normalize; /* * texts in a normal form of Unicode: "NFC", "NFD", "NFKC", "NFKD",
                              "none" (default "none") */
    bool trim;             /* * no blanks at both ends of texts (default false) */
    bool spaces;           /* * runs of blanks become one space (default false) */
    bool width; /* * full-width letters become ASCII, half-width kana full, as NFKC has them
                   (default false) */
    const char *letters; /* * "lower", "upper", "keep" (default "keep") */
    bool repair; /* * texts that are numbers, dates, truth values as people write them become
                    these: 1,234.5; 1.234,5; 12 %; $5; (7); 5.3.2024; Mar 5 2024; yes (default
                    false); the report's given_up says of columns that could nearly become so why
                    not */
    const char *unrepaired; /* * where some cells cannot: "keep": the column stays text; "missing":
                               these are missing, if most can (default "keep") */
    const char *decimal;    /* * the sign before a fraction: ".", ","; "auto": as the column's cells
                               tell, in doubt "." (default "auto") */
    const char *date_order; /* * of 5/3/2024: "dmy", "mdy"; "auto": as the column's cells tell, in
                               doubt none (default "auto") */
    const char *outliers;   /* * "z_score": more than `factor` deviations from the mean; "iqr": more
                               than `factor` interquartile ranges outside the quartiles; "none"
                               (default "none") */
    double factor;          /* * (default 3 of z_score, 1.5 of iqr) */
    const char *outlier_action; /* * "clip": they become the nearest limit; "drop": their rows go;
                                   "missing" (default "clip") */
    const char
        *filter; /* rows stay of which all these conditions hold, seen after texts and repair:
                    JSON text [{"column", "op", "value"}, …] or ["year >= 2010", …]; op is ==,
                    !=, <, <=, >, >=, in, not in (with a list), missing, not missing. Of a
                    missing cell !=, not in and missing hold, as in pandas (default NULL) */
} mica_clean_options;
mica_clean_options mica_clean_defaults(void);
/* Cleans a table, in this order: texts (normalize, width, blanks, case, na_values), repair, filter,
 * duplicates, outliers, missing cells; each sees what the one before has made. Means, limits and
 * the like are those of the rows that are left then. Errors: NAME for columns and options that are
 * not there; VALUE for a mean of no numbers. Source: pandas.DataFrame.drop_duplicates, dropna,
 * fillna; sklearn.impute.SimpleImputer. */
mica_status mica_table_clean(mica_context *ctx, const mica_table *t,
                             const mica_clean_options *options, mica_table **out, mica_error *err);

typedef struct mica_join_options {
    size_t size;
    mica_texts on;        /* the key: columns of both tables */
    mica_texts left_on;   /* the key's columns where their names differ: instead of `on` */
    mica_texts right_on;  /* (default none) */
    const char *how;      /* "inner", "left", "right", "outer" (default "inner") */
    mica_texts suffixes;  /* of other columns that both have (default "_x", "_y") */
    const char *validate; /* "one_to_one", "one_to_many", "many_to_one": an error where keys come
                             more often; "many_to_many" (default "many_to_many") */
    bool missing_apart;   /* missing keys equal none, as in SQL (default false: each other, as in
                             pandas) */
    bool indicator;       /* a column _merge: both, left_only, right_only (default false) */
} mica_join_options;
mica_join_options mica_join_defaults(void);
/* Rows of both tables side by side where their keys are equal, every pair of them; left, right and
 * outer: also the rows that have no partner, with missing cells. The order is that of the left
 * table's rows (right: of the right's); outer: sorted by the key, missing last. Numbers of either
 * type are compared as such. Errors: TYPE for keys of types that cannot be equal, VALUE for keys
 * that validate refuses. Source: pandas.merge. */
mica_status mica_table_join(mica_context *ctx, const mica_table *left, const mica_table *right,
                            const mica_join_options *options, mica_table **out, mica_error *err);

typedef struct mica_table_split_options {
    size_t size;
    double test_fraction;       /* of the rows, of the groups where they alone are asked (default
                                   0.25) */
    double validation_fraction; /* (default 0: none) */
    double train_fraction;      /* (default all others) */
    const char *stratify; /* the column whose values have the same shares in all parts (default
                             NULL) */
    const char *groups;   /* all rows of one value are in one part; with stratify as
                             mica_split_options   say (default NULL) */
    const char *time;     /* the earliest rows are the train part, the latest the test part
                             (default NULL) */
    bool no_shuffle;      /* the last rows are the test's (default false) */
} mica_table_split_options;
mica_table_split_options mica_table_split_defaults(void);
/* Divides the rows by lot, which the context's seed decides, with the counts of
 * mica_dataset_split. A part has its rows in the table's order, or that of time. *validation is
 * NULL where its fraction is 0. Errors: VALUE for an empty part, classes of one row, a row without
 * a time. Source: sklearn.model_selection.train_test_split, GroupShuffleSplit. */
mica_status mica_table_split(mica_context *ctx, const mica_table *t,
                             const mica_table_split_options *options, mica_table **train,
                             mica_table **validation, mica_table **test, mica_error *err);

typedef struct mica_table_folds_options {
    size_t size;
    int64_t folds;        /* at least 2 (default 5) */
    bool shuffle;         /* before the rows are dealt out (default false) */
    const char *stratify; /* these three as in mica_table_split_options; stratify and groups also at
                             once (default NULL) */
    const char *groups;   /* (default NULL) */
    const char *time; /* fold k tests on a stretch and trains on what was before (default NULL) */
} mica_table_folds_options;
mica_table_folds_options mica_table_folds_defaults(void);
/* Fold number `fold`, from 0, of the table as test, the others to train on. Source:
 * sklearn.model_selection.KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold,
 * TimeSeriesSplit. */
mica_status mica_table_fold(mica_context *ctx, const mica_table *t, int64_t fold,
                            const mica_table_folds_options *options, mica_table **train,
                            mica_table **test, mica_error *err);

typedef struct mica_table_resample_options {
    size_t size;
    const char *method; /* these are mica_resample_options' (default "over") */
    double ratio;       /* (default: as many of every class) */
    mica_texts counts;  /* "CLASS=N": so many rows of a class; of others as many as there are;
                           instead of a ratio (default none) */
    int64_t neighbors;  /* (default 5) */
    bool replacement;   /* (default false) */
} mica_table_resample_options;
mica_table_resample_options mica_table_resample_defaults(void);
/* The table with other counts of the classes, which are the target column's values: rows and errors
 * are those of mica_dataset_resample. New rows come last. "smote" wants numbers in all other
 * columns; whole ones stay whole, the nearest (imbalanced-learn cuts the fraction off). Source:
 * imbalanced-learn's RandomOverSampler, RandomUnderSampler, SMOTE. */
mica_status mica_table_resample(mica_context *ctx, const mica_table *t, const char *target,
                                const mica_table_resample_options *options, mica_table **out,
                                mica_error *err);

MICA_API_END

#endif
