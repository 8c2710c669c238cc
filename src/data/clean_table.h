/* Cleaning a table from inside: what is done with each column, and what it did. The table comes in
 * blocks, as often as a stage has to learn of the whole; those before it are applied to each block
 * anew. */
#ifndef DATA_CLEAN_TABLE_H
#define DATA_CLEAN_TABLE_H

#include "base/fields.h"
#include "data/clean_learn.h"
#include "data/repair_evidence.h"
#include "mica/clean.h"
#include "table/blocks.h"
#include "table/distinct.h"
#include "table/edit.h"

extern const field clean_fields[]; /* of a column: those marked * in mica/clean.h */

/* What spelling makes of a column's texts. */
typedef struct spelled {
    int seen; /* CELL_ bits of what they have become */
    int64_t changed, there;
    distinct_counter texts;
    int64_t distinct; /* of the shares that were counted, where it is not told at once */
    bool told;
    bool timed, zoned;
} spelled;

typedef struct cleaned_column {
    mica_clean_options o; /* the column's own */
    bool named;           /* rules speak of it */
    bool left_out;        /* nothing is done with it */
    bool fill_named;      /* `missing` was said of this very column, not of all or of a pattern */
    mica_column_type before, spelled_type, type; /* by now */
    int64_t texts, repaired, unrepaired, outliers, filled, missing;
    char *value; /* that filled it, as text; NULL: none */
    size_t value_length;
    spelled spelled;
    bool looked; /* for repair */
    evidence evidence;
    repaired repair;
    learner learner;
    bool limited; /* outliers: there are limits */
    double low, high;
    bool limits_real, fill_real; /* whole numbers do not stay so */
    bool fills;
    double fill;
    mica_table *carried; /* by forward fill: the cell before this block */
} cleaned_column;

typedef struct cleaning {
    const mica_clean_options *o;
    table_blocks *in;
    const mica_table *head;
    mica_table *held; /* the only block, where the table lies in memory */
    cleaned_column *column;
    size_t most; /* different values of a column that are held */
    bool *mark;  /* rows of the block to be dropped */
    size_t mark_room;
    uint64_t (*prints)[2]; /* of rows */
    size_t prints_room;
    int64_t prints_count;
    bool *chosen; /* columns that must be equal */
    bool *again;  /* rows that come again */
    int64_t first, rows_written;
    arena memory;
    int64_t duplicates, outlier_rows, missing_rows;
} cleaning;

/* One after the other. What may be NULL: there is nothing to learn. */
typedef struct clean_stage {
    bool (*asks)(const cleaning *c); /* whether anything is to be done */
    mica_status (*look)(cleaning *c, const mica_table *block, mica_error *err);
    mica_status (*turn)(cleaning *c, bool *again, mica_error *err); /* all blocks were looked at */
    mica_status (*apply)(cleaning *c, mica_table **block, mica_error *err);
} clean_stage;

extern const clean_stage clean_texts, clean_repair, clean_duplicates, clean_outliers, clean_drop,
    clean_fill;

bool is_number_type(mica_column_type type);
/* A mean or median is asked for, and texts and truth values have none. */
bool has_no_mean(const cleaned_column *d);
/* Marks for the rows of a block, none of them set. */
mica_status clean_marks(cleaning *c, const mica_table *block, mica_error *err);
/* Leaves the marked rows out; *count grows by how many. */
mica_status drop_marked(cleaning *c, mica_table **block, int64_t *count, mica_error *err);
/* Names, or patterns where no column has the name. */
mica_status each_named(const mica_table *t, const mica_texts *names, const char *what, bool *marked,
                       mica_error *err);

/* mica_table_clean of a table of any size. *report is the caller's. most: see describe_blocks. */
mica_status clean_blocks(mica_context *ctx, table_blocks *in, const mica_clean_options *options,
                         size_t most, table_sink *out, json_t **report, mica_error *err);

#endif
