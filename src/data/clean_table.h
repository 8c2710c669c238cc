/* Cleaning a table from inside: what is done with each column, and what it did. The table comes in
 * blocks, as often as a stage has to learn of the whole; those before it are applied to each block
 * anew. */
#ifndef DATA_CLEAN_TABLE_H
#define DATA_CLEAN_TABLE_H

#include "base/fields.h"
#include "data/clean_learn.h"
#include "data/conditions.h"
#include "data/repair_evidence.h"
#include "mica/clean.h"
#include "table/blocks.h"
#include "table/distinct.h"
#include "table/edit.h"
#include "transform/fold_text.h"
#include "transform/normal_form.h"

extern const field clean_fields[]; /* of a column: those marked * in mica/clean.h */

/* What is done with texts, for clean_spell; its room is freed by the caller. */
typedef struct spelling {
    normal_form form;
    folding folding;
    strbuf normal; /* the text in that form */
    const mica_texts *na;
} spelling;
spelling spelling_of(const mica_clean_options *o);
/* A text_change with a spelling as arg. */
mica_status clean_spell(void *arg, const char *text, size_t length, strbuf *out, mica_error *err);

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
    bool limited;  /* outliers: there are limits */
    bool unscaled; /* there are none: quartiles are equal, or all numbers are; they are low and high
                    */
    int64_t unlike; /* cells that are another number then */
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
    bool later; /* other tables are cleaned alike: fills are learned where no cell is missing too */
    bool carried; /* forward fills are done, by the parts of the table */
    bool *mark;   /* rows of the block to be dropped */
    size_t mark_room;
    uint64_t (*prints)[2]; /* of rows */
    size_t prints_room;
    int64_t prints_count;
    bool *chosen; /* columns that must be equal */
    bool *again;  /* rows that come again */
    int64_t first, rows_written;
    arena memory;
    conditions filter;
    int64_t filtered, duplicates, outlier_rows, missing_rows;
} cleaning;

/* One after the other. What may be NULL: there is nothing to learn. */
typedef struct clean_stage {
    bool (*asks)(const cleaning *c); /* whether anything is to be done */
    mica_status (*look)(cleaning *c, const mica_table *block, mica_error *err);
    mica_status (*turn)(cleaning *c, bool *again, mica_error *err); /* all blocks were looked at */
    mica_status (*apply)(cleaning *c, mica_table **block, mica_error *err);
} clean_stage;

extern const clean_stage clean_texts, clean_repair, clean_filter, clean_duplicates, clean_outliers,
    clean_drop, clean_fill;

bool is_number_type(mica_column_type type);
bool is_whole(double x); /* and a column of whole numbers holds it */
/* A mean or median is asked for, and texts and truth values have none. */
bool has_no_mean(const cleaned_column *d);
/* Whether the column's texts change; whether it becomes what its texts are. */
bool is_spelled(const cleaned_column *c);
bool is_repaired(const cleaned_column *c);
mica_column_type type_of_repaired(const repaired *r);
/* Fills from the last row that is there, and whether a value was found that fills. */
bool is_carried(const cleaned_column *d);
/* Options as JSON text, by their names; texts into `memory`. */
mica_status clean_options_read(const char *text, const char *what, arena *memory,
                               mica_clean_options *out, mica_error *err);
/* What is done with which column: c->o, c->head to c->column and c->chosen. */
mica_status clean_choose(cleaning *c, mica_error *err);
/* Takes the table in memory: c->held. */
mica_status clean_hold(cleaning *c, mica_error *err);
/* Learns from c->held, if anything is asked, and changes it. */
mica_status clean_held(cleaning *c, const clean_stage *s, mica_error *err);
/* Learns from that table alone. */
mica_status clean_learn_from(cleaning *c, const clean_stage *s, const mica_table *t,
                             mica_error *err);
/* Outliers become limits or missing; where their rows are to go c->mark gets them, if it may. */
mica_status limit_columns(cleaning *c, mica_table *t, bool drops, mica_error *err);
/* Adds rows with missing cells to c->mark, where these are to go. */
void mark_missing_rows(cleaning *c, const mica_table *t);
/* Columns without a scale in which cells are another number, if there are any. */
void warn_of_unscaled(mica_context *ctx, const char *name, const cleaning *c);
void cleaning_free(cleaning *c);
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
